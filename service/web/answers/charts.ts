// Charts of an answer: bars, lines and a timeline, with Observable Plot.

import { axisX, barX, dot, gridX, lineY, plot, ruleX, ruleY, text } from "@observablehq/plot"
import type { PlotOptions } from "@observablehq/plot"
import { cut, widthOf } from "../drawings/svg"
import type { Drawn, Picture } from "./drawing"
import { asYear } from "./rows"
import type { Column } from "./shape"

const ACCENT = "var(--accent)"
const MOST_BARS = 60
const MOST_MOMENTS = 80
const MOST_LETTERS = 48
const ROW_PIXELS = 22
const WIDEST = 1_000
const NARROWEST = 320

interface Point {
    label: string
    year: number
    value: number
}

/** Draw a number for each label as bars, or for each year as lines. */
export function drawChart(drawn: Drawn): Picture | undefined {
    const { number: value, year } = drawn.shape
    const points = readPoints(drawn, value).filter(one => Number.isFinite(one.value))
    const isTold = points.length > 1 && points.every(one => Number.isFinite(one.year))
    const years = new Set(points.map(one => one.year)).size
    if (!points.length) return undefined
    return year && isTold && years > 2 && years * 2 > points.length / labelsOf(points).size
        ? drawLines(points, value!, drawn.width) : drawBars(points, value!, drawn.width)
}

/** Draw what happened in each year. */
export function drawTimeline(drawn: Drawn): Picture | undefined {
    const moments = readPoints(drawn, undefined).filter(one => Number.isFinite(one.year))
        .sort((one, other) => one.year - other.year).slice(0, MOST_MOMENTS)
        .map((one, place) => ({ ...one, place: String(place) }))
    if (!moments.length) return undefined
    const width = fit(drawn.width)
    // The latest names need room at the right of their points.
    const marginRight = Math.min(width / 2, widest(moments.map(one => one.label)) + 24)
    return finish({
        width, marginRight, marginLeft: 16, marginTop: 30,
        height: 60 + ROW_PIXELS * moments.length,
        x: { label: null, tickFormat: "d", nice: true },
        y: { axis: null, domain: moments.map(one => one.place) },
        marks: [
            axisX({ anchor: "top", tickFormat: "d", label: null }),
            gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
            dot(moments, { x: "year", y: "place", fill: ACCENT, r: 4 }),
            text(moments, {
                x: "year", y: "place", dx: 9, textAnchor: "start",
                text: one => `${Math.floor(one.year)} ${shorten(one.label)}`,
                fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4,
            }),
        ],
    }, moments.length)
}

function drawBars(points: Point[], value: Column, full: number): Picture {
    const labels = distinct(points.slice(0, MOST_BARS))
    const bars = points.slice(0, MOST_BARS).map((one, index) => ({ ...one, label: labels[index]! }))
    const width = fit(full)
    return finish({
        width,
        height: 70 + ROW_PIXELS * bars.length,
        marginLeft: Math.min(width / 2, widest(labels) + 12), marginRight: 64, marginTop: 36,
        x: { label: value.heading, nice: true, tickFormat: short },
        y: { label: null, domain: labels, tickSize: 0 },
        marks: [
            axisX({ anchor: "top", tickFormat: short, label: value.heading, ticks: width / 120 }),
            gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: width / 120 }),
            barX(bars, { x: "value", y: "label", fill: ACCENT, insetTop: 2, insetBottom: 2 }),
            ...[1, -1].map(sign => text(bars.filter(one => one.value < 0 === sign < 0), {
                x: "value", y: "label", text: one => short(one.value), dx: 5 * sign,
                textAnchor: sign < 0 ? "end" : "start", fill: "var(--ink)",
            })),
            ruleX([0], { stroke: "var(--edge)" }),
        ],
    }, bars.length)
}

function drawLines(points: Point[], value: Column, full: number): Picture {
    const sorted = [...points].sort((one, other) => one.year - other.year)
    const labels = labelsOf(points)
    const ends = [...labels].map(label => sorted.findLast(one => one.label === label)!)
    const width = fit(full)
    return finish({
        width, height: 420, marginLeft: 64, marginTop: 32,
        marginRight: Math.min(width / 2, widest([...labels]) + 16),
        x: { label: null, tickFormat: "d" },
        y: { label: value.heading, grid: true, tickFormat: short, zero: true, nice: true },
        marks: [
            ruleY([0], { stroke: "var(--edge)" }),
            lineY(sorted, { x: "year", y: "value", z: "label", stroke: ACCENT, strokeWidth: 1.5 }),
            dot(sorted, { x: "year", y: "value", fill: ACCENT, r: 3 }),
            // Each line has its name at its end, so that none is told by its colour.
            text(labels.size > 1 ? ends : [], {
                x: "year", y: "value", text: one => shorten(one.label), dx: 8, textAnchor: "start",
                fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4,
            }),
        ],
    }, sorted.length)
}

/** Make the picture without Plot's own style sheet, which the policy of the page forbids. */
function finish(options: PlotOptions, count: number): Picture {
    const made = plot({ className: "plot", ...options })
    const svg = made instanceof SVGSVGElement ? made : made.querySelector("svg")!
    for (const style of made.querySelectorAll("style")) style.remove()
    // Groups without a role may have no name; the whole has one.
    for (const group of svg.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label")
    return { svg, count }
}

/** Return the rows as labels with a year and a number, as far as they have them. */
function readPoints({ shape, rows, at }: Drawn, value: Column | undefined): Point[] {
    const text = (column: Column | undefined, row: typeof rows[number]) =>
        column ? row.cells[at(column.name)]?.text ?? "" : ""
    const differ = (column: Column) => new Set(rows.map(row => text(column, row))).size > 1
    const label = shape.labels.find(differ) ?? shape.labels[0]
    return rows.map(row => {
        const number = text(value, row)
        return {
            label: text(label, row), year: asYear(text(shape.year, row)),
            value: number === "" ? NaN : Number(number),
        }
    })
}

/** Return the labels of points; those that are the same are told apart by their years. */
function distinct(points: Point[]): string[] {
    const seen = new Map<string, number>()
    const several = new Set(points.map(one => one.label)).size < points.length
    return points.map(({ label, year }) => {
        const full = several && Number.isFinite(year) ? `${shorten(label)}, ${Math.floor(year)}`
            : shorten(label)
        const count = (seen.get(full) ?? 0) + 1
        seen.set(full, count)
        return count > 1 ? `${full} (${count})` : full
    })
}

const labelsOf = (points: Point[]) => new Set(points.map(one => one.label))
const fit = (width: number) => Math.max(NARROWEST, Math.min(width, WIDEST))

const shorten = (label: string) => cut(label, MOST_LETTERS)
const widest = (labels: string[]) => 8 + Math.max(...labels.map(label => widthOf(shorten(label))))

const compact = new Intl.NumberFormat(document.documentElement.lang, {
    notation: "compact", maximumSignificantDigits: 4,
})
const short = (value: number) => compact.format(value)
