// Filters of a neighbourhood, by pattern, status and holder: the same for its drawing and its list.

import { localName } from "../address"
import type { Neighbours, Statement } from "./neighbours"
import { chip, html } from "./statement-list"
import type { Words } from "./statement-list"

const KINDS = ["pattern", "status", "holder"] as const

/** Offer what new statements have and no earlier one had. */
export function offerChoices(form: HTMLFormElement, words: Words, found: Neighbours, shown: Statement[]): void {
    for (const kind of KINDS) {
        const group = form.querySelector<HTMLFieldSetElement>(`[data-kind="${kind}"]`)!
        const offered = new Set([...group.querySelectorAll("input")].map(({ value }) => value))
        const values = new Set(shown.flatMap(one => one[kind]).filter(value => value && !offered.has(value)))
        for (const value of values) {
            const name = found.names.get(value) ?? value
            const says = kind === "status" ? chip(words, value, false, name) : name
            const box = html("input", { type: "checkbox", checked: true, value })
            group.append(html("label", {}, box, " ", says), " ")
        }
        group.hidden = !group.querySelector("input")
    }
}

/** Name what is not ticked, as the address has it. */
export function nameHidden(form: HTMLFormElement): string[] {
    return boxesOf(form).filter(({ box }) => !box.checked).map(({ name }) => name)
}

/** Tick all but what an address names. */
export function untick(form: HTMLFormElement, names: string[]): void {
    for (const { box, name } of boxesOf(form)) box.checked = !names.includes(name)
}

function boxesOf(form: HTMLFormElement): { box: HTMLInputElement; name: string }[] {
    return KINDS.flatMap(kind => [...form.querySelectorAll<HTMLInputElement>(`[data-kind="${kind}"] input`)]
        .map(box => ({ box, name: `${kind}:${localName(box.value)}` })))
}

/** Hide what is not chosen, with what was added to it; `middle` is the thing of the page. */
export function filter(form: HTMLFormElement, list: HTMLElement, drawing: SVGSVGElement, middle: string): void {
    const items = [...list.querySelectorAll("li")]
    const hidden = new Set<string>()
    for (const item of items) {
        item.hidden = !isChosen(form, item)
        // The item by which a thing came has its button.
        const thing = item.querySelector<HTMLElement>(":scope > [data-expands]")?.dataset.expands
        if (thing && (item.hidden || hidden.has(originOf(item, "")))) hidden.add(thing)
    }
    for (const item of items)
        item.hidden ||= [item.dataset.subject!, item.dataset.object!].some(end => hidden.has(end))
    const shown = items.filter(item => !item.hidden)
    const edges = new Set(shown.map(({ dataset }) => `${dataset.subject} ${dataset.object}`))
    const headings = new Set(shown.map(item => `${originOf(item, middle)} ${item.dataset.predicate}`))
    for (const one of drawing.querySelectorAll<SVGElement>("[data-other], [data-expands]"))
        hide(one, hidden.has(one.dataset.other ?? one.dataset.expands!))
    for (const one of drawing.querySelectorAll<SVGElement>("[data-subject]"))
        hide(one, !edges.has(`${one.dataset.subject} ${one.dataset.object}`))
    for (const one of drawing.querySelectorAll<SVGElement>("[data-predicate]"))
        hide(one, !headings.has(`${one.dataset.of ?? middle} ${one.dataset.predicate}`))
}

/** Whether a statement is shown: of each kind, something that it has must be ticked. */
function isChosen(form: HTMLFormElement, item: HTMLElement): boolean {
    return KINDS.every(kind => {
        const values = item.dataset[kind]?.split(" ").filter(Boolean) ?? []
        const boxes = [...form.querySelectorAll<HTMLInputElement>(`[data-kind="${kind}"] input`)]
        return !values.length || boxes.some(box => box.checked && values.includes(box.value))
    })
}

/** The thing to whose neighbours an item belongs. */
function originOf(item: HTMLElement, middle: string): string {
    return item.parentElement!.closest("li")?.dataset.other ?? middle
}

function hide(one: SVGElement, isHidden: boolean): void {
    one.toggleAttribute("hidden", isHidden)
}
