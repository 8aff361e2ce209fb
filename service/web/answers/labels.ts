// The names of things in the language of the page, from the document that completes queries.

interface Listed {
    curie: string
    labels: Record<string, string[]>
}

export class Labels {
    private readonly names = new Map<string, string>()

    constructor(private readonly prefixes: Record<string, string>, terms: Listed[],
                language: string, known: Record<string, string> = {}) {
        for (const { curie, labels } of terms) {
            const name = labels[language]?.[0] ?? Object.values(labels)[0]?.[0]
            if (name) this.names.set(this.expand(curie), name)
        }
        for (const [iri, name] of Object.entries(known)) this.names.set(iri, name)
    }

    /** Return the name of a thing, or undefined. */
    nameOf(iri: string): string | undefined {
        return this.names.get(iri)
    }

    /** Return an IRI with a prefix, or else whole. */
    shorten(iri: string): string {
        let best = ["", ""]
        for (const [prefix, start] of Object.entries(this.prefixes))
            if (iri.startsWith(start) && start.length > best[1]!.length) best = [prefix, start]
        const local = iri.slice(best[1]!.length)
        return best[1] && /^[\w.-]*$/.test(local) ? `${best[0]}:${local}` : iri
    }

    private expand(curie: string): string {
        if (curie.startsWith("<")) return curie.slice(1, -1)
        const at = curie.indexOf(":")
        return (this.prefixes[curie.slice(0, at)] ?? "") + curie.slice(at + 1).replace(/\\(.)/g, "$1")
    }
}

/** Load the names; without the document, only the `known` things have one. */
export async function loadLabels(
    language: string, known: Record<string, string>,
): Promise<Labels> {
    const answer = await fetch("/vocabulary.json", { headers: { accept: "application/json" } })
    if (!answer.ok) return new Labels({}, [], language, known)
    const { prefixes, terms } = (await answer.json()) as
        { prefixes: Record<string, string>; terms: Listed[] }
    return new Labels(prefixes, terms, language, known)
}
