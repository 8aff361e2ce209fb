// The queries that were run in this browser: kept there alone, put back with one click, saved as a
// file, forgotten on request.

import { forget, keep, readKept, saveFile, withQueries } from "../kept"

export interface Past {
    query: string
    /** When it was run last, in the form of ISO 8601. */
    time: string
}

const KEY = "glocal.queries"
const MOST = 100

export function readHistory(): Past[] {
    return withQueries<Past>(readKept(KEY))
}

/** Add queries to the history, the newest first. */
export function addToHistory(...queries: Past[]): void {
    const added = new Set(queries.map(one => one.query))
    const others = readHistory().filter(one => !added.has(one.query))
    keep(KEY, [...queries, ...others].slice(0, MOST))
}

export const now = () => new Date().toISOString()

/** The first line that says something of its own. */
export function title(query: string): string {
    const lines = query.split("\n").map(line => line.trim())
    return lines.find(line => line && !/^(#|PREFIX\b|BASE\b)/i.test(line)) ?? query.trim()
}

/**
 * Keep each query that the form sends, and list them in the panel; `open` puts one back.
 *
 * Returns what lists them again.
 */
export function keepHistory(
    form: HTMLFormElement, panel: HTMLElement, open: (query: string) => void,
): () => void {
    const list = panel.querySelector("ul")!
    const [save, forgetAll] = panel.querySelectorAll("button")

    // The reader's own variety of the language of the page.
    const { lang } = document.documentElement
    const locale = navigator.languages.find(tag => tag.startsWith(lang)) ?? lang

    function show(): void {
        const all = readHistory()
        panel.hidden = all.length === 0
        list.replaceChildren(...all.map(({ query, time }) => {
            const [item, button, when] = ["li", "button", "small"].map(name =>
                document.createElement(name)) as [HTMLElement, HTMLButtonElement, HTMLElement]
            button.type = "button"
            button.className = "plain"
            button.textContent = title(query)
            button.title = query
            button.addEventListener("click", () => open(query))
            const date = new Date(time)
            when.textContent = Number.isNaN(date.valueOf()) ? "" : date.toLocaleString(locale)
            item.append(button, " ", when)
            return item
        }))
    }

    form.addEventListener("submit", () => {
        const query = new FormData(form).get("query")
        if (typeof query !== "string" || !query.trim()) return
        addToHistory({ query, time: now() })
        show()
    })
    save?.addEventListener("click", () => saveFile("queries.json", readHistory()))
    forgetAll?.addEventListener("click", () => {
        forget(KEY)
        show()
    })
    show()
    return show
}
