// Writes an answer as a file of CSV that has the names of things beside their IRIs.

import type { Cell } from "./rows"

// Without it, spreadsheets do not read Chinese.
const BYTE_ORDER_MARK = "\ufeff"

/** Write rows of cells; a column with things has their IRIs in a column of their own after it. */
export function writeCsv(names: string[], rows: (Cell | undefined)[][]): string {
    const hasIris = names.map((_, column) => rows.some(cells => cells[column]?.iri !== undefined))
    const head = names.flatMap((name, column) => hasIris[column] ? [name, `${name} IRI`] : [name])
    const lines = rows.map(cells => names.flatMap((_, column) => {
        const { text = "", iri = "" } = cells[column] ?? {}
        return hasIris[column] ? [text, iri] : [text]
    }))
    return BYTE_ORDER_MARK + [head, ...lines].map(fields => `${fields.map(quote).join(",")}\r\n`).join("")
}

function quote(field: string): string {
    return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
