// The declarations of known prefixes, added along with the names that need them: where one types the
// colon of a name, or pastes a query. Both are one step to undo.

import { EditorState } from "@codemirror/state"
import type { ChangeSet, Extension } from "@codemirror/state"
import { declaredPrefixes, usedPrefixes } from "./statements"
import type { Vocabulary } from "../vocabulary"

const ONE_NAME = /^[\p{L}\p{N}_.-]*:[\p{L}\p{N}_.·-]*$/u

/** Return declarations, and their place: after the others, or after the first comment. */
export function declare(text: string, prefixes: [prefix: string, namespace: string][]) {
    const before = text.match(/^(?:[^]*^[^\S\n]*PREFIX[^\n<]*<[^\n>]*>[^\S\n]*\n|(?:[^\S\n]*#[^\n]*\n)*)/im)?.[0] ?? ""
    const lines = prefixes.map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>\n`)
    return { at: before.length, text: lines.join("") }
}

export function declareTyped(vocabulary: () => Vocabulary | undefined): Extension {
    return EditorState.transactionFilter.of(transaction => {
        const isPasted = ["input.paste", "input.drop"].some(one => transaction.isUserEvent(one))
        if (!isPasted && !transaction.isUserEvent("input.type")) return transaction
        const known = vocabulary()?.prefixes
        if (!known || !transaction.docChanged) return transaction
        const places = inserted(transaction.changes, isPasted)
        if (places.length === 0) return transaction
        const text = transaction.newDoc.toString()
        const declared = declaredPrefixes(text)
        const used = new Set(places.flatMap(([from, to]) => usedPrefixes(text, from, to)))
        const missing = [...used].filter(name => known[name] !== undefined && !declared.has(name))
        if (missing.length === 0) return transaction
        const added = declare(text, missing.map(name => [name, known[name]!]))
        return [transaction, { changes: { from: added.at, insert: added.text }, sequential: true }]
    })
}

/** Where text was inserted: anything pasted, but of what was typed one name alone. */
function inserted(changes: ChangeSet, isPasted: boolean): [from: number, to: number][] {
    const places: [number, number][] = []
    changes.iterChanges((_from, _to, from, to, text) => {
        if (isPasted || ONE_NAME.test(text.toString())) places.push([from, to])
    })
    return places
}
