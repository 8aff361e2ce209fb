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
const LETTERS_OF_STATUS = 25

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
        const head = this.table.tHead!.offsetHeight
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
        if (why) line.insertCell().append(why)
        return line
    }

    /** Head the column of statuses, where the service can be asked for them. */
    private headStatuses(): void {
        const heads = [...this.table.tHead!.rows[0]!.cells]
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

    /** Give each column a width that stays while one scrolls. */
    private measure(letters: number[]): HTMLTableColElement {
        const group = document.createElement("colgroup") as HTMLTableColElement
        let sum = 0
        this.columns.forEach(({ heading }, column) => {
            const wanted = Math.max(NARROWEST_LETTERS, letters[this.places[column]!] ?? 0,
                                     2 * heading.length) + 3
            const element = document.createElement("col")
            const width = Math.min(wanted, WIDEST_LETTERS)
            element.style.width = `${width}ch`
            sum += width
            group.append(element)
        })
        const others = this.table.tHead!.rows[0]!.cells.length - this.columns.length
        const widths = [...(this.statuses ? [LETTERS_OF_STATUS] : []), NARROWEST_LETTERS]
        widths.slice(0, others).forEach((width, place) => {
            const element = document.createElement("col")
            element.style.width = `${width}ch`
            if (this.statuses && place === 0) element.className = "row-status"
            sum += width
            group.append(element)
        })
        this.table.style.width = `${sum}ch`
        return group
    }
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
