// What a term of the query means: its label and definition, where the mouse rests on it, or at the
// cursor with Mod-I. Escape closes it.

import { syntaxTree } from "@codemirror/language"
import { StateEffect, StateField } from "@codemirror/state"
import type { EditorState, Extension } from "@codemirror/state"
import { EditorView, closeHoverTooltips, hasHoverTooltips, hoverTooltip, keymap, showTooltip } from
    "@codemirror/view"
import type { Tooltip } from "@codemirror/view"
import { declaredPrefixes } from "./statements"
import { make } from "../pages"
import { splitCurie } from "../vocabulary"
import type { Term, Vocabulary } from "../vocabulary"

interface Hint {
    from: number
    to: number
    term: Term
}

/** Return the term at an offset, of a name or an IRI in full; `side` is that of the offset. */
function findHint(state: EditorState, at: number, side: -1 | 1, vocabulary?: Vocabulary): Hint | undefined {
    const { name, from, to } = syntaxTree(state).resolveInner(at, side)
    const text = state.sliceDoc(from, to)
    let iri: string | undefined
    if (name === "IriRef") iri = text.slice(1, -1)
    else if (name === "Pname_ln") {
        const [prefix, local] = splitCurie(text)
        const namespace = declaredPrefixes(state.doc.toString()).get(prefix)
        iri = namespace === undefined ? undefined : `${namespace}${local}`
    }
    const term = iri === undefined ? undefined : vocabulary?.find(iri)
    return term && { from, to, term }
}

/** The label and the definition of a term, in the language of the page if it has them so. */
export function tell({ curie, labels, definitions }: Term): { label: string; definition: string } {
    const { lang } = document.documentElement
    const label = labels[lang]?.[0] ?? Object.values(labels)[0]?.[0] ?? curie
    return { label, definition: definitions?.[lang] ?? Object.values(definitions ?? {})[0] ?? "" }
}

function tooltip({ from, to, term }: Hint): Tooltip {
    return {
        pos: from,
        end: to,
        above: true,
        create() {
            const { label, definition } = tell(term)
            const dom = make("div", { class: "cm-term" })
            dom.append(make("b", {}, label))
            if (label !== term.curie) dom.append(" ", make("code", {}, term.curie))
            if (definition) dom.append(make("p", {}, definition))
            return { dom }
        },
    }
}

const setTooltip = StateEffect.define<Tooltip | null>()
const atCursor = StateField.define<Tooltip | null>({
    create: () => null,
    update(shown, transaction) {
        for (const effect of transaction.effects) if (effect.is(setTooltip)) return effect.value
        return transaction.docChanged || transaction.selection ? null : shown
    },
    provide: field => showTooltip.from(field),
})

export function explainTerms(vocabulary: () => Vocabulary | undefined): Extension {
    function show(view: EditorView): boolean {
        const { state } = view
        const at = state.selection.main.head
        const hint = findHint(state, at, -1, vocabulary()) ?? findHint(state, at, 1, vocabulary())
        if (!hint) return true
        const { label, definition } = tell(hint.term)
        view.dispatch({ effects: [setTooltip.of(tooltip(hint)),
            EditorView.announce.of(definition ? `${label}: ${definition}` : label)] })
        return true
    }
    function close(view: EditorView): boolean {
        if (!view.state.field(atCursor) && !hasHoverTooltips(view.state)) return false
        view.dispatch({ effects: [setTooltip.of(null), closeHoverTooltips] })
        return true
    }
    return [
        atCursor,
        hoverTooltip((view, at, side) => {
            const hint = findHint(view.state, at, side, vocabulary())
            return hint ? tooltip(hint) : null
        }),
        keymap.of([{ key: "Mod-i", run: show }, { key: "Escape", run: close }]),
    ]
}
