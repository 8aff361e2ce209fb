// Marks in the query: what is no SPARQL, prefixes that are not declared, and terms that do not exist.

import { ensureSyntaxTree } from "@codemirror/language"
import type { Action, Diagnostic } from "@codemirror/lint"
import type { EditorView } from "@codemirror/view"
import { declare } from "./prefixes"
import { declaredPrefixes } from "./statements"
import { splitCurie } from "../vocabulary"
import type { Vocabulary } from "../vocabulary"

/** The fixed texts, in the language of the page; `{}` stands for the name. */
type Words = Record<string, string>

const MOST_MILLISECONDS = 100
// The grammar knows SPARQL 1.1, so it does not judge what 1.2 and the engine have beyond that.
const BEYOND = /<<|\{\||~|--(ltr|rtl)\b|\b(VERSION|LATERAL)\b|\b(is)?(TRIPLE|SUBJECT|PREDICATE|OBJECT)\s*\(|\b(has|STR)?LANG(DIR)\s*\(|\b(ADJUST)\s*\(/i

export function findMarks(view: EditorView, words: Words, vocabulary?: Vocabulary): Diagnostic[] {
    const { state } = view
    const text = state.doc.toString()
    const tree = ensureSyntaxTree(state, text.length, MOST_MILLISECONDS)
    if (!tree || !text.trim()) return []
    const declared = declaredPrefixes(text)
    const marks: Diagnostic[] = []
    let isBroken = BEYOND.test(text)
    tree.iterate({
        enter({ node, type, from, to }) {
            const shown = { from, to: Math.max(to, Math.min(from + 1, text.length)) }
            // What follows the first error often is a consequence of it.
            if (type.isError && !isBroken) {
                isBroken = true
                if (shown.from === text.length) shown.from = Math.max(0, text.trimEnd().length - 1)
                marks.push({ ...shown, severity: "error", message: words.syntax! })
            }
            const isName = type.name === "Pname_ln" || type.name === "Pname_ns"
            if (isName && node.parent?.name !== "PrefixDecl") {
                const mark = judge(text.slice(from, to))
                if (mark) marks.push({ ...shown, ...mark })
            }
        },
    })
    return marks

    function judge(name: string): Pick<Diagnostic, "severity" | "message" | "actions"> | undefined {
        const [prefix, local] = splitCurie(name)
        const namespace = declared.get(prefix)
        if (namespace === undefined) {
            const known = vocabulary?.prefixes[prefix]
            const message = words.undeclared!.replace("{}", `${prefix}:`)
            // The service declares those that it knows; elsewhere the query is wrong without it.
            return known ? { severity: "warning", message, actions: [add(prefix, known)] }
                : { severity: "error", message, actions: [] }
        }
        const near = vocabulary?.correct(`${namespace}${local}`)
        if (!near || !local) return undefined
        const actions = near.map(({ curie }) => replace(curie, `${prefix}:${curie.split(":", 2)[1]}`))
        return { severity: "warning", message: words.unknown!.replace("{}", name), actions }
    }

    function add(prefix: string, namespace: string): Action {
        return {
            name: words.addPrefix!,
            apply(view) {
                const { at, text } = declare(view.state.doc.toString(), [[prefix, namespace]])
                view.dispatch({ changes: { from: at, insert: text } })
            },
        }
    }

    function replace(name: string, insert: string): Action {
        return { name, apply: (view, from, to) => view.dispatch({ changes: { from, to, insert } }) }
    }
}
