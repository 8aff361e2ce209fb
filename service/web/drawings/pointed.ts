// What a graph shows of the box or edge that one points at, or has moved to: its full name, and the
// labels that have no room otherwise.

import { element, widthOf } from "./svg"

// The labels of a thing with more edges would hide each other again.
const MOST_LABELS = 12
const [HEIGHT, PADDING] = [30, 12]

/** Show names and labels in full above a drawing while one points at what has them. */
export function followPointer(drawing: SVGSVGElement): void {
    const above = element("g", { class: "pointed", "aria-hidden": "true" })
    drawing.append(above)
    const show = ({ target }: Event) => {
        const box = (target as Element).closest<SVGAElement>(".box")
        const edge = (target as Element).closest(".statement")
        above.replaceChildren(...(box ? tellOf(drawing, box) : edge ? labelsOf([edge]) : []))
    }
    for (const kind of ["pointerover", "focusin"]) drawing.addEventListener(kind, show)
    for (const kind of ["pointerleave", "focusout"])
        drawing.addEventListener(kind, () => above.replaceChildren())
}

function tellOf(drawing: SVGSVGElement, box: SVGAElement): SVGElement[] {
    const { thing } = box.dataset
    const edges = [...drawing.querySelectorAll<SVGElement>(".statement")]
        .filter(({ dataset }) => dataset.subject === thing || dataset.object === thing)
    return [...(edges.length > MOST_LABELS ? [] : labelsOf(edges)), ...nameOf(box)]
}

/** The full name of a box, if only a part of it is written there. */
function nameOf(box: SVGAElement): SVGElement[] {
    const name = box.querySelector("title")!.textContent!
    const text = box.querySelector("text")!
    if (text.textContent === name) return []
    const y = Number(text.getAttribute("y"))
    const width = widthOf(name) + 2 * PADDING
    // It stays in the drawing.
    const all = box.ownerSVGElement!.viewBox.baseVal
    const [least, most] = [all.x + width / 2, all.x + all.width - width / 2]
    const x = Math.max(least, Math.min(most, Number(text.getAttribute("x"))))
    return [
        element("rect", { x: x - width / 2, y: y - HEIGHT / 2 - 5, width, height: HEIGHT, rx: 5 }),
        element("text", { class: "full-name", x, y, "text-anchor": "middle" }, name),
    ]
}

/** Copies of the labels of edges that have no room. */
function labelsOf(edges: Element[]): SVGElement[] {
    return edges.flatMap(edge => [...edge.querySelectorAll<SVGElement>(".crowded")]).map(label => {
        const copy = label.cloneNode(true) as SVGElement
        copy.classList.remove("crowded")
        return copy
    })
}
