// A table that holds the rows in sight of many, all of one height.

import type { CellWriter } from "./cells"
import type { Row } from "./rows"
import type { Column } from "./shape"
import type { Source } from "./source"
import type { Line, Statuses } from "./statuses"

const ROW_PIXELS = 32
// Rows that are drawn above and below those in sight.
const MARGIN = 12
const WIDEST_LETTERS = 48
const NARROWEST_LETTERS = 8
// Columns with more than fits in the frame are cut to this at most.
const FEWEST_LETTERS = 18
// The width of the statuses and of the buttons, as the style sheet has it.
const [OF_STATUS, OF_WHY] = ["13.5rem", "4.5rem"]

export class Window {
    private readonly frame: HTMLElement
    private readonly above = spacer()
    private readonly below = spacer()
    private readonly body: HTMLTableSectionElement
    private count = 0
    private drawn = { first: -1, last: -1 }
    private isWaiting = false
    private lines: Line[] = []

    /** `places` tells for each column its place in a row; `redrawn` is called after each change. */
    constructor(private readonly table: HTMLTableElement, private readonly columns: Column[],
                private readonly places: number[], widths: number[],
                private readonly source: Source, private readonly writer: CellWriter,
                private readonly statuses: Statuses | undefined,
                private readonly redrawn: () => void) {
        this.frame = table.parentElement!
        this.body = table.tBodies[0]!
        this.frame.classList.remove("stacks")
        this.frame.classList.add("of-many")
        this.headStatuses()
        this.body.before(this.above)
        this.body.after(this.below)
        table.prepend(this.measure(widths))
        this.frame.addEventListener("scroll", () => requestAnimationFrame(() => void this.draw()))
        addEventListener("resize", () => void this.draw())
    }

    /** Show the first of so many rows, which the source has in their order. */
    async show(count: number): Promise<void> {
        this.count = count
        this.drawn = { first: -1, last: -1 }
        this.table.setAttribute("aria-rowcount", String(count + 1))
        this.frame.scrollTop = 0
        await this.draw()
    }

    /** Draw the rows in sight, unless they are there. */
    private async draw(): Promise<void> {
        const head = this.table.tHead!.offsetHeight + this.openedAbove()
        const seen = Math.ceil(this.frame.clientHeight / ROW_PIXELS)
        const top = Math.floor(Math.max(0, this.frame.scrollTop - head) / ROW_PIXELS)
        const first = Math.max(0, Math.min(top - MARGIN, this.count - seen))
        const last = Math.min(this.count, top + seen + MARGIN)
        const isThere = this.drawn.first >= 0 && top >= this.drawn.first
            && Math.min(this.count, top + seen) <= this.drawn.last
        if (isThere || this.isWaiting) return
        this.isWaiting = true
        const rows = await this.source.rows(first, last - first).finally(() => {
            this.isWaiting = false
        })
        this.drawn = { first, last }
        this.lines = []
        const hadFocus = this.body.contains(document.activeElement)
        this.frame.scrollTop -= this.openedAbove()
        this.body.replaceChildren(...rows.map((row, index) => this.write(row, first + index)))
        // Who stood in a row that is gone goes on scrolling from there.
        if (hadFocus) this.frame.focus({ preventScroll: true })
        stretch(this.above, first)
        stretch(this.below, this.count - last)
        this.redrawn()
        this.statuses?.show(this.lines)
        // One may have scrolled on meanwhile.
        await this.draw()
    }

    /** The height of the opened row that says why another is there, if one has scrolled past it. */
    private openedAbove(): number {
        const opened = this.body.querySelector<HTMLElement>(".of-why")
        return opened && opened.offsetTop < this.frame.scrollTop ? opened.offsetHeight : 0
    }

    private write(row: Row, index: number): HTMLTableRowElement {
        const line = document.createElement("tr")
        line.ariaRowIndex = String(index + 2)
        this.columns.forEach(({ kind }, column) => {
            const cell = line.insertCell()
            const content = row.cells[this.places[column]!]
            if (kind === "number") cell.className = "number"
            cell.append(...this.writer.write(content))
            if (content && content.text.length > WIDEST_LETTERS / 2) cell.title ||= content.text
        })
        if (this.statuses) {
            const cell = line.insertCell()
            cell.className = "row-status"
            this.lines.push({ binding: row.binding, cell })
        }
        const why = this.writer.writeWhy(row)
        if (why) {
            const cell = line.insertCell()
            cell.className = "row-why"
            cell.append(why)
        }
        return line
    }

    /** Head the column of statuses, where the service can be asked for them. */
    private headStatuses(): void {
        const heads = [...this.table.tHead!.rows[0]!.cells]
        if (this.writer.hasWhy) heads.at(-1)!.className = "row-why"
        const found = heads.find(head => head.tagName === "TH" && !head.dataset.name)
        if (!this.statuses) {
            found?.remove()
            return
        }
        const head = found ?? document.createElement("th")
        head.className = "row-status"
        if (found) return
        head.scope = "col"
        head.append(this.statuses.heading)
        heads[this.columns.length - 1]!.after(head)
    }

    /** Give each column a width that stays while one scrolls: all are in the frame if they can be. */
    private measure(letters: number[]): HTMLTableColElement {
        const group = document.createElement("colgroup") as HTMLTableColElement
        const others = [...(this.statuses ? ["row-status"] : []), ...(this.writer.hasWhy ? ["row-why"] : [])]
        const wanted = this.columns.map(({ heading }, column) => Math.min(WIDEST_LETTERS, 3 +
            Math.max(NARROWEST_LETTERS, letters[this.places[column]!] ?? 0, 2 * heading.length)))
        const fitted = fit(wanted, this.lettersInSight(others.length))
        for (const width of fitted) {
            const element = document.createElement("col")
            element.style.width = `${width}ch`
            group.append(element)
        }
        for (const name of others) {
            const element = document.createElement("col")
            element.className = name
            group.append(element)
        }
        const sum = fitted.reduce((one, other) => one + other, 0)
        this.table.style.width = ["row-status", "row-why"].filter(name => others.includes(name))
            .reduce((width, name) => `${width} + ${name === "row-why" ? OF_WHY : OF_STATUS}`, `calc(${sum}ch`) + ")"
        return group
    }

    /** How many letters the columns of the answer may have so that the frame shows all of a row. */
    private lettersInSight(others: number): number {
        const probe = document.createElement("span")
        probe.style.cssText = "position: absolute; width: 100ch"
        this.body.rows[0]?.cells[0]?.append(probe)
        const letter = probe.offsetWidth / 100 || 8
        probe.remove()
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
        const used = (others > 1 ? parseFloat(OF_STATUS) : 0) + (others ? parseFloat(OF_WHY) : 0)
        return (this.frame.clientWidth - used * rem) / letter
    }
}

/** Make the widest columns narrower until they fit, but none narrower than can be read. */
function fit(wanted: number[], available: number): number[] {
    for (let most = WIDEST_LETTERS; most > FEWEST_LETTERS; most -= 1) {
        const widths = wanted.map(width => Math.min(width, most))
        if (widths.reduce((one, other) => one + other, 0) <= available) return widths
    }
    return wanted.map(width => Math.min(width, FEWEST_LETTERS))
}

function spacer(): HTMLTableSectionElement {
    const body = document.createElement("tbody")
    body.ariaHidden = "true"
    body.hidden = true
    body.insertRow()
    return body
}

function stretch(body: HTMLTableSectionElement, rows: number): void {
    body.hidden = rows === 0
    body.rows[0]!.style.height = `${rows * ROW_PIXELS}px`
}
