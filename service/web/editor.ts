// The page of the SPARQL endpoint: an editor in place of the form's textarea, which stays in step
// with it, so that the form sends the same as without scripts.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from
    "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands"
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language"
import { forceLinting, lintKeymap, linter } from "@codemirror/lint"
import { EditorState } from "@codemirror/state"
import { EditorView, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view"
import { completeFrom } from "./editor/completion"
import { keepHistory } from "./editor/history"
import { format } from "./editor/format"
import { explainTerms } from "./editor/hints"
import { findMarks } from "./editor/marks"
import { closePanels } from "./editor/panels"
import { choose } from "./editor/parts"
import { declareTyped } from "./editor/prefixes"
import { offerQuestions } from "./editor/questions"
import { showRequests } from "./editor/requests"
import { answerHere } from "./editor/run"
import { sparql } from "./editor/sparql"
import { keepTabs } from "./editor/tabs"
import type { Shown, Tab } from "./editor/tabs"
import { theme } from "./editor/theme"
import { loadVocabulary } from "./vocabulary"
import type { Vocabulary } from "./vocabulary"

const MILLISECONDS_BEFORE_MARKS = 500
const FEWEST_LINES = 6

/** Write what is typed over a selection, which Chromium would give the style of what was there. */
const overwrite = EditorView.domEventHandlers({
    beforeinput(event, view) {
        const { from, to, empty } = view.state.selection.main
        const text = event.data
        if (empty || event.isComposing || event.inputType !== "insertText" || text === null)
            return false
        const insert = () =>
            view.state.update(view.state.replaceSelection(text), { userEvent: "input.type" })
        const handlers = view.state.facet(EditorView.inputHandler)
        if (!handlers.some(handler => handler(view, from, to, text, insert))) view.dispatch(insert())
        return true
    },
})

/** The editor of a form, with the query of one tab at a time. */
interface Editor extends Shown {
    vocabulary: () => Vocabulary | undefined
    format: () => void
    /** Put a query in place of that of the tab. */
    write: (query: string) => void
}

/** Put an editor in place of the textarea of a form; `changed` is called when someone has typed. */
function replace(textarea: HTMLTextAreaElement, form: HTMLFormElement, changed: () => void): Editor {
    // The fixed texts stand in the page, which knows its language.
    const words = textarea.dataset as Record<string, string>
    let vocabulary: Vocabulary | undefined
    const run = () => {
        form.requestSubmit()
        return true
    }
    const extensions = [
        keymap.of([{ key: "Mod-Enter", run }]),
        explainTerms(() => vocabulary),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap]),
        keymap.of([...historyKeymap, ...defaultKeymap]),
        EditorState.phrases.of({ Completions: words.completions!, Diagnostics: words.marks! }),
        lineNumbers(),
        highlightActiveLineGutter(),
        history(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        indentUnit.of("    "),
        sparql,
        theme,
        overwrite,
        declareTyped(() => vocabulary),
        autocompletion({ override: [completeFrom(() => vocabulary)], icons: false }),
        linter(view => findMarks(view, words, vocabulary), { delay: MILLISECONDS_BEFORE_MARKS }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
            "aria-label": textarea.getAttribute("aria-label") ?? "",
            "aria-keyshortcuts": "Control+Enter Control+I Control+/ F8",
            autocapitalize: "off",
            spellcheck: "false",
        }),
        EditorView.theme({ ".cm-content": { minHeight: `${FEWEST_LINES * 1.5}em` } }),
        EditorView.updateListener.of(update => {
            if (!update.docChanged) return
            textarea.value = update.state.doc.toString()
            changed()
        }),
    ]
    // Style sheets that a script adds apply in a shadow root alone: the policy of the page forbids
    // `<style>`, and CodeMirror adopts sheets only there.
    const host = document.createElement("div")
    const root = host.attachShadow({ mode: "open" })
    const start = (doc: string) => EditorState.create({ doc, extensions })
    let view = new EditorView({ root, parent: root, state: start(textarea.value) })
    textarea.before(host)
    textarea.hidden = true
    // A browser cannot point at a hidden field that lacks its value; the service answers instead.
    textarea.required = false
    void loadVocabulary(document.documentElement.lang).then(loaded => {
        vocabulary = loaded
        forceLinting(view)
    })
    // Each tab has its own changes to undo.
    const states = new Map<string, EditorState>()
    let shown: string | undefined
    return {
        text: () => textarea.value,
        vocabulary: () => vocabulary,
        focus: () => view.focus(),
        format: () => format(view),
        write(query) {
            replaceAll(view, query)
            view.focus()
        },
        show({ id, query }: Tab) {
            if (shown !== undefined) states.set(shown, view.state)
            const isNew = shown === undefined && textarea.value !== query
            if (isNew || (shown !== undefined && shown !== id)) {
                // A view with another state would still measure what was asked for of the one before.
                view.destroy()
                view = new EditorView({ root, parent: root, state: states.get(id) ?? start(query) })
            }
            shown = id
            if (view.state.doc.toString() !== query) replaceAll(view, query)
            textarea.value = query
            form.dispatchEvent(new Event("change"))
        },
    }
}

/** Replace the whole query, as one step to undo. */
function replaceAll(view: EditorView, query: string): void {
    view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: query },
        annotations: isolateHistory.of("full"),
    })
}

const textarea = document.querySelector<HTMLTextAreaElement>("form.editor textarea")
if (textarea?.form) {
    const { form } = textarea
    const part = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector)!
    const showRequest = showRequests(form, part("details.requests"))
    let noteChange = () => {}
    const editor = replace(textarea, form, () => {
        showRequest()
        noteChange()
    })
    const button = part("button.format")
    button.hidden = false
    button.addEventListener("click", editor.format)
    const start = textarea.dataset.start === undefined ? undefined : textarea.value
    closePanels(part(".query-side"))
    const past = part<HTMLDetailsElement>("details.history")
    const showHistory = keepHistory(form, past, query => {
        past.open = false
        tabs.open(query)
    })
    const { text, write } = editor
    const restore = (id: string, query: string) => tabs.restore(id, query)
    const answers = answerHere(form, part("button.stop"), part(".ran"), { text, write, restore })
    const show = (tab: Tab) => {
        // What was typed belongs to the answer that is left.
        answers.show(tab.id, tab.query)
        editor.show(tab)
    }
    const bar = part(".query-tabs")
    const tabs = keepTabs(form, bar, { ...editor, show }, part(".query-panel"), start, showHistory)
    noteChange = tabs.noteChange
    const panel = document.querySelector<HTMLDetailsElement>("details.query-questions")
    if (panel) {
        // The panel lists what this leads to.
        part("nav.questions-topics").hidden = true
        offerQuestions(panel, editor.vocabulary, ({ query, choice }) => {
            panel.open = false
            tabs.open(query)
            // An answer that the tab has already keeps its view.
            if (!document.querySelector("section.result")) choose(form, choice)
        })
    }
}
