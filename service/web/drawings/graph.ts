// A graph as a drawing: things as boxes that are links, statements as arrows with their status.
//
// The same graph gives the same drawing, in whatever order its nodes and edges come.

import { layOut } from "./layout"
import type { Box } from "./layout"
import { drawLabel, placeLabels } from "./edge-labels"
import type { Curve, Point } from "./edge-labels"
import { followPointer } from "./pointed"
import { MAX_LETTERS, arrow, cut, edgeClasses, element, widthOf } from "./svg"

export interface GraphNode {
    iri: string
    label: string
    /** Where the link leads, if not to the IRI. */
    href?: string
}

export interface GraphEdge {
    subject: string
    object: string
    label: string
    /** The name or the IRI of the status. */
    status?: string
    derived?: boolean
    holder?: string
    /** The status in words. */
    standing?: string
}

export interface Graph {
    nodes: GraphNode[]
    edges: GraphEdge[]
}

export const MAX_NODES = 300
// If there is one relation, it is said below the drawing in place of on each of more edges.
const MAX_ALIKE = 3
const [HEIGHT, PADDING, MARGIN] = [30, 12, 30]
// A wider drawing would be too small to read if all of it were in sight.
const MAX_FITTED = 1_600
let drawings = 0

/**
 * Draw a graph. `leftOut` says, with `{shown}` and `{all}`, that only the best connected nodes are
 * drawn. While a large drawing has not found its places, it is `aria-busy`; then it sends "drawn".
 */
export function drawGraph(graph: Graph, title: string, leftOut = "{shown} / {all}"): SVGSVGElement {
    const { nodes, edges, all } = choose(graph)
    drawings += 1
    const head = `arrow-of-graph-${drawings}`
    const drawing = element("svg", { class: "graph", role: "group", "aria-label": title })
    drawing.setAttribute("aria-busy", "true")
    drawing.append(element("title", {}, title), element("defs", {}, arrow(head)))
    const boxes = nodes.map(({ iri, label }): Box =>
        ({ iri, x: NaN, y: NaN, height: HEIGHT, width: widthOf(cut(label, MAX_LETTERS)) + 2 * PADDING }))
    const indexes = new Map(nodes.map(({ iri }, index) => [iri, index]))
    const ends = edges.map(edge =>
        [indexes.get(edge.subject)!, indexes.get(edge.object)!] as [number, number])
    layOut(boxes, ends, () => {
        const relations = [...new Set(edges.map(({ label }) => label))]
        const isAlike = relations.length === 1 && edges.length > MAX_ALIKE
        const bends = bendEdges(edges)
        const curves = ends.map(([from, to], index) => curveOf(boxes[from]!, boxes[to]!, bends[index]!))
        const places = isAlike ? [] : placeLabels(edges, curves, boxes)
        for (const [index, edge] of edges.entries()) {
            const drawn = drawEdge(edge, curves[index]!.path, head)
            if (!isAlike) drawn.append(drawLabel(edge, places[index]!))
            drawing.append(drawn)
        }
        for (const [index, node] of nodes.entries()) drawing.append(drawNode(node, boxes[index]!))
        followPointer(drawing)
        const left = nodes.length < all
            ? leftOut.replace("{shown}", String(nodes.length)).replace("{all}", String(all)) : ""
        frame(drawing, boxes, [isAlike && relations[0] ? `→ ${relations[0]}` : "", left].filter(one => one).join(" · "))
        drawing.removeAttribute("aria-busy")
        drawing.dispatchEvent(new Event("drawn"))
    })
    return drawing
}

/** Choose the best connected nodes, and the edges between them, in an order of their own. */
export function choose({ nodes, edges }: Graph): Graph & { all: number } {
    const degrees = new Map(nodes.map(({ iri }) => [iri, 0]))
    for (const { subject, object } of edges)
        for (const end of new Set([subject, object]))
            if (degrees.has(end)) degrees.set(end, degrees.get(end)! + 1)
    const byIri = new Map(nodes.map(node => [node.iri, node]))
    const sorted = [...byIri.values()].sort((one, other) =>
        degrees.get(other.iri)! - degrees.get(one.iri)! || compare(one.iri, other.iri))
    const chosen = sorted.slice(0, MAX_NODES)
    const kept = new Set(chosen.map(({ iri }) => iri))
    const between = edges.filter(({ subject, object }) => kept.has(subject) && kept.has(object))
    const key = (edge: GraphEdge) =>
        [edge.subject, edge.object, edge.label, edge.status, edge.holder].join("\n")
    between.sort((one, other) => compare(key(one), key(other)))
    return { nodes: chosen, edges: between, all: byIri.size }
}

function compare(one: string, other: string): number {
    return one < other ? -1 : Number(one > other)
}

/** How far each edge bends, so that those between the same two boxes stand apart. */
function bendEdges(edges: GraphEdge[]): number[] {
    const key = ({ subject, object }: GraphEdge) => [subject, object].sort().join("\n")
    const pairs = new Map<string, GraphEdge[]>()
    for (const edge of edges) pairs.set(key(edge), [...(pairs.get(key(edge)) ?? []), edge])
    return edges.map(edge => {
        const several = pairs.get(key(edge))!
        const bend = (several.indexOf(edge) - (several.length - 1) / 2) * 44
        // Seen from the other end, left is right.
        return edge.subject <= edge.object ? bend : -bend
    })
}

/** The line of an edge, which bends by so much, from one box to another or back to the same. */
function curveOf(from: Box, to: Box, bend: number): Curve {
    const [right, down] = [to.x - from.x, to.y - from.y]
    const length = Math.hypot(right, down) || 1
    const middle = {
        x: (from.x + to.x) / 2 - down / length * bend,
        y: (from.y + to.y) / 2 + right / length * bend,
    }
    if (from === to) {
        const [x, top] = [from.x, from.y - from.height / 2]
        const rise = 34 + Math.abs(bend)
        const path = `M${x - 12} ${top}C${x - 34} ${top - rise} ${x + 34} ${top - rise} ${x + 12} ${top}`
        return { path, at: () => ({ x, y: top - rise * .75 }) }
    }
    const [start, stop] = [leave(from, middle), leave(to, middle)]
    const [x, y] = [middle.x * 2 - (from.x + to.x) / 2, middle.y * 2 - (from.y + to.y) / 2]
    const along = (share: number, [one, control, other]: [number, number, number]) =>
        (1 - share) ** 2 * one + 2 * share * (1 - share) * control + share ** 2 * other
    return {
        path: `M${round(start.x)} ${round(start.y)}Q${round(x)} ${round(y)} ${round(stop.x)} ${round(stop.y)}`,
        at: share => ({ x: along(share, [start.x, x, stop.x]), y: along(share, [start.y, y, stop.y]) }),
    }
}

function drawEdge(edge: GraphEdge, path: string, head: string): SVGGElement {
    const said = [edge.label, edge.holder, edge.standing].filter(Boolean).join(" · ")
    const ends = { "data-subject": edge.subject, "data-object": edge.object }
    const look = { class: edgeClasses(edge.status, edge.derived), "marker-end": `url(#${head})` }
    return element("g", { class: "statement", ...ends },
        element("title", {}, said),
        // A line is easier to point at if it is wide.
        element("path", { class: "reach", d: path }),
        element("path", { ...look, d: path }))
}

/** Where the line from the middle of a box to a point leaves the box. */
function leave(box: Box, { x, y }: Point): Point {
    const [right, down] = [x - box.x, y - box.y]
    const share = Math.min(
        right ? (box.width / 2 + 2) / Math.abs(right) : Infinity,
        down ? (box.height / 2 + 2) / Math.abs(down) : Infinity, 1)
    return { x: box.x + right * share, y: box.y + down * share }
}

function drawNode(node: GraphNode, { x, y, width, height }: Box): SVGAElement {
    return element("a", { class: "box", href: node.href ?? node.iri, "data-thing": node.iri },
        element("title", {}, node.label),
        element("rect", { x: round(x - width / 2), y: round(y - height / 2), width, height, rx: 5 }),
        element("text", { x, y: y + 5, "text-anchor": "middle" }, cut(node.label, MAX_LETTERS)))
}

/** Give the drawing the size of its boxes, and a line of text below if there is any. */
function frame(drawing: SVGSVGElement, boxes: Box[], said: string): void {
    const bounds = (sign: number, place: (box: Box) => number) =>
        sign * Math.max(...boxes.map(box => sign * place(box)))
    const [left, right] = [bounds(-1, one => one.x - one.width / 2), bounds(1, one => one.x + one.width / 2)]
    const [top, bottom] = [bounds(-1, one => one.y), bounds(1, one => one.y)]
    const [x, y] = boxes.length ? [left - MARGIN, top - HEIGHT - MARGIN] : [0, 0]
    const [width, height] = boxes.length
        ? [right - left + 2 * MARGIN, bottom - top + 2 * (HEIGHT + MARGIN)] : [2 * MARGIN, 2 * MARGIN]
    drawing.classList.toggle("fits", width <= MAX_FITTED)
    drawing.setAttribute("viewBox", [x, y, width, height].map(round).join(" "))
    drawing.setAttribute("width", String(round(width)))
    drawing.setAttribute("height", String(round(height)))
    if (said) {
        const place = { x: round(x + MARGIN / 2), y: round(y + height - 8) }
        drawing.append(element("text", { class: "left-out", ...place }, said))
    }
}

function round(value: number): number {
    return Math.round(value * 10) / 10
}
