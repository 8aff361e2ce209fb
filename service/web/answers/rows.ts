// The rows of an answer as text, and their order: what a worker does with many of them.

import { readSpan } from "./dates"

export type Kind = "iri" | "number" | "date" | "text" | "point" | "other"

/** A term of a row as it is shown: `iri` leads to it, `curie` is its short name. */
export interface Cell {
    kind: Kind
    text: string
    iri?: string
    curie?: string
    language?: string
}

/** A row with its terms as objects of SPARQL JSON; `number` counts from 1 in the answer. */
export interface Row {
    number: number
    binding: string
    cells: (Cell | undefined)[]
}

export interface Order {
    /** The column that sorts the rows; undefined leaves them as they came. */
    column?: number
    isDescending: boolean
    /** Words that a row must have, in any column. */
    words: string
}

/** What the filter finds a row by, in small letters: what it says, and its IRIs, long and short. */
export interface Searched {
    text: string
    iris: string
}

/** Return what the filter finds a row by. */
export function searched(cells: (Cell | undefined)[]): Searched {
    const there = cells.filter(cell => cell !== undefined)
    // The start of an IRI is no word that tells one row from another.
    const text = there.flatMap(({ text, language, iri }) => [text, language, iri?.split(/[/#]/).at(-1)])
    const iris = there.flatMap(({ curie, iri }) => [curie, iri])
    const [one, other] = [text, iris].map(parts => parts.filter(Boolean).join("\n").toLowerCase())
    return { text: one!, iris: other! }
}

/** What a drawing calls a thing: as the cells of the table do. */
export function labelOf(cell: Cell | undefined, cells: string): string {
    const { text = "", curie } = cell ?? {}
    return cells === "both" && curie && curie !== text ? `${text} (${curie})` : text
}

/** Return the numbers of the rows that have all the words, sorted by their ranks. */
export function arrange(
    rows: number, order: Order, ranksOf: (column: number) => Float64Array,
    searchedOf: (row: number) => Searched,
): number[] {
    const words = order.words.toLowerCase().split(/\s+/).filter(Boolean)
    const isIn = ({ text, iris }: Searched) => (word: string) =>
        text.includes(word) || word.includes(":") && iris.includes(word)
    const kept: number[] = []
    for (let row = 0; row < rows; row++)
        if (!words.length || words.every(isIn(searchedOf(row)))) kept.push(row)
    if (order.column === undefined) return kept
    const ranks = ranksOf(order.column)
    const sign = order.isDescending ? -1 : 1
    return kept.sort((one, other) => {
        const [a, b] = [ranks[one]!, ranks[other]!]
        // Cells without a value are last in either direction.
        if (a < 0 || b < 0) return Number(a < 0) - Number(b < 0) || one - other
        return sign * (a - b) || one - other
    })
}

/** Rank the cells of a column: numbers and dates by value, then texts; -1 without a value. */
export function rank(cells: (Cell | undefined)[], language: string): Float64Array {
    const values = cells.map(valueOf)
    const sorted = [...new Set(values.filter(value => !Number.isNaN(value)))]
        .sort((one, other) => one - other)
    const places = new Map(sorted.map((value, place) => [value, place]))
    const texts = new Set<string>()
    cells.forEach((cell, row) => cell && Number.isNaN(values[row]) && texts.add(cell.text))
    const collator = new Intl.Collator(language, { numeric: true })
    const ofTexts = new Map([...texts].sort(collator.compare)
        .map((text, place) => [text, sorted.length + place]))
    return Float64Array.from(cells, (cell, row) =>
        cell ? places.get(values[row]!) ?? ofTexts.get(cell.text)! : -1)
}

function valueOf(cell: Cell | undefined): number {
    if (cell?.kind === "number") return Number(cell.text)
    return cell?.kind === "date" ? readSpan(cell.text)?.start ?? NaN : NaN
}
