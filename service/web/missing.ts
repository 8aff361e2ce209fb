// What rows of an answer lack in another view: the first statement behind each that does not hold
// there, as a link to why it does not.

/** Rows that another view has lost. */
export interface Lost {
    /** The query that had them, and its view, as parameters. */
    support: [string, string][]
    /** Each as a binding in SPARQL JSON. */
    rows: string[]
    /** The view that lacks them, as parameters. */
    view: URLSearchParams
}

interface Term {
    type: string
    value: string
    datatype?: string
    "xml:lang"?: string
}

interface SupportingTriple {
    subject: Term
    predicate: Term
    object: Term
    graph?: string
    explanation?: string
}

const ROWS_AT_ONCE = 40

/** Return a term as a query writes it; undefined for one that is no IRI or plain literal. */
function write(term: Term): string | undefined {
    if (term.type === "uri") return `<${term.value}>`
    if (term.type !== "literal") return undefined
    const language = term["xml:lang"]
    const suffix = language ? `@${language}` : term.datatype ? `^^<${term.datatype}>` : ""
    return JSON.stringify(term.value) + suffix
}

function writeTriple({ subject, predicate, object }: SupportingTriple): string | undefined {
    const terms = [subject, predicate, object].map(write)
    return terms.includes(undefined) ? undefined : terms.join(" ")
}

async function post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const isForm = body instanceof URLSearchParams
    const answer = await fetch(path, {
        method: "POST",
        body: isForm ? body : JSON.stringify(body),
        headers: {
            accept: isForm ? "application/sparql-results+json" : "application/json",
            ...(isForm ? {} : { "content-type": "application/json" }),
        },
        signal,
    })
    return answer.ok ? answer.json() : undefined
}

/** Return the statements behind each row that a view may lack. */
async function findPremises({ support, rows }: Lost, signal: AbortSignal): Promise<SupportingTriple[][]> {
    const found: SupportingTriple[][] = []
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        const batch = rows.slice(at, at + ROWS_AT_ONCE)
        const asked = { ...Object.fromEntries(support), rows: batch.map(row => JSON.parse(row)) }
        const answer = (await post("/sparql/support", asked, signal)) as
            { rows: { triples: SupportingTriple[] }[] } | undefined
        const triples = answer?.rows ?? []
        // A statement in a graph of its own holds in every view.
        batch.forEach((_, index) => found.push((triples[index]?.triples ?? [])
            .filter(one => one.graph === undefined && one.explanation !== undefined)))
    }
    return found
}

/** Return those of some statements that hold in a view. */
async function findHolding(triples: string[], view: URLSearchParams, signal: AbortSignal) {
    const query = `SELECT ?s ?p ?o { VALUES (?s ?p ?o) { ${triples.map(one => `(${one})`).join(" ")} }
        ?s ?p ?o }`
    const answer = (await post("/sparql", new URLSearchParams([["query", query], ...view]), signal)) as
        { results: { bindings: Record<"s" | "p" | "o", Term>[] } } | undefined
    const bindings = answer?.results.bindings ?? []
    return new Set(bindings.map(({ s, p, o }) => writeTriple({ subject: s, predicate: p, object: o })))
}

/** Return for each row the path that says why not; undefined where nothing can be asked. */
export async function findMissing(lost: Lost, signal: AbortSignal): Promise<(string | undefined)[]> {
    const premises = await findPremises(lost, signal)
    const written = new Set(premises.flat().flatMap(one => writeTriple(one) ?? []))
    if (written.size === 0) return []
    const holding = await findHolding([...written], lost.view, signal)
    return premises.map(each => {
        const missing = each.find(one => {
            const triple = writeTriple(one)
            return triple !== undefined && !holding.has(triple)
        })
        if (!missing) return undefined
        const address = new URL(missing.explanation!, location.origin)
        address.searchParams.delete("world")
        for (const [name, value] of lost.view) address.searchParams.set(name, value)
        return address.pathname + address.search
    })
}
