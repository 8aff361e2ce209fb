// Completion of terms by their names in any language, of variables and of keywords. A prefix that a
// completed term needs is declared along with it.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete"
import { pickedCompletion } from "@codemirror/autocomplete"
import { syntaxTree } from "@codemirror/language"
import type { ChangeSpec, EditorState } from "@codemirror/state"
import type { EditorView } from "@codemirror/view"
import { tell } from "./hints"
import { make } from "../pages"
import { keywords } from "./sparql"
import { declare } from "./prefixes"
import { declaredPrefixes, readStatements } from "./statements"
import type { Statements } from "./statements"
import { splitCurie } from "../vocabulary"
import type { Found, Term, Vocabulary } from "../vocabulary"

const MOST = 40
// More than a better match makes up for.
const UNLIKELY = 2
const WORD = /[?$]?[\p{L}_:][\p{L}\p{N}_:.·…\\-]*|[?$]/u
const PHRASE = /(?:[\p{L}\p{N}'’-]+[^\S\n]+){1,7}[\p{L}\p{N}'’-]+$/u
const LITERAL = new Set(["Comment", "String", "IriRef"])
const FITTING: Record<string, string> = { predicate: "property", class: "class" }

/** Return the source of completions; the vocabulary may come later. */
export function completeFrom(vocabulary: () => Vocabulary | undefined) {
    return (context: CompletionContext): CompletionResult | null => {
        const { state, pos } = context
        if (LITERAL.has(syntaxTree(state).resolveInner(pos, -1).name)) return null
        const typed = context.matchBefore(WORD)?.text ?? ""
        const words = /^[?$]/.test(typed) ? typed : phraseBefore(context, typed, vocabulary())
        // A keyword, the word `a` or a whole CURIE is not held up by Enter.
        const isWhole = keywords.includes(typed.toUpperCase()) || vocabulary()?.has(typed)
        if (!context.explicit && ((isWhole && words === typed) || /^[ -~]?$/.test(words))) return null
        const from = pos - words.length
        const before = state.sliceDoc(0, pos - typed.length)
        const declared = /\bPREFIX\s+$/i.test(before) && !typed.startsWith("?")
        if (declared) return declarations(state, typed, pos - typed.length, vocabulary())
        const options = /^[?$]/.test(typed)
            ? variables(state, typed, from)
            : mixed(startingKeywords(words), terms(state, words, from, vocabulary()),
                isOfKeyword(state.doc.toString(), from))
        return options.length ? { from, options, filter: false } : null
    }
}

/** Whether a keyword is as likely as a term: outside of braces, or where a statement begins. */
function isOfKeyword(text: string, from: number): boolean {
    const before = text.slice(0, from).replace(/#[^\n]*|<[^<>\s]*>|"[^"\n]*"|'[^'\n]*'/g, "")
    const depth = before.split("{").length - before.split("}").length
    return depth <= 0 || ["subject", "none"].includes(readStatements(text, from).place)
}

const mixed = (words: Completion[], found: Completion[], areWordsFirst: boolean) =>
    areWordsFirst ? [...words, ...found] : [...found, ...words]

/** Return the prefixes that a query does not declare yet, with their namespaces. */
function declarations(state: EditorState, typed: string, from: number, vocabulary?: Vocabulary) {
    const declared = declaredPrefixes(state.doc.toString())
    const name = typed.replace(/:$/, "")
    const options = Object.entries(vocabulary?.prefixes ?? {})
        .filter(([prefix]) => prefix.startsWith(name) && !declared.has(prefix))
        .map(([prefix, namespace]) => ({ label: `${prefix}: <${namespace}>` }))
    return options.length ? { from, options, filter: false } : null
}

/** Return the last words, as many as begin the name of a term, or the last one alone. */
function phraseBefore({ state, pos }: CompletionContext, typed: string, vocabulary?: Vocabulary) {
    const line = state.doc.lineAt(pos)
    const before = line.text.slice(0, pos - line.from).match(PHRASE)?.[0] ?? ""
    const starts = [...before.matchAll(/\S+/g)].map(({ index }) => before.slice(index))
    // `a` begins a type more often than a name.
    return starts.find(words => words.length > typed.length && !/^a\s/.test(words)
        && vocabulary?.hasNameLike(words)) ?? typed
}

function terms(state: EditorState, typed: string, from: number, vocabulary?: Vocabulary): Completion[] {
    const statements = readStatements(state.doc.toString(), from)
    const found = vocabulary?.search(typed, term => unlikeliness(term, typed, statements), MOST) ?? []
    return found.map(one => completion(one, vocabulary!))
}

/**
 * A property is likelier if members of a class of its subject have it here. In the place of a class
 * or a property nothing else is likely, unless one types its prefix.
 */
function unlikeliness(term: Term, typed: string, { place, subject, types }: Statements): number {
    if (place === "none" || place === "subject") return 0
    if (place === "object") return term.kind === "property" ? 1 : 0
    if (term.kind !== FITTING[place])
        return Object.values(FITTING).includes(term.kind) || !hasPrefix(typed, term) ? Infinity : 2 * UNLIKELY
    const classes = types.get(subject)
    return place === "class" || !classes || term.of?.some(one => classes.has(one)) ? 0 : UNLIKELY
}

const hasPrefix = (typed: string, { curie }: Term) =>
    typed.includes(":") && splitCurie(typed)[0] === splitCurie(curie)[0]

function completion({ term, name }: Found, vocabulary: Vocabulary): Completion {
    const apply = (view: EditorView, picked: Completion, from: number, to: number) => {
        const { written, declaration } = write(view.state, term, vocabulary)
        const changes: ChangeSpec[] = [{ from, to, insert: written }]
        if (declaration) changes.unshift({ from: declaration.at, insert: declaration.text })
        const shift = declaration?.text.length ?? 0
        view.dispatch({
            changes,
            selection: { anchor: from + shift + written.length },
            userEvent: "input.complete",
            annotations: pickedCompletion.of(picked),
        })
    }
    const { definition } = tell(term)
    const info = definition ? () => make("p", {}, definition) : undefined
    const shown = { label: term.curie, displayLabel: name || term.curie, detail: name ? term.curie : "" }
    return { ...shown, ...(info ? { info } : {}), apply }
}

/** Return how a query writes a term, and the declaration that it lacks for it. */
function write(state: EditorState, term: Term, vocabulary: Vocabulary) {
    const [prefix] = splitCurie(term.curie)
    const namespace = vocabulary.prefixes[prefix]
    const declared = declaredPrefixes(state.doc.toString()).get(prefix)
    if (namespace === undefined || declared === namespace) return { written: term.curie }
    if (declared === undefined)
        return { written: term.curie, declaration: declare(state.doc.toString(), [[prefix, namespace]]) }
    return { written: `<${namespace}${splitCurie(term.curie)[1]}>` }
}

function variables(state: EditorState, typed: string, from: number): Completion[] {
    const found = new Set<string>()
    for (const { 0: name, index } of state.doc.toString().matchAll(/[?$][\p{L}\p{N}_]+/gu))
        if (index !== from && name.startsWith(typed)) found.add(name)
    return [...found].map(label => ({ label }))
}

function startingKeywords(typed: string): Completion[] {
    const wanted = typed.toUpperCase()
    return wanted.length < 2 ? [] : keywords
        .filter(word => word.startsWith(wanted))
        .map(label => ({ label }))
}
