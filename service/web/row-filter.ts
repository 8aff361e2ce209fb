// A field above the tables of a page: of their rows, those with its words stay, and what folds them
// opens.

export function filterRows(place: HTMLElement): void {
    const field = place.querySelector("input")!
    const status = place.querySelector<HTMLElement>("[role=status]")!
    const rows = [...document.querySelectorAll<HTMLTableRowElement>("main tbody tr[id]")]
    const folds = [...document.querySelectorAll<HTMLDetailsElement>("main details:has(tr[id])")]
    const wereOpen = folds.map(one => one.open)
    field.addEventListener("input", () => {
        const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
        let count = 0
        for (const row of rows) {
            const text = row.textContent!.toLowerCase()
            row.hidden = !words.every(word => text.includes(word))
            if (!row.hidden) count += 1
        }
        folds.forEach((one, index) => {
            const hasRow = one.querySelector("tr[id]:not([hidden])") !== null
            one.hidden = !hasRow
            one.open = words.length ? hasRow : wereOpen[index]!
        })
        status.textContent = words.length ? status.dataset.count!.replace("{}", `${count}`) : ""
    })
    place.hidden = false
}
