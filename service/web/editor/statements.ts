// What a query says of prefixes and types, and what is expected at a place in it. The text may be
// unfinished, so that this reads words instead of the tree of the grammar.

import { keywords } from "./sparql"

const WORD = new RegExp([
    /#[^\n]*/, /"""[^]*?"""/, /'''[^]*?'''/, /"(?:[^"\\\n]|\\.)*"/, /'(?:[^'\\\n]|\\.)*'/,
    /<[^<>\s]*>/, /[?$@]?[\p{L}\p{N}_:](?:[\p{L}\p{N}_:.%·\\-]*[\p{L}\p{N}_:-])?/u, /\^\^/, /\S/,
].map(part => part.source).join("|"), "gu")
const KEYWORDS = new Set(keywords)
const TYPE = new Set(["a", "rdf:type"])

export type Place = "subject" | "predicate" | "class" | "object" | "none"

export interface Statements {
    /** What is expected at the place that was asked for, and the subject of the statement there. */
    place: Place
    subject: string
    /** The classes that each subject is said to have. */
    types: Map<string, Set<string>>
}

/** Read a query up to its end; `at` is where the word begins that is being typed. */
export function readStatements(text: string, at: number): Statements {
    const types = new Map<string, Set<string>>()
    const outer: string[][] = []
    let terms: string[] = []
    let place: Place | undefined
    let subject = ""
    for (const { 0: word, index } of text.matchAll(WORD)) {
        if (place === undefined && index >= at) [place, subject] = [expected(terms), terms[0] ?? ""]
        if (word.startsWith("#")) continue
        if (word === "{" || word === "}" || word === "." || KEYWORDS.has(word.toUpperCase())) terms = []
        else if (word === ";") terms = terms.slice(0, 1)
        else if (word === ",") terms = terms.slice(0, 2)
        else if (word === "[" || word === "(") {
            outer.push(terms)
            terms = word === "[" ? [`[${index}`] : []
        } else if (word === "]" || word === ")") terms = [...(outer.pop() ?? []), word]
        // A path goes on, so its next step is a predicate too.
        else if ((word === "/" || word === "|") && terms.length === 2) terms = terms.slice(0, 1)
        else if (/^[\p{L}\p{N}_:<"'?$]/u.test(word)) {
            const [about, predicate] = terms
            if (terms.length === 2 && about && predicate && TYPE.has(predicate))
                types.set(about, (types.get(about) ?? new Set()).add(word))
            if (terms.length < 3) terms = [...terms, word]
        }
    }
    return { place: place ?? expected(terms), subject: subject || (terms[0] ?? ""), types }
}

function expected(terms: string[]): Place {
    if (terms.length === 2) return TYPE.has(terms[1]!) ? "class" : "object"
    return (["subject", "predicate"] as const)[terms.length] ?? "none"
}

/** Return the prefixes of the names that a part of a query uses, without those that it declares. */
export function usedPrefixes(text: string, from: number, to: number): string[] {
    const used: string[] = []
    let before = ""
    for (const { 0: word, index } of text.matchAll(WORD)) {
        if (index >= to) break
        const prefix = /^([\p{L}\p{N}_.-]*):/u.exec(word)?.[1]
        // An IRI may be unfinished.
        const isName = prefix !== undefined && before.toUpperCase() !== "PREFIX" && text[index - 1] !== "<"
        if (isName && index + word.length > from) used.push(prefix)
        before = word
    }
    return used
}

/** Return the namespace of each prefix that a query declares. */
export function declaredPrefixes(text: string): Map<string, string> {
    const found = new Map<string, string>()
    const declaration = /(?<=^|>)\s*PREFIX\s+([\p{L}\p{N}_.-]*):\s*<([^<>\s]*)>/gimu
    for (const [, name, iri] of text.matchAll(declaration)) found.set(name!, iri!)
    return found
}
