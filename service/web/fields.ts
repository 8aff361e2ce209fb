// Fields that ask for a term: names in either language are suggested from the document that completes
// queries. What is typed is sent as it is, so that other names and IRIs work as without scripts.

import { makeCombobox } from "./combobox"
import { make } from "./pages"
import { vocabularyOfPage } from "./vocabulary"
import type { Found, Term, Unlikeliness, Vocabulary } from "./vocabulary"

const MOST_SUGGESTIONS = 8

/** How unlikely the terms are that a field asks for. */
function unlikelinessIn(box: HTMLInputElement): Unlikeliness {
    if (box.dataset.kind === "property") return ({ kind }) => kind === "property" ? 0 : Infinity
    return ({ kind }) => kind === "graph" ? Infinity : Number(kind !== "thing")
}

/** Suggest terms as one types in a field; the one that is chosen is written into it. */
export function completeField(
    box: HTMLInputElement, vocabulary: () => Promise<Vocabulary | undefined> = vocabularyOfPage,
): void {
    const place = make("span", { class: "completed" })
    const isFocused = document.activeElement === box
    box.before(place)
    place.append(box)
    if (isFocused) box.focus()
    const unlikeliness = unlikelinessIn(box)
    // What was typed last is the only thing to suggest for.
    let turn = 0

    async function type(): Promise<void> {
        const mine = ++turn
        const typed = box.value.trim()
        const terms = typed ? await vocabulary() : undefined
        if (mine !== turn) return
        const found = terms?.search(typed, unlikeliness, MOST_SUGGESTIONS) ?? []
        suggestions.show(found.map(one => writeOption(one, terms!)))
    }

    const suggestions = makeCombobox(box, {
        id: `suggestions-${box.id}`,
        typed: () => void type(),
        chosen: option => {
            box.value = option.dataset.value!
            turn++
            suggestions.show([])
            box.dispatchEvent(new Event("change", { bubbles: true }))
        },
        closed: () => { turn++ },
    })
    // So that the first letter finds it loaded.
    box.addEventListener("focus", () => void vocabulary(), { once: true })
}

/** Write a term by its label, the name that was found if it is another one, and its CURIE. */
function writeOption({ term, name }: Found, terms: Vocabulary): HTMLElement {
    const label = term.labels[document.documentElement.lang]?.[0] ?? name
    const option = make("li", { "data-value": valueOf(term, label, terms) })
    if (label) option.append(nameIn(term, label, "b"), " ")
    if (name && name !== label) option.append(nameIn(term, name, "span"), " ")
    option.append(make("small", {}, term.curie))
    return option
}

/** The name by which the service knows a term: a label names things alone, and perhaps several. */
function valueOf(term: Term, label: string, terms: Vocabulary): string {
    return term.kind === "thing" && label && terms.isUnique(label) ? label : term.curie
}

function nameIn(term: Term, name: string, element: "b" | "span"): HTMLElement {
    const language = Object.entries(term.labels).find(([, names]) => names.includes(name))?.[0]
    return make(element, language ? { lang: language } : {}, name)
}
