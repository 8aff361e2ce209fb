// Reads the answer to a query: SPARQL results in JSON, or N-Triples.

import type { Kind } from "./rows"

/** A term as SPARQL results in JSON write it. */
export interface Term {
    type: "uri" | "literal" | "bnode" | "triple"
    value: string | Record<"subject" | "predicate" | "object", Term>
    datatype?: string
    "xml:lang"?: string
}

export type Binding = Record<string, Term | undefined>

const XSD = "http://www.w3.org/2001/XMLSchema#"
const NUMBERS = new Set(["integer", "int", "long", "short", "byte", "nonNegativeInteger",
    "positiveInteger", "decimal", "double", "float"].map(name => XSD + name))
const DATES = new Set(["date", "dateTime", "gYear", "gYearMonth"].map(name => XSD + name))
const POINT = "http://www.opengis.net/ont/geosparql#wktLiteral"

export function kindOf({ type, datatype = "" }: Term): Kind {
    if (type === "uri") return "iri"
    if (type !== "literal") return "other"
    if (NUMBERS.has(datatype)) return "number"
    if (DATES.has(datatype)) return "date"
    return datatype === POINT ? "point" : "text"
}

export function readResults(text: string): { names: string[]; bindings: Binding[] } {
    const { head, results } = JSON.parse(text) as
        { head: { vars: string[] }; results: { bindings: Binding[] } }
    return { names: head.vars, bindings: results.bindings }
}

const TOKEN = new RegExp([
    /<<\(|\)>>|<([^>]*)>/, /_:([^\s.]+(?:\.+[^\s.]+)*)/,
    /"((?:[^"\\]|\\.)*)"(?:\^\^<([^>]*)>|@([\w-]+))?/,
].map(part => part.source).join("|"), "gu")

/** Read triples of N-Triples as rows with a subject, a predicate and an object. */
export function readTriples(text: string): { names: string[]; bindings: Binding[] } {
    const bindings: Binding[] = []
    for (const line of text.split("\n")) {
        if (!line || line.startsWith("#")) continue
        const [subject, predicate, object] = readTerms(line.matchAll(TOKEN))
        if (object) bindings.push({ subject, predicate, object })
    }
    return { names: ["subject", "predicate", "object"], bindings }
}

function readTerms(tokens: Iterator<RegExpMatchArray>): Term[] {
    const found: Term[] = []
    for (let one = tokens.next(); !one.done; one = tokens.next()) {
        const [whole, iri, node, literal, datatype, language] = one.value
        if (whole === ")>>") break
        if (whole === "<<(") {
            const [subject, predicate, object] = readTerms(tokens)
            if (subject && predicate && object)
                found.push({ type: "triple", value: { subject, predicate, object } })
        } else if (iri !== undefined) found.push({ type: "uri", value: unescape(iri) })
        else if (node !== undefined) found.push({ type: "bnode", value: node })
        else found.push({
            type: "literal",
            value: unescape(literal ?? ""),
            ...(datatype ? { datatype } : {}),
            ...(language ? { "xml:lang": language } : {}),
        })
    }
    return found
}

const ESCAPES: Record<string, string> = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f" }

function unescape(text: string): string {
    return text.replace(/\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(.))/gu, (_, short, long, one) =>
        one ? ESCAPES[one as string] ?? one : String.fromCodePoint(parseInt(short ?? long, 16)))
}
