// Places of the neighbours that a reader adds to a drawing: in columns beside the thing that they
// are neighbours of, by relation. Whatever has a place keeps it.

import { widthOf } from "./svg"

export type Side = "left" | "right" | "middle"

/** The place of a name: where it begins or, on the left, ends, and its baseline. */
export interface Place {
    side: Side
    x: number
    y: number
    width: number
}

/** The places of several names below headings. */
export interface Block {
    side: Side
    level: number
    top: number
    bottom: number
    headings: { text: string; x: number; y: number; predicate: string }[]
    places: Map<string, Place>
}

export interface Member {
    iri: string
    /** What is drawn of its name. */
    text: string
    predicate: string
    relation: string
}

const [LINE, HEADING, GAP, MARGIN] = [21, 24, 8, 12]
// The first column stands beyond the widest names of the page, the others closer.
const [FIRST, COLUMN] = [466, 400]
/** The most letters of a name or a relation in a column. */
export const MAX_LETTERS = 34
/** The place that the button of a name takes. */
export const BUTTON = 26

/** Give places to new neighbours of a thing: as near to it as there is room in the next column. */
export function placeBlock(
    around: Place, level: number, start: Record<string, number>, members: Member[], others: Block[],
): Block {
    const side = around.side === "left" ? "left" : "right"
    const sign = side === "left" ? -1 : 1
    const x = start[side]! + sign * (FIRST + (level - 1) * COLUMN)
    const groups = new Map<string, Member[]>()
    for (const one of members) groups.set(one.predicate, [...(groups.get(one.predicate) ?? []), one])
    const height = members.length * LINE + groups.size * (HEADING + GAP) - GAP
    const column = others.filter(one => one.side === side && one.level === level)
    const top = findRoom(around.y - height / 2, height, column)
    const block: Block = { side, level, top, bottom: top + height, headings: [], places: new Map() }
    let y = top
    for (const [predicate, several] of groups) {
        y += HEADING
        block.headings.push({ text: several[0]!.relation, x, y: y - 8, predicate })
        for (const { iri, text } of several) {
            y += LINE
            block.places.set(iri, { side, x, y: y - 6, width: widthOf(text) })
        }
        y += GAP
    }
    return block
}

/** Find the free place in a column that is nearest to a wanted one. */
function findRoom(wanted: number, height: number, column: Block[]): number {
    const first = Math.max(MARGIN, Math.round(wanted))
    const places = [first, ...column.flatMap(({ top, bottom }) => [top - height - HEADING, bottom + GAP])]
    const isFree = (top: number) => top >= MARGIN && column.every(one =>
        top + height + GAP <= one.top || top >= one.bottom + GAP)
    return places.filter(isFree).sort((one, other) => Math.abs(one - first) - Math.abs(other - first))[0]!
}

/** The path of an edge from one name to another, with their buttons left free. */
export function pathBetween(from: Place, to: Place): string {
    if (from.side === to.side && from.x === to.x) {
        const sign = from.side === "left" ? -1 : 1
        const [start, end] = [endOf(from, sign), endOf(to, sign)]
        const bulge = (sign < 0 ? Math.min(start, end) : Math.max(start, end)) + sign * 50
        return `M${start},${from.y - 4} C${bulge},${from.y - 4} ${bulge},${to.y - 4} ${end},${to.y - 4}`
    }
    const sign = to.x < from.x ? -1 : 1
    const [start, end] = [endOf(from, sign), endOf(to, -sign)]
    const bend = sign * 56
    return `M${start},${from.y - 4} C${start + bend},${from.y - 4} ${end - bend},${to.y - 4} ${end},${to.y - 4}`
}

/** Where edges touch a name on its left (-1) or right (1). */
function endOf({ side, x, width }: Place, way: number): number {
    if (side === "middle") return x + way * width / 2
    const outwards = side === "left" ? -1 : 1
    return way === outwards ? x + way * (width + BUTTON) : x + way * 8
}
