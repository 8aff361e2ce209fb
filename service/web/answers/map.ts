// A map of the rows that have coordinates: an outline of the land, and a point with a name for each.

import { geoGraticule10, geoNaturalEarth1, geoPath } from "d3-geo"
import type { GeoProjection } from "d3-geo"
import type { MultiPoint } from "geojson"
import { feature } from "topojson-client"
import type { GeometryCollection, Topology } from "topojson-specification"
import land from "world-atlas/land-110m.json"
import { element, widthOf } from "../drawings/svg"
import type { Drawn, Picture } from "./drawing"
import { labelOf } from "./rows"
import type { Cell, Row } from "./rows"
import { zoomable } from "./zoom"

const NARROWEST = 320
const [MIN_HEIGHT, MAX_HEIGHT] = [200, 560]
const EDGE = 24
const RADIUS = 5
const LETTER = 14
// A few points near each other are shown with what is around them.
const LARGEST_SCALE = 900
// Of more places, the names take the first room that they find.
const MOST_TRIED = 200
// The number that the whole earth in a natural projection is as wide as, for a scale of 1.
const EARTH = 5.5
// Of well-known text, without another coordinate system.
const POINT = /^\s*POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)/i

interface Place {
    names: Cell[]
    position: [longitude: number, latitude: number]
}

interface Size {
    width: number
    height: number
}

export function drawMap(drawn: Drawn): Picture | undefined {
    const { places, lacking } = readPlaces(drawn)
    if (!places.length) return undefined
    const width = Math.max(NARROWEST, drawn.width)
    const size = { width, height: Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, width / 2)) }
    const projection = project(places, size)
    const named = places.map(({ names, position }) => ({ name: nameOf(names, drawn.cells), position }))
    const svg = element("svg", { viewBox: `0 0 ${size.width} ${size.height}`, class: "of-places" })
    const [scale, [left, top]] = [projection.scale(), projection.translate()]
    const path = geoPath(projection)
    const world = land as unknown as Topology<{ land: GeometryCollection }>
    const shape = feature(world, world.objects.land)
    const tools = zoomable(svg, size, size.width / EARTH / scale, drawn.say, ({ x, y, times }) => {
        projection.scale(scale * times).translate([left * times + x, top * times + y])
        const seen = named.map(({ name, position }) => ({ name, at: projection(position)! }))
        const labels = writeLabels(seen, size)
        svg.replaceChildren(
            element("path", { class: "lines", d: path(geoGraticule10()) ?? "" }),
            element("path", { class: "land", d: path(shape) ?? "" }),
            ...seen.map(({ name, at: [x, y] }) => element("circle",
                { cx: x.toFixed(1), cy: y.toFixed(1), r: RADIUS }, element("title", {}, name))),
            ...labels,
        )
        return seen.filter(({ at }) => isInside(at, size)).length - labels.length
    })
    const others = lacking ? [drawn.say("leftPlaces", { count: lacking })] : []
    return { svg, tools, said: [drawn.say("drawnMap", { count: places.length }), ...others] }
}

/** Return the projection that shows all places. */
function project(places: Place[], { width, height }: Size): GeoProjection {
    const points: MultiPoint = {
        type: "MultiPoint", coordinates: places.map(({ position }) => position),
    }
    const inside: [[number, number], [number, number]] = [[EDGE, EDGE], [width - EDGE, height - EDGE]]
    const projection = geoNaturalEarth1().rotate([-middleOf(places), 0]).fitExtent(inside, points)
    if (!(projection.scale() <= LARGEST_SCALE)) {
        const [x, y] = projection.scale(LARGEST_SCALE).translate([0, 0])(centreOf(points))!
        projection.translate([width / 2 - x, height / 2 - y])
    }
    return projection.clipExtent([[0, 0], [width, height]])
}

/** Return the places of the rows, each once, and the number of rows that have none. */
function readPlaces({ shape, rows, at }: Drawn): { places: Place[]; lacking: number } {
    const { place, labels } = shape
    if (!place) return { places: [], lacking: 0 }
    const found = new Map<string, Place>()
    const text = (row: Row, name: string) => row.cells[at(name)]?.text ?? ""
    const differ = (name: string) => new Set(rows.map(row => text(row, name))).size > 1
    const label = labels.find(({ name }) => differ(name)) ?? labels[0]
    let lacking = 0
    for (const row of rows) {
        const position = "point" in place
            ? POINT.exec(text(row, place.point.name))?.slice(1, 3)
            : [text(row, place.longitude.name), text(row, place.latitude.name)]
        const [longitude, latitude] = position?.every(Boolean) ? position.map(Number) : []
        if (!(Math.abs(longitude ?? NaN) <= 180 && Math.abs(latitude ?? NaN) <= 90)) {
            lacking += 1
            continue
        }
        const cell = label && row.cells[at(label.name)]
        const key = `${longitude} ${latitude} ${cell?.iri ?? ""}`
        const known = found.get(key) ?? { names: [], position: [longitude!, latitude!] }
        found.set(key, { ...known, names: [...known.names, ...(cell ? [cell] : [])] })
    }
    return { places: [...found.values()], lacking }
}

/** Return what a place is called: the names in the language of the page, if it has one. */
function nameOf(names: Cell[], cells: string): string {
    const own = names.filter(({ language }) => language === document.documentElement.lang)
    return [...new Set((own.length ? own : names).map(one => labelOf(one, cells)))].join(" · ")
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

interface Seen {
    name: string
    at: [number, number]
}

/** Write the names that have room: in the order of places that leaves out the fewest. */
function writeLabels(places: Seen[], size: Size): SVGElement[] {
    if (places.length > MOST_TRIED) return [...labelsOf(places, size)]
    const sorted = (axis: 0 | 1) => [...places].sort((one, other) => one.at[axis] - other.at[axis])
    const orders = [places, sorted(0), sorted(0).reverse(), sorted(1), sorted(1).reverse()]
    const written = orders.map(order => [...labelsOf(order, size)])
    return written.reduce((best, one) => one.length > best.length ? one : best)
}

/** Yield the names that have room, each beside its point; the others are in its title. */
function* labelsOf(places: Seen[], size: Size): Generator<SVGElement> {
    const around = ([x, y]: [number, number]): Box =>
        [x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS]
    const taken = places.map(({ at }) => around(at))
    for (const [index, { name, at }] of places.entries()) {
        if (!isInside(at, size)) continue
        const width = widthOf(name)
        for (const [left, base, anchor] of candidates(at)) {
            const start = left - { start: 0, middle: width / 2, end: width }[anchor]
            const box: Box = [start, base - LETTER, start + width, base + LETTER / 4]
            const corners = [[box[0], box[1]], [box[2], box[3]]] as [number, number][]
            if (!corners.every(corner => isInside(corner, size))) continue
            if (taken.some((other, one) => one !== index && overlap(box, other))) continue
            taken.push(box)
            yield element("text",
                { x: left.toFixed(1), y: base.toFixed(1), "text-anchor": anchor }, name)
            break
        }
    }
}

/** The places of a name: beside its point, above and below it, and towards its corners. */
function candidates([x, y]: [number, number]): [number, number, "start" | "end" | "middle"][] {
    const [above, below] = [y - RADIUS - 1, y + RADIUS + LETTER - 3]
    return [
        [x + 2 * RADIUS, y + LETTER / 3, "start"], [x - 2 * RADIUS, y + LETTER / 3, "end"],
        [x, y - 2 * RADIUS, "middle"], [x, y + RADIUS + LETTER, "middle"],
        [x + RADIUS, above, "start"], [x - RADIUS, above, "end"],
        [x + RADIUS, below, "start"], [x - RADIUS, below, "end"],
    ]
}

function isInside([x, y]: [number, number], { width, height }: Size): boolean {
    return x >= 0 && x <= width && y >= 0 && y <= height
}

function overlap(one: Box, other: Box): boolean {
    return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}
