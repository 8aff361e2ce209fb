// A worker that loads all rows of an answer, sorts and filters them, and gives those in sight.

import { Labels, loadLabels } from "./answers/labels"
import type { Answers, Asked, Load, Request, Said } from "./answers/messages"
import { kindOf, readResults, readTriples } from "./answers/results"
import type { Binding, Term } from "./answers/results"
import { arrange, rank, searched } from "./answers/rows"
import { writeCsv } from "./answers/csv"
import type { Cell, Row, Searched } from "./answers/rows"

const BYTES_BETWEEN_REPORTS = 500_000
// Rows that tell how wide a column is.
const MEASURED_ROWS = 1_000

/** An answer whose end has not come: the service ends the connection at its limits. */
class CutOff extends Error {
    constructor(readonly bytes: number, options: ErrorOptions) {
        super("The answer was cut off.", options)
    }
}

let names: string[] = []
let bindings: Binding[] = []
let labels = new Labels({}, [], "en")
let language = "en"
let shown = "names"
let values = new Map<string, string>()
let order: number[] = []
// What the filter looks at, kept once it has been asked for.
let found: Searched[] = []
// The ranks of the cells of each column that has been sorted.
let ranks: Float64Array[] = []

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
    const say = (said: Said) => postMessage(said)
    answer(data.request, bytes => say({ id: data.id, bytes })).then(
        answer => say({ id: data.id, answer }),
        (error: unknown) => say({
            id: data.id, failure: String((error as Error).message ?? error),
            ...(error instanceof CutOff ? { received: error.bytes } : {}),
        }),
    )
})

async function answer(
    request: Request, report: (bytes: number) => void,
): Promise<Answers[keyof Answers]> {
    if (request.kind === "load") return load(request, report)
    if (request.kind === "arrange") {
        order = arrange(bindings.length, request.order, ranksOf, searchedOf)
        return { count: order.length }
    }
    if (request.kind === "csv")
        return writeCsv(names, bindings.map(row => names.map(name => cellOf(row[name], "names"))))
    return order.slice(request.first, request.first + request.count).map(readRow)
}

async function load(request: Load, report: (bytes: number) => void): Promise<Answers["load"]> {
    const media = request.hasTriples ? "application/n-triples" : "application/sparql-results+json"
    const { form } = request
    const sent = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }
    const [response, named] = await Promise.all([
        fetch(request.address, { headers: { accept: media }, ...sent }),
        loadLabels(request.language, request.names),
    ])
    const text = await readText(response, report)
    if (!response.ok) throw new Error(reasonOf(text) ?? `${response.status} ${response.statusText}`)
    labels = named
    language = request.language
    shown = request.cells
    values = new Map(Object.entries(request.values))
    const read = request.hasTriples ? readTriples(text) : readResults(text)
    names = read.names
    bindings = read.bindings
    found = []
    ranks = []
    order = bindings.map((_, index) => index)
    const measured = bindings.slice(0, MEASURED_ROWS)
    const widths = names.map(name =>
        measured.reduce((most, row) => Math.max(most, widthOf(cellOf(row[name])?.text ?? "")), 0))
    return { names, widths, count: bindings.length }
}

/** Return the width of a text in letters of Latin; those of Chinese are twice as wide. */
function widthOf(text: string): number {
    let width = 0
    for (const one of text) width += one > "\u2e80" ? 2 : 1
    return width
}

async function readText(response: Response, report: (bytes: number) => void): Promise<string> {
    if (!response.body) return response.text()
    const decoder = new TextDecoder()
    const parts: string[] = []
    let bytes = 0
    let reported = 0
    for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
            throw new CutOff(bytes, { cause })
        })
        if (done) return parts.join("") + decoder.decode()
        parts.push(decoder.decode(value, { stream: true }))
        bytes += value.length
        if (bytes - reported < BYTES_BETWEEN_REPORTS) continue
        report(bytes)
        reported = bytes
    }
}

/** Return what a problem document says, if it is one. */
function reasonOf(text: string): string | undefined {
    try {
        const { detail, title } = JSON.parse(text) as { detail?: string; title?: string }
        return detail ?? title
    } catch {
        return undefined
    }
}

function cellOf(term: Term | undefined, called = shown): Cell | undefined {
    if (!term) return undefined
    const kind = kindOf(term)
    const { value } = term
    if (typeof value !== "string") {
        const parts = [value.subject, value.predicate, value.object]
        return { kind, text: `« ${parts.map(part => cellOf(part, called)?.text).join(" ")} »` }
    }
    if (kind === "iri") {
        const curie = labels.shorten(value)
        const name = called === "curies" ? undefined : labels.nameOf(value)
        return { kind, text: name ?? curie, iri: value, curie }
    }
    const tag = term["xml:lang"]
    if (term.type === "bnode") return { kind, text: `_:${value}` }
    if (tag) return { kind, text: value, language: tag }
    return { kind, text: kind === "text" ? values.get(value) ?? value : value }
}

function ranksOf(column: number): Float64Array {
    const name = names[column]!
    return ranks[column] ??= rank(bindings.map(row => cellOf(row[name])), language)
}

function searchedOf(row: number): Searched {
    return found[row] ??= searched(names.map(name => cellOf(bindings[row]![name])))
}

function readRow(index: number): Row {
    const binding = bindings[index]!
    return {
        number: index + 1,
        binding: JSON.stringify(binding),
        cells: names.map(name => cellOf(binding[name])),
    }
}
