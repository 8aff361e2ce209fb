// The terms that a query may use, from one document of the service, and how they are found by name.

export interface Term {
    curie: string
    kind: string
    labels: Record<string, string[]>
    uses: number
    /** By language, of a class or property. */
    definitions?: Record<string, string>
    of?: string[]
}

export interface Found {
    term: Term
    /** The name that matches, or the first one in the language of the page. */
    name: string
}

/** What is expected where something is typed: the likelier, the lower; infinite if not allowed. */
export type Unlikeliness = (term: Term) => number

/** Case, blanks and marks between words do not matter. */
const fold = (text: string) => text.toLowerCase().replace(/[\s_·…-]/g, "")

export class Vocabulary {
    private readonly byIri = new Map<string, Term>()
    private readonly names: { term: Term; texts: string[]; folded: string[]; curie: string }[] = []
    private readonly own = new Set<string>()
    private readonly ontologies = new Set<string>()

    constructor(readonly prefixes: Record<string, string>, terms: Term[],
                language: string) {
        for (const term of terms) {
            const [prefix, local] = splitCurie(term.curie)
            this.byIri.set(this.expand(term.curie), term)
            if (term.kind === "thing") this.own.add(prefix)
            if (term.kind === "class") this.ontologies.add(prefix)
            const others = Object.entries(term.labels).filter(([tag]) => tag !== language)
            const texts = [...(term.labels[language] ?? []), ...others.flatMap(([, all]) => all)]
            const folded = [...texts, local].map(fold)
            this.names.push({ term, texts, folded, curie: fold(term.curie) })
        }
    }

    /** Return the IRI of a CURIE with a prefix of this document. */
    private expand(curie: string): string {
        const [prefix, local] = splitCurie(curie)
        return curie.startsWith("<") ? curie.slice(1, -1) : `${this.prefixes[prefix]}${local}`
    }

    has(curie: string): boolean {
        return this.byIri.has(this.expand(curie))
    }

    /** Return the term with an IRI. */
    find(iri: string): Term | undefined {
        return this.byIri.get(iri)
    }

    /** Whether a name of a term begins like this. */
    hasNameLike(typed: string): boolean {
        const wanted = fold(typed)
        return this.names.some(({ folded, curie }) =>
            [...folded, curie].some(name => name.startsWith(wanted)))
    }

    /** Return the first label of a term in a language. */
    labelOf(curie: string, language: string): string | undefined {
        const isTerm = curie.startsWith("<") || splitCurie(curie)[0] in this.prefixes
        return isTerm ? this.byIri.get(this.expand(curie))?.labels[language]?.[0] : undefined
    }

    /** Whether one term alone has exactly this name, but for case and marks. */
    isUnique(name: string): boolean {
        const wanted = fold(name)
        return this.names.filter(({ folded }) => folded.includes(wanted)).length === 1
    }

    /** Return the terms with a name like this: those that begin with it, then what is likely. */
    search(typed: string, unlikeliness: Unlikeliness, most: number): Found[] {
        const wanted = fold(typed)
        const found: (Found & { rank: number })[] = []
        for (const { term, texts, folded, curie } of this.names) {
            // Otherwise part of a prefix would match all of its terms.
            const names = wanted.includes(":") ? [...folded, curie] : folded
            let best = Infinity
            let which = -1
            names.forEach((name, index) => {
                const at = name.indexOf(wanted)
                // The noun that says what it is stands last in Chinese.
                const isHead = at >= 0 && /\p{Script=Han}$/u.test(wanted) && name.endsWith(wanted)
                const quality = at < 0 ? Infinity : name === wanted ? 0 : at === 0 || isHead ? 1 : 2
                if (quality < best) [best, which] = [quality, index]
            })
            const unlikely = best < Infinity ? unlikeliness(term) : Infinity
            if (unlikely < Infinity) {
                const name = (wanted && texts[which]) || texts[0] || ""
                found.push({ term, name, rank: 2 * best + 3 * unlikely })
            }
        }
        found.sort((one, other) => one.rank - other.rank || other.term.uses - one.term.uses)
        return found.slice(0, most)
    }

    /** Return what is like a term that does not exist; undefined if it may well exist. */
    correct(iri: string): Term[] | undefined {
        const prefix = [...this.own].find(name => iri.startsWith(this.prefixes[name] ?? "\0"))
        if (prefix === undefined || this.byIri.has(iri)) return undefined
        const local = iri.slice((this.prefixes[prefix] ?? "").length)
        const most = Math.min(2, Math.floor(local.length / 3))
        const near = this.names
            .filter(({ term }) => splitCurie(term.curie)[0] === prefix)
            .map(({ term }) => ({ term, far: distance(local, splitCurie(term.curie)[1], most) }))
            .filter(({ far }) => far <= most)
            .sort((one, other) => one.far - other.far || other.term.uses - one.term.uses)
            .slice(0, 3)
        // Some things without names are not listed; of an ontology all terms are.
        return near.length || this.ontologies.has(prefix) ? near.map(({ term }) => term) : undefined
    }
}

export function splitCurie(curie: string): [prefix: string, local: string] {
    const at = curie.indexOf(":")
    // A local name may be escaped.
    return [curie.slice(0, at), curie.slice(at + 1).replace(/\\(.)/g, "$1")]
}

/** The edits between two words, without regard to case; more than `most` if there are more. */
function distance(one: string, other: string, most: number): number {
    const [a, b] = [one.toLowerCase(), other.toLowerCase()]
    if (Math.abs(a.length - b.length) > most) return Infinity
    let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
    for (let i = 1; i <= a.length; i++) {
        const row = [i]
        for (let j = 1; j <= b.length; j++)
            row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1,
                previous[j - 1]! + Number(a[i - 1] !== b[j - 1])))
        previous = row
    }
    return previous[b.length]!
}

/** Load the document; undefined if the service has none, in which case nothing is completed. */
export async function loadVocabulary(language: string): Promise<Vocabulary | undefined> {
    const answer = await fetch("/vocabulary.json", { headers: { accept: "application/json" } })
    if (!answer.ok) return undefined
    const { prefixes, terms } = (await answer.json()) as
        { prefixes: Record<string, string>; terms: Term[] }
    return new Vocabulary(prefixes, terms, language)
}

let loading: Promise<Vocabulary | undefined> | undefined

/** Load the document for the language of the page, once, when something first needs it. */
export function vocabularyOfPage(): Promise<Vocabulary | undefined> {
    loading ??= loadVocabulary(document.documentElement.lang).catch(() => {
        // One may try again.
        loading = undefined
        return undefined
    })
    return loading
}
