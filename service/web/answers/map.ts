// A map of the rows that have coordinates: an outline of the land, and a point with a name for each.

import { geoGraticule10, geoNaturalEarth1, geoPath } from "d3-geo"
import type { MultiPoint } from "geojson"
import { feature } from "topojson-client"
import type { GeometryCollection, Topology } from "topojson-specification"
import land from "world-atlas/land-110m.json"
import { element } from "../drawings/svg"
import type { Drawn, Picture } from "./drawing"

const WIDTH = 1_000
const HEIGHT = 500
const EDGE = 24
const RADIUS = 5
const LETTER = 14
// A few points near each other are shown with what is around them.
const LARGEST_SCALE = 900
// Of well-known text, without another coordinate system.
const POINT = /^\s*POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)/i

interface Place {
    name: string
    position: [longitude: number, latitude: number]
}

export function drawMap(drawn: Drawn): Picture | undefined {
    const places = readPlaces(drawn)
    if (!places.length) return undefined
    const points: MultiPoint = {
        type: "MultiPoint", coordinates: places.map(({ position }) => position),
    }
    const inside: [[number, number], [number, number]] = [[EDGE, EDGE], [WIDTH - EDGE, HEIGHT - EDGE]]
    const projection = geoNaturalEarth1().rotate([-middleOf(places), 0]).fitExtent(inside, points)
    if (!(projection.scale() <= LARGEST_SCALE)) {
        const [x, y] = projection.scale(LARGEST_SCALE).translate([0, 0])(centreOf(points))!
        projection.translate([WIDTH / 2 - x, HEIGHT / 2 - y])
    }
    projection.clipExtent([[0, 0], [WIDTH, HEIGHT]])
    const path = geoPath(projection)
    const world = land as unknown as Topology<{ land: GeometryCollection }>
    const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "of-places" })
    svg.append(
        element("path", { class: "lines", d: path(geoGraticule10()) ?? "" }),
        element("path", { class: "land", d: path(feature(world, world.objects.land)) ?? "" }),
    )
    const drawnPlaces = places.map(({ name, position }) => ({ name, at: projection(position)! }))
    for (const { name, at: [x, y] } of drawnPlaces) {
        const at = { cx: x.toFixed(1), cy: y.toFixed(1), r: RADIUS }
        svg.append(element("circle", at, element("title", {}, name)))
    }
    for (const label of writeLabels(drawnPlaces)) svg.append(label)
    return { svg, count: places.length }
}

/** Return the places of the rows, each once. */
function readPlaces({ shape, rows, at }: Drawn): Place[] {
    const { place, labels } = shape
    if (!place) return []
    const found = new Map<string, Place>()
    const text = (row: typeof rows[number], name: string) => row.cells[at(name)]?.text ?? ""
    const differ = (name: string) => new Set(rows.map(row => text(row, name))).size > 1
    const label = labels.find(({ name }) => differ(name)) ?? labels[0]
    for (const row of rows) {
        const name = label ? text(row, label.name) : ""
        const position = "point" in place
            ? POINT.exec(text(row, place.point.name))?.slice(1, 3)
            : [text(row, place.longitude.name), text(row, place.latitude.name)]
        if (!position?.every(Boolean)) continue
        const [longitude, latitude] = position.map(Number) as [number, number]
        if (Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90)
            found.set(`${name} ${longitude} ${latitude}`, { name, position: [longitude, latitude] })
    }
    return [...found.values()]
}

/** Return the longitude around which the points lie, so that the map is cut where there are none. */
function middleOf(places: Place[]): number {
    const sorted = places.map(({ position }) => position[0]).sort((one, other) => one - other)
    let widest = { gap: sorted[0]! + 360 - sorted.at(-1)!, end: sorted[0]! }
    for (let index = 1; index < sorted.length; index++) {
        const gap = sorted[index]! - sorted[index - 1]!
        if (gap > widest.gap) widest = { gap, end: sorted[index]! }
    }
    return ((widest.end + (360 - widest.gap) / 2 + 540) % 360) - 180
}

function centreOf({ coordinates }: MultiPoint): [number, number] {
    const mean = (axis: 0 | 1) =>
        coordinates.reduce((sum, one) => sum + one[axis]!, 0) / coordinates.length
    return [mean(0), mean(1)]
}

type Box = [left: number, top: number, right: number, bottom: number]

/** Yield the names that have room, each beside its point; the others are in its title. */
function* writeLabels(places: { name: string; at: [number, number] }[]): Generator<SVGElement> {
    const around = ([x, y]: [number, number]): Box =>
        [x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS]
    const taken = places.map(({ at }) => around(at))
    for (const [index, { name, at: [x, y] }] of places.entries()) {
        const width = [...name].reduce((sum, one) => sum + LETTER * (one > "\u2e80" ? 1 : 0.56), 0)
        const candidates: [number, number, "start" | "end" | "middle"][] = [
            [x + 2 * RADIUS, y + LETTER / 3, "start"], [x - 2 * RADIUS, y + LETTER / 3, "end"],
            [x, y - 2 * RADIUS, "middle"], [x, y + RADIUS + LETTER, "middle"],
        ]
        for (const [left, base, anchor] of candidates) {
            const start = left - { start: 0, middle: width / 2, end: width }[anchor]
            const box: Box = [start, base - LETTER, start + width, base + LETTER / 4]
            const isInside = box[0] >= 0 && box[2] <= WIDTH && box[1] >= 0 && box[3] <= HEIGHT
            if (!isInside || taken.some((other, one) => one !== index && overlap(box, other))) continue
            taken.push(box)
            const label = element("text", {
                x: left.toFixed(1), y: base.toFixed(1), "text-anchor": anchor,
            })
            label.append(name)
            yield label
            break
        }
    }
}

function overlap(one: Box, other: Box): boolean {
    return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}
