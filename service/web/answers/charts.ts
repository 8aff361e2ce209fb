// Charts of an answer: bars, lines and a timeline, with Observable Plot.

import { axisX, barX, dot, gridX, lineY, plot, ruleX, ruleY, text } from "@observablehq/plot"
import type { PlotOptions } from "@observablehq/plot"
import { cut, widthOf } from "../drawings/svg"
import type { Drawn, Picture } from "./drawing"
import { asYear, labelOf } from "./rows"
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
    const lacking = drawn.rows.length - points.length
    const left = lacking ? [drawn.say("leftNumbers", { count: lacking })] : []
    const isTold = points.length > 1 && points.every(one => Number.isFinite(one.year))
    const years = new Set(points.map(one => one.year)).size
    if (!points.length) return undefined
    return year && isTold && years > 2 && years * 2 > points.length / labelsOf(points).size
        ? drawLines(points, value!, drawn, left) : drawBars(points, value!, drawn, left)
}

/** Draw what happened in each year. */
export function drawTimeline(drawn: Drawn): Picture | undefined {
    const all = readPoints(drawn, undefined).filter(one => Number.isFinite(one.year))
    const moments = all.sort((one, other) => one.year - other.year).slice(0, MOST_MOMENTS)
        .map((one, place) => ({ ...one, place: String(place) }))
    if (!moments.length) return undefined
    const lacking = drawn.rows.length - all.length
    const said = [...countDrawn(drawn, moments.length, all.length),
                  ...(lacking ? [drawn.say("leftYears", { count: lacking })] : [])]
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
    }, said)
}

/** Say how many of the rows are drawn, and which they are if others could be. */
function countDrawn({ say }: Drawn, shown: number, all: number): string[] {
    const cut = all > shown ? [say("leftRows", { count: shown })] : []
    return [say("most", { count: shown }), ...cut]
}

function drawBars(points: Point[], value: Column, drawn: Drawn, left: string[]): Picture {
    const labels = distinct(points.slice(0, MOST_BARS))
    const bars = points.slice(0, MOST_BARS).map((one, index) => ({ ...one, label: labels[index]! }))
    const width = fit(drawn.width)
    const ticks = ticksOf(points, width / 120)
    return finish({
        width,
        height: 70 + ROW_PIXELS * bars.length,
        marginLeft: Math.min(width / 2, widest(labels) + 12), marginRight: 64, marginTop: 36,
        x: { label: value.heading, nice: true, tickFormat: short },
        y: { label: null, domain: labels, tickSize: 0 },
        marks: [
            axisX({ anchor: "top", tickFormat: short, label: value.heading, ticks }),
            gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
            barX(bars, { x: "value", y: "label", fill: ACCENT, insetTop: 2, insetBottom: 2 }),
            ...[1, -1].map(sign => text(bars.filter(one => one.value < 0 === sign < 0), {
                x: "value", y: "label", text: one => short(one.value), dx: 5 * sign,
                textAnchor: sign < 0 ? "end" : "start", fill: "var(--ink)",
            })),
            ruleX([0], { stroke: "var(--edge)" }),
        ],
    }, [...countDrawn(drawn, bars.length, points.length), ...left])
}

/** The ticks of an axis, or about how many: numbers that are all whole have no tick between two. */
function ticksOf(points: Point[], count: number): number[] | number {
    const values = points.map(({ value }) => value)
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)]
    if (most - least >= count || !values.every(Number.isInteger)) return count
    return Array.from({ length: most - least + 1 }, (_, index) => least + index)
}

function drawLines(points: Point[], value: Column, drawn: Drawn, left: string[]): Picture {
    const sorted = [...points].sort((one, other) => one.year - other.year)
    const labels = labelsOf(points)
    const ends = [...labels].map(label => sorted.findLast(one => one.label === label)!)
    const width = fit(drawn.width)
    return finish({
        width, height: 420, marginLeft: 64, marginTop: 32,
        marginRight: Math.min(width / 2, widest([...labels]) + 16),
        x: { label: null, tickFormat: "d" },
        y: { label: value.heading, grid: true, ticks: ticksOf(points, 8), tickFormat: short, zero: true, nice: true },
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
    }, [...countDrawn(drawn, sorted.length, sorted.length), ...left])
}

/** Make the picture without Plot's own style sheet, which the policy of the page forbids. */
function finish(options: PlotOptions, said: string[]): Picture {
    const made = plot({ className: "plot", ...options })
    const svg = made instanceof SVGSVGElement ? made : made.querySelector("svg")!
    for (const style of made.querySelectorAll("style")) style.remove()
    // Groups without a role may have no name; the whole has one.
    for (const group of svg.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label")
    return { svg, said }
}

/** Return the rows as labels with a year and a number, as far as they have them. */
function readPoints({ shape, rows, at, cells }: Drawn, value: Column | undefined): Point[] {
    const text = (column: Column | undefined, row: typeof rows[number]) =>
        column ? labelOf(row.cells[at(column.name)], cells) : ""
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
