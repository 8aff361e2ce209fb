// The open queries and the history as one file: saved, and what is new of one that is read.

import { addToHistory, readHistory } from "./history"
import type { Past } from "./history"
import { chooseFile, saveFile, withQueries } from "../kept"

interface Named {
    query: string
    name?: string
}

export function saveQueries(tabs: Named[]): void {
    const all = tabs.map(({ name, query }) => ({ name: name || undefined, query }))
    saveFile("queries.json", { tabs: all, history: readHistory() })
}

/**
 * Add the history of a file that the reader chooses to that of the browser.
 *
 * Returns the open queries of the file that are not among those here, and how many queries are new;
 * undefined for a file that has none.
 */
export async function readQueries(here: Named[]): Promise<{ opened: Named[]; count: number } | undefined> {
    const read = await chooseFile()
    const { tabs: listed, history: past } = (Array.isArray(read) ? { history: read } : read ?? {}) as
        { tabs?: unknown; history?: unknown }
    const [open, run] = [withQueries<Named>(listed), withQueries<Past>(past)]
    if (open.length + run.length === 0) return undefined
    const kept = new Set(here.map(one => one.query.trim()))
    const opened = open.filter(({ query }) => query.trim() && !kept.has(query.trim()))
        .map(({ query, name }) => ({ query, ...(typeof name === "string" ? { name } : {}) }))
    const known = new Set(readHistory().map(one => one.query))
    const older = run.filter(({ query }) => !known.has(query))
    addToHistory(...older.map(({ query, time }) => ({ query, time: String(time) })), ...readHistory())
    return { opened, count: opened.length + older.length }
}
