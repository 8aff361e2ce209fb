// All rows of an answer of which a page shows a part, for what compares whole answers.

import { cellWriter } from "./cells"
import type { Row } from "./rows"
import { readColumns } from "./shape"
import { Source } from "./source"

const MOST_ROWS = 10_000
// How many rows follow is not always known; no answer of so few is longer.
const MOST_BYTES = 20_000_000

/** A row with its whole binding in SPARQL JSON, which a page shows when it has to. */
export interface WholeRow {
    binding: string
    write: () => HTMLTableRowElement
}

/** Load all rows of the answer in a part of a page; undefined if they are too many. */
export async function loadRows(section: Element): Promise<WholeRow[] | undefined> {
    const words = section.querySelector<HTMLElement>(".answers[data-worker]")?.dataset
    const table = section.querySelector<HTMLTableElement>(".shown table")
    if (!words || !table) return []
    if (Number(table.getAttribute("aria-rowcount")) - 1 > MOST_ROWS) return undefined
    let stop = () => {}
    const tooLong = new Promise<undefined>(resolve => { stop = () => resolve(undefined) })
    const source = new Source(words.worker!, {
        kind: "load",
        address: words.address || new URL(location.pathname, location.href).href,
        ...(words.address ? {} : { form: formOf(section) }),
        language: document.documentElement.lang,
        names: {},
        cells: words.cells!,
        values: JSON.parse(words.values!) as Record<string, string>,
        hasTriples: words.form === "CONSTRUCT" || words.form === "DESCRIBE",
    }, bytes => { if (bytes > MOST_BYTES) stop() })
    try {
        const loaded = await Promise.race([source.load(), tooLong])
        if (!loaded || loaded.count > MOST_ROWS) return undefined
        const write = rowWriter(table, loaded.names, words)
        const rows = await source.rows(0, loaded.count)
        return rows.map(row => ({ binding: row.binding, write: () => write(row) }))
    } finally {
        source.close()
    }
}

/** The parameters of a query that does not fit into an address. */
function formOf(section: Element): string {
    const form = section.querySelector<HTMLFormElement>("form#again")
    const pairs = [...new FormData(form ?? undefined)].map(([name, value]) => [name, String(value)])
    return new URLSearchParams(pairs.filter(([name]) => name !== "cells" && name !== "show")).toString()
}

/** Return what writes a row with the columns of the table. */
function rowWriter(
    table: HTMLTableElement, names: string[], words: DOMStringMap,
): (row: Row) => HTMLTableRowElement {
    const writer = cellWriter(words)
    const columns = readColumns(table).map(({ name, heading, kind }) =>
        ({ place: names.indexOf(name), heading, kind }))
    return ({ cells }) => {
        const row = document.createElement("tr")
        for (const { place, heading, kind } of columns) {
            const cell = row.insertCell()
            cell.dataset.head = heading
            if (kind === "number") cell.className = "number"
            cell.append(...writer.write(cells[place]))
        }
        return row
    }
}
