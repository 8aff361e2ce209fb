// Names in the drawing of a neighbourhood, their buttons, and the frame that has place for them.

import { MAX_LETTERS } from "./columns"
import type { Place } from "./columns"
import type { Drawn, Expansions } from "./expansions"
import { showExpanded } from "./statement-list"
import type { Words } from "./statement-list"
import { cut, element, widthOf } from "./svg"

const LETTER = 7.5
// The place of the longest name of a column, with its button.
const REACH = MAX_LETTERS * LETTER + 40
const still = matchMedia("(prefers-reduced-motion: reduce)")

/** What the server has drawn: the places of things, where each side begins, and the full names. */
export interface Start {
    drawn: Map<string, Drawn>
    start: Record<string, number>
    names: Map<string, string>
}

export function readDrawing(drawing: SVGSVGElement, middle: string): Start {
    const { width, height } = drawing.viewBox.baseVal
    const box = Number(drawing.querySelector("rect.middle")!.getAttribute("width"))
    const centre = { side: "middle", x: width / 2, y: height / 2 + 4, width: box, level: 0 } as const
    const drawn = new Map<string, Drawn>([[middle, centre]])
    const start: Record<string, number> = {}
    const names = new Map<string, string>()
    for (const link of drawing.querySelectorAll<SVGAElement>("a[data-other]")) {
        const [text, iri] = [link.querySelector("text")!, link.dataset.other!]
        const name = text.querySelector("title")?.textContent ?? ""
        const side = text.getAttribute("text-anchor") === "end" ? "left" : "right"
        const [x, y] = [Number(text.getAttribute("x")), Number(text.getAttribute("y"))]
        const said = text.textContent!.slice(name.length)
        drawn.set(iri, { side, x, y, width: widthOf(said), level: 0 })
        start[side] = x
        names.set(iri, name)
    }
    start.left ??= width - start.right!
    start.right ??= width - start.left
    return { drawn, start, names }
}

export function drawName(iri: string, name: string, href: string, { side, x, y }: Place): SVGAElement {
    const anchor = side === "left" ? "end" : "start"
    return element("a", { href, "data-other": iri },
        element("text", { class: "node", x, y, "text-anchor": anchor },
            element("title", {}, name), cut(name, MAX_LETTERS)))
}

/** The button beside a name. */
export function drawButton(words: Words, iri: string, name: string, place: Place): SVGGElement {
    const [x, y] = [place.x + (place.width + 14) * (place.side === "left" ? -1 : 1), place.y - 4]
    const button = element("g",
        { class: "toggle", role: "button", tabindex: 0, "data-expands": iri, "data-name": name },
        element("circle", { cx: x, cy: y, r: 9 }),
        element("path", { d: `M${x - 4} ${y}h8` }),
        element("path", { class: "upright", d: `M${x} ${y - 4}v8` }))
    showExpanded(button, words, false)
    return button
}

/** Make room for all that is drawn; `size` is what the server has drawn. */
export function fit(drawing: SVGSVGElement, size: { width: number; height: number }, all: Expansions): void {
    let [left, right, bottom] = [0, size.width, size.height]
    const expansions = all.entries()
    for (const [, { block }] of expansions) {
        bottom = Math.max(bottom, block.bottom + 12)
        for (const { x } of block.headings)
            [left, right] = [Math.min(left, x - REACH), Math.max(right, x + REACH)]
    }
    drawing.classList.toggle("grown", expansions.length > 0)
    drawing.setAttribute("viewBox", `${left} 0 ${right - left} ${bottom}`)
    drawing.setAttribute("width", String(right - left))
    drawing.setAttribute("height", String(bottom))
}

/** Scroll the frame, by as little as it takes, so that what was added to a thing is in sight. */
export function reveal(drawing: SVGSVGElement, all: Expansions, iri: string): void {
    const block = all.get(iri)?.block
    const place = block?.headings[0]?.x
    if (!block || place === undefined) return
    const frame = drawing.parentElement!
    const { x, width } = drawing.viewBox.baseVal
    const end = (place + (block.side === "left" ? -REACH : REACH) - x) * drawing.clientWidth / width
    const hidden = end - frame.scrollLeft - (block.side === "left" ? 0 : frame.clientWidth)
    if (block.side === "left" ? hidden < 0 : hidden > 0)
        frame.scrollBy({ left: hidden, behavior: still.matches ? "auto" : "smooth" })
}
