// The queries that were run in this browser: kept there alone, put back with one click, saved as a
// file, forgotten on request.

interface Kept {
    query: string
    /** When it was run last, in the form of ISO 8601. */
    time: string
}

const KEY = "glocal.queries"
const MOST = 100

function read(): Kept[] {
    try {
        return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Kept[]
    } catch {
        return []
    }
}

function keep(query: string): void {
    const others = read().filter(one => one.query !== query)
    const all = [{ query, time: new Date().toISOString() }, ...others].slice(0, MOST)
    try {
        localStorage.setItem(KEY, JSON.stringify(all))
    } catch {
        // The browser keeps nothing, or has no room.
    }
}

/** The first line that says something of its own. */
function title(query: string): string {
    const lines = query.split("\n").map(line => line.trim())
    return lines.find(line => line && !/^(#|PREFIX\b|BASE\b)/i.test(line)) ?? query.trim()
}

/** Keep each query that the form sends, and list them in the panel; `open` puts one back. */
export function keepHistory(form: HTMLFormElement, panel: HTMLElement, open: (query: string) => void) {
    const list = panel.querySelector("ul")!
    const [save, forget] = panel.querySelectorAll("button")

    // The reader's own variety of the language of the page.
    const { lang } = document.documentElement
    const locale = navigator.languages.find(tag => tag.startsWith(lang)) ?? lang

    function show(): void {
        const all = read()
        panel.hidden = all.length === 0
        list.replaceChildren(...all.map(({ query, time }) => {
            const [item, button, when] = ["li", "button", "small"].map(name =>
                document.createElement(name)) as [HTMLElement, HTMLButtonElement, HTMLElement]
            button.type = "button"
            button.className = "plain"
            button.textContent = title(query)
            button.title = query
            button.addEventListener("click", () => open(query))
            when.textContent = new Date(time).toLocaleString(locale)
            item.append(button, " ", when)
            return item
        }))
    }

    form.addEventListener("submit", () => {
        const query = new FormData(form).get("query")
        if (typeof query === "string" && query.trim()) keep(query)
    })
    save?.addEventListener("click", () => {
        const link = document.createElement("a")
        const file = new Blob([JSON.stringify(read(), null, 2)], { type: "application/json" })
        link.href = URL.createObjectURL(file)
        link.download = "queries.json"
        link.click()
        URL.revokeObjectURL(link.href)
    })
    forget?.addEventListener("click", () => {
        try {
            localStorage.removeItem(KEY)
        } finally {
            show()
        }
    })
    show()
}
