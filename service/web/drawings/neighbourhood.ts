// The neighbourhood of a thing, drawn by the server: one expands its things, and filters it.
//
// Drawing and list show the same: each item of the list is an edge of the drawing. The address has
// what is expanded and what is left out.

import { localName, remember, remembered } from "../address"
import { pathBetween } from "./columns"
import { Expansions } from "./expansions"
import type { Expansion } from "./expansions"
import { filter, nameHidden, offerChoices, untick } from "./filter"
import { drawButton, drawName, fit, readDrawing, reveal } from "./names"
import { findNeighbours } from "./neighbours"
import type { Neighbours } from "./neighbours"
import { chip, expandButton, html, showExpanded, statementItem } from "./statement-list"
import { edgeClasses, element } from "./svg"

// One request is made for each thing that an address names.
const MOST_RESTORED = 20

type Button = HTMLElement | SVGElement

/** Let one expand and filter the drawing and the list in an element of the page. */
export function enliven(figure: HTMLElement): void {
    const drawing = figure.querySelector<SVGSVGElement>(".drawing > svg")
    const list = figure.querySelector<HTMLElement>(".drawn > ul")
    const form = figure.querySelector("form")
    const status = figure.querySelector("[role=status]")
    if (drawing && list && form && status) new Neighbourhood(figure, drawing, list, form, status)
}

class Neighbourhood {
    readonly #added = element("g", { class: "added" })
    readonly #expansions: Expansions
    readonly #size: { width: number; height: number }
    readonly #words: DOMStringMap
    readonly #middle: string

    constructor(
        private readonly figure: HTMLElement,
        private readonly drawing: SVGSVGElement,
        private readonly list: HTMLElement,
        private readonly form: HTMLFormElement,
        private readonly status: Element,
    ) {
        this.#words = figure.dataset
        this.#middle = this.#words.thing!
        const { width, height } = drawing.viewBox.baseVal
        this.#size = { width, height }
        const { drawn, start, names } = readDrawing(drawing, this.#middle)
        this.#expansions = new Expansions(drawn, start)
        for (const [iri, name] of names) {
            const button = drawButton(this.#words, iri, name, drawn.get(iri)!)
            drawing.querySelector(`a[data-other="${CSS.escape(iri)}"]`)!.after(button)
            this.#itemOf(iri)?.append(" ", expandButton(this.#words, iri, name))
        }
        drawing.append(this.#added)
        form.hidden = false
        form.addEventListener("change", () => {
            this.#filter()
            this.#remember()
        })
        figure.addEventListener("click", event => this.#press(event))
        drawing.addEventListener("keydown", event => {
            if (event.key !== "Enter" && event.key !== " ") return
            if (this.#press(event)) event.preventDefault()
        })
        void this.#restore()
    }

    /** Show what the address names. */
    async #restore(): Promise<void> {
        const [expanded, hidden] = [remembered("expanded"), remembered("hide")]
        if (!expanded.length && !hidden.length) return
        this.figure.setAttribute("aria-busy", "true")
        for (const name of expanded.slice(0, MOST_RESTORED)) {
            const button = [...this.drawing.querySelectorAll<SVGElement>("[data-expands]")]
                .find(({ dataset }) => localName(dataset.expands!) === name)
            if (!button || !await this.#expand(button.dataset.expands!, button.dataset.name!)) continue
            this.#write()
        }
        untick(this.form, hidden)
        this.#filter()
        // What could not be loaded now stays in the address.
        remember({ expanded, hide: hidden })
        this.figure.removeAttribute("aria-busy")
    }

    #remember(): void {
        const expanded = this.#expansions.entries().map(([iri]) => localName(iri))
        remember({ expanded, hide: nameHidden(this.form) })
    }

    /** The item by which a thing came into the list. */
    #itemOf(iri: string): Element | null {
        const name = CSS.escape(iri)
        return this.list.querySelector(`[data-expands="${name}"]`)?.parentElement
            ?? this.list.querySelector(`:scope > [data-other="${name}"]`)
    }

    /** Do what a button is for, if one was pressed. */
    #press(event: Event): boolean {
        const button = (event.target as Element).closest<Button>("[data-expands]")
        if (button) void this.#change(button)
        return button !== null
    }

    async #change(button: Button): Promise<void> {
        const [iri, name] = [button.dataset.expands!, button.dataset.name!]
        const left = button.getBoundingClientRect().left
        if (this.#expansions.get(iri)) {
            this.#expansions.remove(iri)
            this.#say("collapsed", name)
        } else if (!await this.#expand(iri, name)) return
        this.#write()
        this.#remember()
        const shown = this.drawing.querySelector(`[data-expands="${CSS.escape(iri)}"]`)
        if (!this.drawing.contains(button) || !shown) return
        // What one looks at stays where it is, and what is new comes into sight.
        this.drawing.parentElement!.scrollLeft += shown.getBoundingClientRect().left - left
        reveal(this.drawing, this.#expansions, iri)
    }

    /** Add the neighbours of a thing, unless they cannot be loaded. */
    async #expand(iri: string, name: string): Promise<boolean> {
        let found: Neighbours
        try {
            found = await findNeighbours(this.#words.request!, iri)
        } catch {
            this.#say("notExpanded", name)
            return false
        }
        const expansion = this.#expansions.add(iri, found, other => !this.#isRelated(iri, other))
        if (!expansion) return false
        offerChoices(this.form, this.#words, found, expansion.shown)
        this.#say("expanded", name, expansion.block.places.size)
        if (expansion.leftOut) this.#say("expandedMore", name, expansion.leftOut, true)
        return true
    }

    /** Whether there is an edge between two things already. */
    #isRelated(one: string, other: string): boolean {
        return [...this.list.querySelectorAll("li")].some(({ dataset: { subject, object } }) =>
            (subject === one && object === other) || (subject === other && object === one))
    }

    /** Write all that is added anew, in the drawing and in the list; the focus stays where it is. */
    #write(): void {
        const focused = document.activeElement as Button | null
        const scope = this.list.contains(focused) ? this.list : this.drawing
        this.#added.replaceChildren()
        for (const nested of this.list.querySelectorAll("ul")) nested.remove()
        for (const [iri, expansion] of this.#expansions.entries()) this.#writeOne(iri, expansion)
        for (const button of this.figure.querySelectorAll<Button>("[data-expands]"))
            showExpanded(button, this.#words, this.#expansions.get(button.dataset.expands!) !== undefined)
        fit(this.drawing, this.#size, this.#expansions)
        this.#filter()
        const key = focused?.dataset.expands
        if (key && document.activeElement !== focused)
            scope.querySelector<Button>(`[data-expands="${CSS.escape(key)}"]`)?.focus()
    }

    #writeOne(iri: string, { found, block, shown }: Expansion): void {
        const [nested, names] = [html("ul"), element("g")]
        const { drawn } = this.#expansions
        for (const one of shown) {
            const other = drawn.get(one.other)
            // Another expansion may have added it, and be no longer there.
            if (!other) continue
            const item = statementItem(this.#words, one, found)
            nested.append(item)
            const path = pathBetween(drawn.get(one.subject)!, drawn.get(one.object)!)
            const ends = { "data-subject": one.subject, "data-object": one.object }
            this.#added.append(element("path", {
                class: edgeClasses(one.status, one.derived), d: path, "marker-end": "url(#arrow)", ...ends }))
            this.#explain(one.status, one.derived, found)
            if (!block.places.has(one.other)) continue
            const name = found.names.get(one.other) ?? one.other
            const href = (found.addresses.get(one.other) ?? one.other) + (this.#words.kept ?? "")
            item.append(" ", expandButton(this.#words, one.other, name))
            names.append(drawName(one.other, name, href, other), drawButton(this.#words, one.other, name, other))
        }
        const anchor = block.side === "left" ? "end" : "start"
        for (const { text, x, y, predicate } of block.headings) {
            const place = { class: "relation", x, y, "text-anchor": anchor }
            this.#added.append(element("text", { ...place, "data-predicate": predicate, "data-of": iri }, text))
        }
        this.#added.append(names)
        this.#itemOf(iri)?.append(nested)
    }

    /** Explain a kind of line below the drawing, unless that is done already. */
    #explain(status: string, isDerived: boolean, found: Neighbours): void {
        const legend = this.figure.querySelector(".legend")
        const classes = edgeClasses(status, isDerived)
        const lines = [...legend?.querySelectorAll("path") ?? []]
        if (!status || lines.some(line => line.getAttribute("class") === classes)) return
        const line = element("svg", { viewBox: "0 0 40 8", "aria-hidden": "true" },
            element("path", { class: classes, d: "M1 4H39" }))
        legend?.append(html("li", {}, line, chip(this.#words, status, isDerived, found.names.get(status) ?? status)))
    }

    #filter(): void {
        filter(this.form, this.list, this.drawing, this.#middle)
    }

    /** Say a fixed text about a thing, also to those who do not see the drawing. */
    #say(key: string, name: string, count = 0, isMore = false): void {
        const text = this.#words[key]!.replace("{}", name).replace("[]", String(count))
        if (isMore) this.status.append(" ", text)
        else this.status.textContent = text
    }
}
