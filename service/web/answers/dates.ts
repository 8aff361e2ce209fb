// Dates of an answer, as a worker reads them too: how long each lasts.
//
// A date is a year, a month, a day or a time, as XML Schema writes it; all are taken as UTC.

/** What a date covers, in milliseconds since 1970: from `start` until before `end`. */
export interface Span {
    start: number
    end: number
    unit: Unit
}

type Unit = "year" | "month" | "day" | "time"

const WRITTEN = /^(-?\d{4,})(?:-(\d\d)(?!:)(?:-(\d\d)(?!:)(?:T(\d\d):(\d\d)(?::(\d\d))?)?)?)?/
export const DAY = 86_400_000

/** Return what a date covers; undefined for what is no date. */
export function readSpan(text: string): Span | undefined {
    const match = WRITTEN.exec(text)
    if (!match) return undefined
    const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] =
        match.slice(1).map(part => part === undefined ? undefined : Number(part))
    const start = momentOf(year!, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1_000
    if (match[4]) return { start, end: start, unit: "time" }
    if (match[3]) return { start, end: start + DAY, unit: "day" }
    if (match[2]) return { start, end: momentOf(year!, month, 1), unit: "month" }
    return { start, end: momentOf(year! + 1, 0, 1), unit: "year" }
}

/** Return the moment at which a day begins, also of years before 100, which `Date.UTC` changes. */
export const momentOf = (year: number, month: number, day: number) => new Date(0).setUTCFullYear(year, month, day)
