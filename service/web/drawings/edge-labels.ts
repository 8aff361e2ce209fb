// The labels of the edges of a graph, each at a place of its edge where there is room.

import type { GraphEdge } from "./graph"
import type { Box } from "./layout"
import { MAX_LETTERS, cut, element, widthOf } from "./svg"

export interface Point {
    x: number
    y: number
}

/** A line as a path of SVG; `at` returns the point at a share of its length. */
export interface Curve {
    path: string
    at: (share: number) => Point
}

/** The middle of a label, and whether there is room for it. */
export interface Place extends Point {
    hasRoom: boolean
}

// Labels are smaller than the names in boxes, whose letters are measured.
const SMALLER = 11 / 13
const HEIGHT = 14
const GAP = 2
const SHARES = [.5, .62, .38, .74, .26, .84]

/** Find a place for the label of each edge, where it hides no box and no other label. */
export function placeLabels(edges: GraphEdge[], curves: Curve[], boxes: Box[]): Place[] {
    const taken = boxes.map(({ x, y, width, height }) => ({ x, y, width, height }))
    return edges.map((edge, index) => {
        const { at } = curves[index]!
        const width = widthOf(textsOf(edge).join("")) * SMALLER
        for (const share of SHARES) {
            const label = { ...at(share), width, height: HEIGHT }
            if (taken.some(other => overlap(label, other))) continue
            taken.push(label)
            return { x: label.x, y: label.y, hasRoom: true }
        }
        return { ...at(.5), hasRoom: false }
    })
}

/** Write a label; one without room is shown when one points at its edge or an end of it. */
export function drawLabel(edge: GraphEdge, { x, y, hasRoom }: Place): SVGTextElement {
    const [label, holder] = textsOf(edge)
    const place = { x: round(x), y: round(y + 4), "text-anchor": "middle" }
    const text = element("text", { class: hasRoom ? "relation" : "relation crowded", ...place }, label!)
    if (holder) text.append(element("tspan", { class: "holder" }, holder))
    return text
}

function textsOf({ label, holder }: GraphEdge): string[] {
    return [cut(label, MAX_LETTERS), ...(holder ? [` · ${cut(holder, MAX_LETTERS)}`] : [])]
}

type Area = Point & { width: number; height: number }

function overlap(one: Area, other: Area): boolean {
    return Math.abs(one.x - other.x) < (one.width + other.width) / 2 + GAP
        && Math.abs(one.y - other.y) < (one.height + other.height) / 2 + GAP
}

const round = (value: number) => Math.round(value * 10) / 10
