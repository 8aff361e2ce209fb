// The looks of the editor, in the colours of the site: its variables reach into the shadow root.

import { EditorView } from "@codemirror/view"

const popup = {
    backgroundColor: "var(--card)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: ".3rem",
}

export const theme = EditorView.theme({
    "&": { ...popup, marginBottom: ".5rem", fontSize: ".875rem", resize: "vertical", overflow: "hidden",
        maxHeight: "min(40rem, 70vh)" },
    "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
    ".cm-content": { caretColor: "var(--ink)", padding: ".35rem 0" },
    ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--quiet)", border: "0" },
    ".cm-activeLineGutter": { backgroundColor: "var(--soft)", color: "var(--ink)" },
    "&.cm-focused .cm-matchingBracket, .cm-matchingBracket":
        { backgroundColor: "var(--found)", outline: "1px solid var(--edge)" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", color: "var(--alert)" },
    ".cm-tooltip": popup,
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "14rem" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".2rem .5rem" },
    ".cm-tooltip-autocomplete ul li[aria-selected]":
        { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
    ".cm-completionDetail":
        { fontFamily: "var(--mono)", fontStyle: "normal", fontSize: ".75rem", marginLeft: ".75rem" },
    ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
    ".cm-diagnostic": { fontFamily: "var(--sans)", borderLeftColor: "var(--alert)" },
    ".cm-diagnostic-warning": { borderLeftColor: "var(--claim)" },
    ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
    ".cm-term": { maxWidth: "26rem", padding: ".3rem .6rem", fontFamily: "var(--sans)" },
    ".cm-term code": { fontSize: ".75rem", marginLeft: ".35rem" },
    ".cm-term p": { margin: ".2rem 0 0", maxWidth: "none" },
    ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)" },
    ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "var(--soft)" },
    ".cm-panel.cm-panel-lint button[name='close']": { color: "inherit" },
})
