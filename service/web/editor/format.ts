// Lay out a query: each clause, pattern and triple on a line of its own, indented. Nothing but white
// space between tokens changes; a query with an error is indented only.

import { ensureSyntaxTree, indentRange } from "@codemirror/language"
import { isolateHistory } from "@codemirror/commands"
import { EditorState } from "@codemirror/state"
import type { ChangeSet } from "@codemirror/state"
import type { EditorView } from "@codemirror/view"
import type { SyntaxNodeRef, Tree } from "@lezer/common"

const MOST_MILLISECONDS = 500
// A group of EXISTS stays on its line if it is no longer than this.
const SHORT = 48
const GROUPS = new Set(["GroupGraphPattern", "ConstructTemplate"])
const ON_NEW_LINES = new Set([
    "PrefixDecl", "BaseDecl", "SelectQuery", "ConstructQuery", "AskQuery", "DescribeQuery",
    "DatasetClause", "GroupClause", "HavingClause", "OrderClause", "LimitClause", "OffsetClause",
    "OptionalGraphPattern", "MinusGraphPattern", "GraphGraphPattern", "ServiceGraphPattern",
    "GroupOrUnionGraphPattern", "Filter", "Bind", "InlineData", "TriplesSameSubjectPath",
    "TriplesSameSubject",
])
const PROPERTY_LISTS = new Set(["PropertyListPathNotEmpty", "PropertyListNotEmpty"])

/** Lay out the query, as one step to undo. */
export function format(view: EditorView): void {
    const broken = breakLines(view.state)
    const state = view.state.update({ changes: broken }).state
    // The indentation of a line depends on the tree of the new text.
    ensureSyntaxTree(state, state.doc.length, MOST_MILLISECONDS)
    view.dispatch({
        changes: broken.compose(indentRange(state, 0, state.doc.length)),
        annotations: isolateHistory.of("full"),
    })
    view.focus()
}

/** Put in the line breaks that are missing. */
function breakLines(state: EditorState): ChangeSet {
    const tree = ensureSyntaxTree(state, state.doc.length, MOST_MILLISECONDS)
    const text = state.doc.toString()
    const changes = []
    for (const end of tree === null ? [] : ends(tree, text)) {
        const before = text.slice(0, end).trimEnd()
        const gap = text.slice(before.length, end)
        if (before !== "" && !gap.includes("\n"))
            changes.push({ from: before.length, to: end, insert: "\n" })
    }
    return state.changes(changes)
}

/** The offsets that a new line begins at, in order; none if the query has an error. */
function ends(tree: Tree, text: string): number[] {
    const found = new Set<number>()
    let hasError = false
    /** Begin a new line at the next token, unless a comment or the end of the group follows. */
    const breakAfter = (offset: number) => {
        const next = offset + text.slice(offset).search(/\S/)
        if (next >= offset && !"#}".includes(text[next]!)) found.add(next)
    }
    tree.iterate({
        enter(node) {
            if (node.type.isError) hasError = true
            if (isShort(node)) return false
            if (GROUPS.has(node.name)) {
                breakAfter(node.from + 1)
                if (text.slice(node.from + 1, node.to - 1).trim() !== "") found.add(node.to - 1)
            }
            if (ON_NEW_LINES.has(node.name)) found.add(node.from)
            if (node.name === "." || (node.name === ";" && isOfSubject(node))) breakAfter(node.to)
            return true
        },
    })
    return hasError ? [] : [...found].sort((one, other) => one - other)
}

/** Whether this is a group of EXISTS that fits its line. */
function isShort({ name, from, to, node }: SyntaxNodeRef): boolean {
    return GROUPS.has(name) && /Exists/.test(node.parent?.name ?? "") && to - from <= SHORT
}

/** Whether a semicolon parts the properties of a subject, not those within square brackets. */
function isOfSubject({ node }: SyntaxNodeRef): boolean {
    const list = node.parent
    return list !== null && PROPERTY_LISTS.has(list.name) &&
        list.parent?.name !== "BlankNodePropertyListPath" &&
        list.parent?.name !== "BlankNodePropertyList"
}
