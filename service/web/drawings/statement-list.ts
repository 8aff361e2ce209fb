// The list that says what a drawing shows: its items and their buttons.

import type { Neighbours, Statement } from "./neighbours"

/** The fixed texts in the language of the page, from the element around drawing and list. */
export type Words = DOMStringMap

/** Make an element with properties and content. */
export function html<Name extends keyof HTMLElementTagNameMap>(
    name: Name, properties: Partial<HTMLElementTagNameMap[Name]> = {}, ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...content)
    return made
}

/** The button that expands a thing in the list or no longer does. */
export function expandButton(words: Words, iri: string, name: string): HTMLButtonElement {
    const button = html("button", { type: "button", className: "plain expands" })
    button.dataset.expands = iri
    button.dataset.name = name
    showExpanded(button, words, false)
    return button
}

/** Name a button, in the list or in the drawing, by what it does next. */
export function showExpanded(button: HTMLElement | SVGElement, words: Words, isExpanded: boolean): void {
    const does = isExpanded ? words.collapse! : words.expand!
    button.setAttribute("aria-label", `${does}${words.colon}${button.dataset.name}`)
    if (button instanceof HTMLElement) button.textContent = does
    else button.classList.toggle("open", isExpanded)
}

/** Write a statement as an item with its status and holders. */
export function statementItem(words: Words, one: Statement, found: Neighbours): HTMLLIElement {
    const name = (iri: string) => found.names.get(iri) ?? iri
    const link = (iri: string) =>
        html("a", { href: (found.addresses.get(iri) ?? iri) + (words.kept ?? "") }, name(iri))
    const [before, after] = one.relation.split("……") as [string, string?]
    const parts = [link(one.subject), before, link(one.object), after].filter(Boolean) as (Node | string)[]
    const item = html("li", {}, ...parts.flatMap((part, index) =>
        index ? [words.space ?? "", part] : [part]))
    const { subject, predicate, object, other, status } = one
    Object.assign(item.dataset, { subject, predicate, object, other, status })
    item.dataset.pattern = one.pattern.join(" ")
    item.dataset.holder = one.holder.join(" ")
    if (status) item.append(" ", chip(words, status, one.derived, name(status)))
    for (const holder of one.holder) {
        const [start, end] = words.held!.split("{}") as [string, string]
        item.append(" · ", start, name(holder), end)
    }
    return item
}

/** A status as a word with its mark. */
export function chip(words: Words, status: string, isDerived: boolean, name: string): HTMLSpanElement {
    const derived = isDerived ? `${words.derived}${words.colon}` : ""
    const className = `chip status-${status.split("#").at(-1)}${isDerived ? " derived" : ""}`
    return html("span", { className }, `${derived}${name}`)
}
