// What relates a thing to others, as the service tells it: one request for each thing.

/** Texts by the tags of their languages. */
type Texts = Record<string, string>

interface Answer {
    things: { id: string; href: string; label: Texts }[]
    edges: {
        subject: string
        predicate: string
        object: string
        label: Texts
        patterns: string[]
        holds: boolean
        ground?: { status: string; derived: boolean; holders: string[] }
    }[]
    names: Record<string, Texts>
}

export interface Statement {
    subject: string
    predicate: string
    object: string
    /** The end that is not the thing that the request was about. */
    other: string
    relation: string
    pattern: string[]
    /** Empty if it has none. */
    status: string
    derived: boolean
    /** Those of what does not hold. */
    holder: string[]
}

/** The first statement about each neighbour, the closest neighbour first. */
export interface Neighbours {
    statements: Statement[]
    names: Map<string, string>
    addresses: Map<string, string>
}

const language = document.documentElement.lang
const kept = new Map<string, Promise<Neighbours>>()

/** Ask for the neighbours of a thing at an address that may have parameters; throws if it fails. */
export function findNeighbours(address: string, thing: string): Promise<Neighbours> {
    const found = kept.get(thing) ?? ask(address, thing)
    kept.set(thing, found)
    found.catch(() => kept.delete(thing))
    return found
}

async function ask(address: string, thing: string): Promise<Neighbours> {
    const url = new URL(address, location.href)
    url.searchParams.set("resource", thing)
    const response = await fetch(url, { headers: { Accept: "application/json" } })
    if (!response.ok) throw new Error(`${response.status} for ${url}`)
    const { things, edges, names } = await response.json() as Answer
    const statements = new Map<string, Statement>()
    for (const { label, patterns, holds, ground, ...terms } of edges) {
        const other = terms.subject === thing ? terms.object : terms.subject
        if (statements.has(other)) continue
        const isNamed = ground && !holds && !(ground.derived && /#(Hypothesis|Plan)$/.test(ground.status))
        statements.set(other, {
            ...terms, other, relation: choose(label, terms.predicate), pattern: patterns,
            status: ground?.status ?? "", derived: ground?.derived ?? false,
            holder: isNamed ? ground.holders : [],
        })
    }
    const labels = [...things.map(one => [one.id, one.label] as const), ...Object.entries(names)]
    return {
        statements: [...statements.values()],
        names: new Map(labels.map(([iri, texts]) => [iri, choose(texts, iri)])),
        addresses: new Map(things.map(({ id, href }) => [id, href])),
    }
}

/** Choose the text in the language of the page, or else any, or else the end of the IRI. */
function choose(texts: Texts, iri: string): string {
    return texts[language] ?? Object.values(texts)[0] ?? iri.split(/[/#]/).at(-1)!
}
