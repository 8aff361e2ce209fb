// Suppositions that a reader collects. They are kept in local storage, so that all tabs have the same.

/** A statement to add or to remove, as an address has it and as sentences, and where it stands. */
export interface Supposition {
    change: "add" | "remove"
    statement: string
    /** The sentence by the tag of its language. */
    words: Record<string, string>
    view: string
    world: string
}

const KEY = "glocal.suppositions"
const VIEWS = ["facts", "paper", "readings"]

// Browsers may refuse to keep anything; then they last for this page alone.
let unkept: Supposition[] = []

export function readSuppositions(): Supposition[] {
    try {
        const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]")
        return Array.isArray(found) ? found.map(readOne) : []
    } catch {
        return unkept
    }
}

/** What was kept by an earlier version has words without a language. */
function readOne(kept: Omit<Supposition, "words"> & { words: string | Supposition["words"] }): Supposition {
    const { words } = kept
    return { ...kept, words: typeof words === "string" ? { "": words } : words }
}

/** Keep sentences in a language beside those that suppositions have, by statement. */
export function keepWords(language: string, sentences: Map<string, string>): void {
    keepSuppositions(readSuppositions().map(one => {
        const sentence = sentences.get(one.statement)
        return sentence ? { ...one, words: { ...one.words, [language]: sentence } } : one
    }))
}

export function keepSuppositions(several: Supposition[]): void {
    unkept = several
    try {
        localStorage.setItem(KEY, JSON.stringify(several))
    } catch {
        // See `unkept`.
    }
}

export function isSame(one: Supposition, other: Supposition): boolean {
    return one.change === other.change && one.statement === other.statement
}

/** Call a function when the suppositions may have changed elsewhere. */
export function whenChangedElsewhere(changed: () => void): void {
    addEventListener("storage", event => { if (event.key === KEY || event.key === null) changed() })
    // A page that comes back as it was may have missed something.
    addEventListener("pageshow", event => { if (event.persisted) changed() })
}

/** Return the worlds in which suppositions were collected; an outcome shows the last of them. */
export function worldsOf(several: Supposition[]): string[] {
    return [...new Set(several.map(one => one.world).filter(Boolean).reverse())].reverse()
}

/** Return the address of the outcome of all; the widest view shows what changes in the others too. */
export function outcomeAddress(several: Supposition[], language = ""): string {
    const view = VIEWS[Math.max(...several.map(one => VIEWS.indexOf(one.view || "paper")))] ?? "paper"
    const pairs: [string, string][] = [
        ...several.map(one => [one.change, one.statement] as [string, string]),
        ["view", view === "paper" ? "" : view],
        ["world", worldsOf(several).at(-1) ?? ""],
        ["lang", language],
    ]
    // People see the address, so that what may stand in it is not encoded.
    const encode = (text: string) => encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2F/g, "/")
    const query = pairs.filter(([, value]) => value).map(([name, value]) => `${name}=${encode(value)}`)
    return new URL(`/whatif?${query.join("&")}`, location.href).href
}
