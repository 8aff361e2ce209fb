// Charts of an answer: bars, lines and a timeline, with Observable Plot.

import { axisX, barX, dot, gridX, lineY, link, plot, ruleX, ruleY, text } from "@observablehq/plot"
import type { PlotOptions } from "@observablehq/plot"
import { cut, widthOf } from "../drawings/svg"
import { ticksOf, writeSpan } from "./date-scale"
import { readSpan } from "./dates"
import type { Span } from "./dates"
import type { Drawn, Picture } from "./drawing"
import { labelOf } from "./rows"
import type { Column } from "./shape"

const ACCENT = "var(--accent)"
const MOST_BARS = 60
const MOST_MOMENTS = 80
const MOST_LETTERS = 48
const ROW_PIXELS = 22
const WIDEST = 1_000
const NARROWEST = 320
const TICK_PIXELS = 90

interface Point {
    label: string
    date: Span | undefined
    value: number
}

type Dated = Point & { date: Span }
const isDated = (point: Point): point is Dated => point.date !== undefined

/** Draw a number for each label as bars, or for each date as lines. */
export function drawChart(drawn: Drawn): Picture | undefined {
    const { number: value, year } = drawn.shape
    const points = readPoints(drawn, value).filter(one => Number.isFinite(one.value))
    const lacking = drawn.rows.length - points.length
    const left = lacking ? [drawn.say("leftNumbers", { count: lacking })] : []
    const dated = points.filter(isDated)
    const dates = new Set(dated.map(one => one.date.start)).size
    if (!points.length) return undefined
    return year && dated.length === points.length && dates > 2 && dates * 2 > points.length / labelsOf(points).size
        ? drawLines(dated, value!, drawn, left) : drawBars(points, value!, drawn, left)
}

/** Draw what happened when: a date is as long as what it names, a year, a month or a day. */
export function drawTimeline(drawn: Drawn): Picture | undefined {
    const all = readPoints(drawn, undefined).filter(isDated)
    const moments = all.sort((one, other) => one.date.start - other.date.start).slice(0, MOST_MOMENTS)
        .map((one, place) => ({
            ...one.date, place: String(place), text: `${writeSpan(one.date)} ${shorten(one.label)}`,
        }))
    if (!moments.length) return undefined
    const lacking = drawn.rows.length - all.length
    const said = [...countDrawn(drawn, moments.length, all.length),
                  ...(lacking ? [drawn.say("leftYears", { count: lacking })] : [])]
    const width = fit(drawn.width)
    // The latest names need room at the right of their dates.
    const marginRight = Math.min(width / 2, widest(moments.map(one => one.text)) + 24)
    const { scale, ticks, tickFormat } = scaleOf(moments, width - marginRight)
    return finish({
        width, marginRight, marginLeft: 24, marginTop: 30,
        height: 60 + ROW_PIXELS * moments.length,
        x: scale,
        y: { axis: null, type: "point", domain: moments.map(one => one.place) },
        marks: [
            axisX({ anchor: "top", label: null, ticks, tickFormat }),
            gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
            link(moments, { x1: "start", x2: "end", y: "place", stroke: ACCENT, strokeWidth: 8, strokeLinecap: "round" }),
            text(moments, {
                x: "end", y: "place", dx: 9, textAnchor: "start", text: "text",
                fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4,
            }),
        ],
    }, said)
}

/** The scale of an axis of dates, and its ticks: moments that each have another name. */
function scaleOf(spans: Span[], width: number) {
    const start = Math.min(...spans.map(one => one.start))
    const end = Math.max(start + 1, ...spans.map(one => one.end))
    const names = new Map(ticksOf(start, end, width / TICK_PIXELS).map(({ at, name }) => [at, name]))
    return {
        scale: { label: null, type: "linear", domain: [start, end] } as const,
        ticks: [...names.keys()],
        tickFormat: (at: number) => names.get(at) ?? "",
    }
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
    const ticks = ticksOfNumbers(points, width / 120)
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
function ticksOfNumbers(points: Point[], count: number): number[] | number {
    const values = points.map(({ value }) => value)
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)]
    if (most - least >= count || !values.every(Number.isInteger)) return count
    return Array.from({ length: most - least + 1 }, (_, index) => least + index)
}

function drawLines(points: Dated[], value: Column, drawn: Drawn, left: string[]): Picture {
    const sorted = points.map(one => ({ ...one, at: one.date.start }))
        .sort((one, other) => one.at - other.at)
    const labels = labelsOf(points)
    const ends = [...labels].map(label => sorted.findLast(one => one.label === label)!)
    const width = fit(drawn.width)
    const marginRight = Math.min(width / 2, widest([...labels]) + 16)
    // Each value stands where its date begins.
    const { scale, ticks, tickFormat } = scaleOf(
        sorted.map(({ at, date }) => ({ ...date, end: at })), width - marginRight - 64)
    return finish({
        width, height: 420, marginLeft: 64, marginTop: 32, marginRight,
        x: { ...scale, ticks, tickFormat },
        y: { label: value.heading, grid: true, ticks: ticksOfNumbers(points, 8), tickFormat: short, zero: true, nice: true },
        marks: [
            ruleY([0], { stroke: "var(--edge)" }),
            lineY(sorted, { x: "at", y: "value", z: "label", stroke: ACCENT, strokeWidth: 1.5 }),
            dot(sorted, { x: "at", y: "value", fill: ACCENT, r: 3 }),
            // Each line has its name at its end, so that none is told by its colour.
            text(labels.size > 1 ? ends : [], {
                x: "at", y: "value", text: one => shorten(one.label), dx: 8, textAnchor: "start",
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

/** Return the rows as labels with a date and a number, as far as they have them. */
function readPoints({ shape, rows, at, cells }: Drawn, value: Column | undefined): Point[] {
    const text = (column: Column | undefined, row: typeof rows[number]) =>
        column ? labelOf(row.cells[at(column.name)], cells) : ""
    const differ = (column: Column) => new Set(rows.map(row => text(column, row))).size > 1
    const label = shape.labels.find(differ) ?? shape.labels[0]
    return rows.map(row => {
        const number = text(value, row)
        return {
            label: text(label, row), date: readSpan(text(shape.year, row)),
            value: number === "" ? NaN : Number(number),
        }
    })
}

/** Return the labels of points; those that are the same are told apart by their dates. */
function distinct(points: Point[]): string[] {
    const seen = new Map<string, number>()
    const several = new Set(points.map(one => one.label)).size < points.length
    return points.map(({ label, date }) => {
        const full = several && date ? `${shorten(label)}, ${writeSpan(date)}` : shorten(label)
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
