// What a page and the worker with the rows of its answer say to each other.

import type { Order, Row } from "./rows"

/** A request for all rows: an address, or a form that is sent to it. */
export interface Load {
    kind: "load"
    address: string
    form?: string
    language: string
    /** What cells show of things: "names", "curies" or "both". */
    cells: string
    /** The names of things that the page shows, by IRI. */
    names: Record<string, string>
    /** The words for values without a language, such as "true"; those of no other change. */
    values: Record<string, string>
    hasTriples: boolean
}

/** A request to sort and filter the rows, and one for some of those that are left. */
export type Request = Load | { kind: "arrange"; order: Order }
    | { kind: "rows"; first: number; count: number } | { kind: "csv" }

/** The answer to each kind of request. */
export interface Answers {
    load: { names: string[]; widths: number[]; count: number }
    arrange: { count: number }
    rows: Row[]
    csv: string
}

export interface Asked {
    id: number
    request: Request
}

/** A failure has the bytes that were `received` if the answer was cut off. */
export type Said = { id: number; answer: Answers[keyof Answers] }
    | { id: number; failure: string; received?: number }
    | { id: number; bytes: number }
