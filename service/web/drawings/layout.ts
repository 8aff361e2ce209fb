// Places for the boxes of a graph. The same graph always has the same places.

import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force"
import type { SimulationLinkDatum, SimulationNodeDatum } from "d3-force"

/** A box by the place of its middle, NaN before it has one; lengths are in CSS pixels. */
export interface Box {
    iri: string
    x: number
    y: number
    width: number
    height: number
}

type Body = Box & SimulationNodeDatum

const ROUNDS = 300
const PASSES = 60
const GAP = 14
const LINK = 70
const [ROOM, MOST_ROOM] = [5, 250]
const SLICE_MILLISECONDS = 60
// Boxes are wider than high, and so is the drawing.
const STRETCH = 1.6

/** Move boxes to their places: at once if that is quick, or else in slices. Calls `done` at the end. */
export function layOut(boxes: Box[], ends: [number, number][], done: () => void): void {
    const bodies: Body[] = boxes
    // A simulation begins with a spiral, and its random numbers are the same each time.
    const links: SimulationLinkDatum<Body>[] = ends.map(([source, target]) => ({ source, target }))
    const degrees = new Map<Body, number>()
    for (const body of ends.flat().map(index => bodies[index]!)) degrees.set(body, (degrees.get(body) ?? 0) + 1)
    const simulation = forceSimulation(bodies)
        .stop()
        .force("links", forceLink<Body, SimulationLinkDatum<Body>>(links)
            .distance(link => between(link, degrees)))
        .force("charge", forceManyBody<Body>().strength(-500).distanceMax(900))
        .force("x", forceX<Body>(0).strength(.07))
        .force("y", forceY<Body>(0).strength(.11))
    let round = 0
    run()

    function run(): void {
        const end = performance.now() + SLICE_MILLISECONDS
        while (round < ROUNDS && performance.now() < end) {
            simulation.tick()
            round += 1
        }
        if (round < ROUNDS) {
            setTimeout(run)
            return
        }
        for (const body of bodies) body.x *= STRETCH
        separate(bodies)
        for (const body of bodies) [body.x, body.y] = [Math.round(body.x), Math.round(body.y)]
        done()
    }
}

/** How far apart the middles of linked boxes are, so that the link between them is seen. */
function between({ source, target }: SimulationLinkDatum<Body>, degrees: Map<Body, number>): number {
    const ends = [source as Body, target as Body]
    // Around a thing with many links there must be room for all.
    const most = Math.max(...ends.map(end => degrees.get(end)!))
    return LINK + ends[0]!.width / 2 / STRETCH + ends[1]!.width / 2 / STRETCH + Math.min(MOST_ROOM, most * ROOM)
}

/** Move boxes apart that overlap, each by as little as it takes. */
function separate(boxes: Box[]): void {
    for (let pass = 0; pass < PASSES; pass += 1) {
        let isMoved = false
        for (const [index, one] of boxes.entries())
            for (const other of boxes.slice(index + 1)) isMoved = push(one, other) || isMoved
        if (!isMoved) return
    }
}

function push(one: Box, other: Box): boolean {
    const [right, down] = [other.x - one.x, other.y - one.y]
    const overX = (one.width + other.width) / 2 + GAP - Math.abs(right)
    const overY = (one.height + other.height) / 2 + GAP - Math.abs(down)
    if (overX <= 0 || overY <= 0) return false
    if (overX < overY) {
        const step = Math.sign(right || 1) * overX / 2
        one.x -= step
        other.x += step
    } else {
        const step = Math.sign(down || 1) * overY / 2
        one.y -= step
        other.y += step
    }
    return true
}
