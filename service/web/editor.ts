// The page of the SPARQL endpoint: an editor in place of the form's textarea, which stays in step
// with it, so that the form sends the same as without scripts.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from
    "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands"
import { bracketMatching, indentOnInput, indentUnit, indentRange } from "@codemirror/language"
import { EditorState } from "@codemirror/state"
import { EditorView, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view"
import { sparql } from "./sparql"
import { theme } from "./theme"

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

const textarea = document.querySelector<HTMLTextAreaElement>("form.editor textarea")
const form = textarea?.form
if (textarea && form) replace(textarea, form)

function replace(textarea: HTMLTextAreaElement, form: HTMLFormElement): void {
    // Style sheets that a script adds apply in a shadow root alone: the policy of the page forbids
    // `<style>`, and CodeMirror adopts sheets only there.
    const host = document.createElement("div")
    const root = host.attachShadow({ mode: "open" })
    const run = () => {
        form.requestSubmit()
        return true
    }
    const view = new EditorView({
        root,
        parent: root,
        state: EditorState.create({
            doc: textarea.value,
            extensions: [
                keymap.of([{ key: "Mod-Enter", run }]),
                keymap.of([...closeBracketsKeymap, ...completionKeymap]),
                keymap.of([...historyKeymap, ...defaultKeymap]),
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
                autocompletion(),
                EditorView.lineWrapping,
                EditorView.contentAttributes.of({
                    "aria-label": textarea.getAttribute("aria-label") ?? "",
                    autocapitalize: "off",
                    spellcheck: "false",
                }),
                EditorView.theme({ ".cm-content": { minHeight: `${textarea.rows * 1.5}em` } }),
                EditorView.updateListener.of(update => {
                    if (update.docChanged) textarea.value = update.state.doc.toString()
                }),
            ],
        }),
    })
    textarea.before(host)
    textarea.hidden = true
    // A browser cannot point at a hidden field that lacks its value; the service answers instead.
    textarea.required = false

    const format = document.createElement("button")
    format.type = "button"
    format.textContent = textarea.dataset.format ?? ""
    format.addEventListener("click", () => {
        view.dispatch({
            changes: indentRange(view.state, 0, view.state.doc.length),
            annotations: isolateHistory.of("full"),
        })
        view.focus()
    })
    form.querySelector(".actions")?.append(format)
}
