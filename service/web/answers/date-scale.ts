// How dates are written, and the ticks of a scale of them.

import { DAY, momentOf } from "./dates"
import type { Span } from "./dates"

type Step = readonly [count: number, unit: "year" | "month" | "day"]

export interface Tick {
    at: number
    name: string
}

const STEPS: Step[] = [
    [1, "day"], [2, "day"], [7, "day"], [1, "month"], [3, "month"],
    ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].map(count => [count, "year"] as const),
]
const DAYS = { day: 1, month: 30.4, year: 365.2 }

const { lang } = document.documentElement
// British dates name the day before the month, as the texts of the pages do.
const language = lang === "en" ? "en-GB" : lang
const UTC = { timeZone: "UTC", year: "numeric" } as const
const writers = {
    month: new Intl.DateTimeFormat(language, { ...UTC, month: "short" }),
    day: new Intl.DateTimeFormat(language, { ...UTC, month: "short", day: "numeric" }),
}

/** Write a date as short as it is: a year, a month or a day. */
export function writeSpan({ start, unit }: Span): string {
    return write(start, unit === "time" ? "day" : unit)
}

/** Return at most about `most` ticks from one moment to another: each has another name. */
export function ticksOf(start: number, end: number, most: number): Tick[] {
    const fits = ([count, unit]: Step) => (end - start) / DAY / DAYS[unit] / count <= most
    const [count, unit] = STEPS.find(fits) ?? STEPS.at(-1)!
    const ticks: Tick[] = []
    for (let at = firstTick(start, count, unit); at <= end; at = next(at, count, unit))
        ticks.push({ at, name: write(at, unit) })
    return ticks
}

/** Return the first moment from `start` at which a step begins. */
function firstTick(start: number, count: number, unit: Step[1]): number {
    const date = new Date(start)
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
    const at = unit === "year" ? momentOf(Math.floor(year / count) * count, 0, 1)
        : unit === "month" ? momentOf(year, Math.floor(month / count) * count, 1)
        : Math.floor(start / DAY) * DAY
    return at < start ? next(at, count, unit) : at
}

function next(at: number, count: number, unit: Step[1]): number {
    const date = new Date(at)
    if (unit === "day") return at + count * DAY
    if (unit === "month") return momentOf(date.getUTCFullYear(), date.getUTCMonth() + count, 1)
    return momentOf(date.getUTCFullYear() + count, 0, 1)
}

function write(at: number, unit: "year" | "month" | "day"): string {
    return unit === "year" ? String(new Date(at).getUTCFullYear()) : writers[unit].format(at)
}
