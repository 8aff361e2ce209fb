// The panels beside the editor, which lie over the answer: Escape and a click elsewhere close them.

export function closePanels(panels: HTMLElement): void {
    const open = () => panels.querySelector<HTMLDetailsElement>(":scope > details[open]")
    panels.addEventListener("keydown", event => {
        const panel = open()
        if (event.key !== "Escape" || event.defaultPrevented || !panel) return
        panel.open = false
        panel.querySelector("summary")?.focus()
    })
    document.addEventListener("pointerdown", event => {
        const panel = open()
        if (panel && !panels.contains(event.target as Node)) panel.open = false
    })
}
