// The drawing of an answer above its table, made by a script that is loaded when it is needed.

import { fill } from "../pages"
import { savePng, saveSvg } from "../drawings/save"
import type { Row } from "./rows"
import type { Display, Shape } from "./shape"
import type { Source } from "./source"

const MOST_ROWS = 2_000

/** The rows of a drawing; `at` returns the place of a column in them. */
export interface Drawn {
    shape: Shape
    rows: Row[]
    at: (name: string) => number
    width: number
    title: string
    /** What cells show of things: "names", "curies" or "both". */
    cells: string
    /** Where a thing is shown. */
    addressOf: (iri: string) => string
    /** Say one of the fixed texts of drawings, with values in place of their names. */
    say: (key: string, values?: Record<string, string | number>) => string
    /** The chip of a status, by the name or IRI of the status. */
    chipOf: (status: string, isDerived: boolean) => Node | undefined
    /** What the release is asked for, such as a view, if it may be asked for what is drawn. */
    standing: Record<string, string> | undefined
}

/** A picture, what it shows in sentences, and what goes with it: buttons above and a legend below. */
export interface Picture {
    svg: SVGSVGElement
    said: string[]
    tools?: HTMLElement
    legend?: HTMLElement
}

/** What the drawings of an answer have in common. */
export type Common = Pick<Drawn, "cells" | "addressOf" | "chipOf" | "standing">

export class Drawing {
    private turn = 0
    private name = ""

    /** `arrange` filters and sorts the rows of the source as those of the table are. */
    constructor(private readonly figure: HTMLElement, private readonly shape: Shape,
                private readonly source: Source, table: HTMLTableElement,
                private readonly common: Common,
                private readonly arrange: () => Promise<number>) {
        table.id ||= "rows"
        const legend = this.part(".legend")
        this.part("button.save-svg").addEventListener("click", () => saveSvg(this.svg, legend, this.name))
        this.part("button.save-png").addEventListener("click", () => void savePng(this.svg, legend, this.name))
    }

    hide(): void {
        this.turn += 1
        this.figure.hidden = true
    }

    async show(display: Exclude<Display, "table">): Promise<void> {
        const turn = ++this.turn
        const [draw, { names }] = await Promise.all([load(display), this.source.load()])
        const total = await this.arrange()
        const rows = await this.source.rows(0, MOST_ROWS)
        if (turn !== this.turn) return
        this.figure.hidden = false
        const place = this.part(".picture")
        const words = this.figure.dataset as Record<string, string>
        const title = `${document.querySelector("h1")?.textContent?.trim() ?? ""}`
        const picture = await draw({
            ...this.common, shape: this.shape, rows, title, at: name => names.indexOf(name),
            width: place.clientWidth, say: (key, values = {}) => fill(words[key]!, { total, ...values }),
        })
        if (turn !== this.turn) return
        place.classList.toggle("drawing", display === "graph")
        place.replaceChildren(...(picture ? [picture.tools ?? [], picture.svg].flat() : []))
        this.part(".legend").replaceChildren(...(picture?.legend?.children ?? []))
        this.name = display
        for (const button of this.figure.querySelectorAll("button")) button.hidden = !picture
        const isCut = total > rows.length ? fill(words.leftRows!, { count: rows.length }) : ""
        this.part("figcaption span").textContent = picture
            ? [...picture.said, isCut].filter(Boolean).join(words.space) : words.nothing!
        if (!picture) return
        // A picture for screen readers, unless it has links: the table is its list.
        if (!picture.svg.hasAttribute("role")) picture.svg.setAttribute("role", "img")
        picture.svg.setAttribute("aria-label", title)
        picture.svg.setAttribute("aria-describedby", "rows")
    }

    private part<T extends HTMLElement>(selector: string): T {
        return this.figure.querySelector<T>(selector)!
    }

    private get svg(): SVGSVGElement {
        return this.figure.querySelector("svg")!
    }
}

/** Load what draws a display; it returns undefined if no row can be drawn. */
async function load(
    display: Exclude<Display, "table">,
): Promise<(drawn: Drawn) => Picture | undefined | Promise<Picture | undefined>> {
    if (display === "map") return (await import("./map")).drawMap
    if (display === "graph") return (await import("./graph")).drawLinks
    const charts = await import("./charts")
    return display === "chart" ? charts.drawChart : charts.drawTimeline
}
