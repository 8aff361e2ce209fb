// How an answer can be shown, and is shown at first: its shape decides.

import type { Kind } from "./rows"

export const DISPLAYS = ["table", "graph", "chart", "timeline", "map"] as const
export type Display = (typeof DISPLAYS)[number]

/** A column as the head of the table describes it; `index` is its place there. */
export interface Column {
    name: string
    heading: string
    kind: Kind | ""
    index: number
    /** Whether some cells are IRIs, and whether all that are name properties. */
    hasThings: boolean
    isOfProperties: boolean
    /** How many different values the rows of the page have. */
    values: number
}

/** The columns of a graph: `relation` names its arrows, and it has no place for the `others`. */
export interface Links {
    subject: Column
    object: Column
    relation?: Column
    others: Column[]
}

/** The columns that a drawing is made of. */
export interface Shape {
    labels: Column[]
    numbers: Column[]
    /** The one of them that a chart shows. */
    number: Column | undefined
    year: Column | undefined
    place: { latitude: Column; longitude: Column } | { point: Column } | undefined
    links: Links | undefined
    hasTriples: boolean
}

const FEW_IRIS = 1
// With fewer, a table says when.
const DATES_OF_TIMELINE = 3

/** Read the columns of a table from its head. */
export function readColumns(table: HTMLTableElement): Column[] {
    const rows = [...table.tBodies].flatMap(body => [...body.rows])
    return [...table.querySelectorAll<HTMLTableCellElement>("thead th[data-name]")].map(head => {
        const iris = rows.flatMap(row =>
            row.cells[head.cellIndex]?.querySelector<HTMLElement>("[title]")?.title ?? [])
        return {
            name: head.dataset.name!,
            heading: head.textContent!.trim(),
            kind: head.dataset.kind as Kind | "",
            index: head.cellIndex,
            hasThings: iris.length > 0,
            isOfProperties: iris.length > 0 && iris.every(isProperty),
            values: new Set(rows.map(row => row.cells[head.cellIndex]?.textContent?.trim()).filter(Boolean)).size,
        }
    })
}

/** Whether an IRI looks like that of a property: its name begins with a small letter, as in `rdf:type`. */
function isProperty(iri: string): boolean {
    return /^[a-z]/.test(iri.split(/[/#]/).at(-1)!) || /\/prop\//.test(iri)
}

/** Find the columns of a graph: the first two of things, and one of properties that names the arrows. */
function findLinks(columns: Column[], hasTriples: boolean): Links | undefined {
    if (hasTriples) {
        const [subject, relation, object] = columns as [Column, Column, Column]
        return { subject, relation, object, others: [] }
    }
    const [subject, object] = columns.filter(one => one.hasThings && !one.isOfProperties)
    if (!subject || !object) return undefined
    const relation = columns.find(one => one.isOfProperties)
    const others = columns.filter(one => ![subject, relation, object].includes(one))
    return { subject, object, others, ...(relation ? { relation } : {}) }
}

export function findShape(columns: Column[], hasTriples: boolean): Shape {
    const is = (kind: Kind) => (column: Column) => column.kind === kind
    const called = (words: RegExp) => (column: Column) =>
        words.test(column.name) || words.test(column.heading)
    const all = columns.filter(is("number"))
    const latitude = all.find(called(/^(lat|latitude|纬度)$/i))
    const longitude = all.find(called(/^(long|lon|lng|longitude|经度)$/i))
    const point = columns.find(is("point"))
    const isYear = called(/^year|Year$|\byear$|年份$/)
    const year = columns.find(is("date")) ?? all.find(isYear)
    const numbers = all.filter(one => one !== latitude && one !== longitude && one !== year)
    return {
        labels: [...columns.filter(is("iri")), ...columns.filter(is("text"))],
        numbers,
        number: numbers[0],
        year,
        place: latitude && longitude ? { latitude, longitude } : point && { point },
        links: findLinks(columns, hasTriples),
        hasTriples,
    }
}

/** Return the displays that the answer allows. */
export function allowed(shape: Shape): Display[] {
    const { labels, numbers, year, place, links, hasTriples } = shape
    if (hasTriples) return ["table", "graph"]
    return DISPLAYS.filter(display => display === "table"
        || display === "graph" && links
        || display === "chart" && numbers.length > 0 && (labels.length > 0 || year)
        || display === "timeline" && year
        || display === "map" && place)
}

/** Return the display to begin with. */
export function preferred(shape: Shape, rows: number): Display {
    const { labels, numbers, year, place, hasTriples } = shape
    if (rows < 2) return "table"
    if (hasTriples) return "graph"
    if (place) return "map"
    if (labels.filter(({ kind }) => kind === "iri").length > FEW_IRIS) return "table"
    if (numbers.length && (labels.length || year)) return "chart"
    return year && year.values >= DATES_OF_TIMELINE && labels.length ? "timeline" : "table"
}
