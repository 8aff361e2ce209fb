// A table that holds the rows in sight of many, all of one height.

import type { CellWriter } from "./cells"
import type { Row } from "./rows"
import type { Column } from "./shape"
import type { Source } from "./source"

const ROW_PIXELS = 32
// Rows that are drawn above and below those in sight.
const MARGIN = 12
const WIDEST_LETTERS = 48
const NARROWEST_LETTERS = 8

export class Window {
    private readonly frame: HTMLElement
    private readonly above = spacer()
    private readonly below = spacer()
    private readonly body: HTMLTableSectionElement
    private count = 0
    private drawn = { first: -1, last: -1 }
    private isWaiting = false

    /** `places` tells for each column its place in a row; `redrawn` is called after each change. */
    constructor(private readonly table: HTMLTableElement, private readonly columns: Column[],
                private readonly places: number[], widths: number[],
                private readonly source: Source, private readonly writer: CellWriter,
                private readonly redrawn: () => void) {
        this.frame = table.parentElement!
        this.body = table.tBodies[0]!
        this.frame.classList.remove("stacks")
        this.frame.classList.add("of-many")
        this.dropStatuses()
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
        const hadFocus = this.body.contains(document.activeElement)
        this.body.replaceChildren(...rows.map((row, index) => this.write(row, first + index)))
        // Who stood in a row that is gone goes on scrolling from there.
        if (hadFocus) this.frame.focus({ preventScroll: true })
        stretch(this.above, first)
        stretch(this.below, this.count - last)
        this.redrawn()
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
        const why = this.writer.writeWhy(row)
        if (why) line.insertCell().append(why)
        return line
    }

    /** Rows that are loaded have no statuses; "Why" tells that of one row. */
    private dropStatuses(): void {
        const heads = [...this.table.tHead!.rows[0]!.cells]
        heads.find(head => head.tagName === "TH" && !head.dataset.name)?.remove()
    }

    /** Give each column a width that stays while one scrolls. */
    private measure(widths: number[]): HTMLTableColElement {
        const group = document.createElement("colgroup") as HTMLTableColElement
        let sum = 0
        this.columns.forEach(({ heading }, column) => {
            const letters = Math.max(NARROWEST_LETTERS, widths[this.places[column]!] ?? 0,
                                     2 * heading.length) + 3
            const element = document.createElement("col")
            const width = Math.min(letters, WIDEST_LETTERS)
            element.style.width = `${width}ch`
            sum += width
            group.append(element)
        })
        const last = document.createElement("col")
        last.style.width = `${NARROWEST_LETTERS}ch`
        if (this.table.tHead!.rows[0]!.cells.length > this.columns.length) group.append(last)
        this.table.style.width = `${sum + NARROWEST_LETTERS}ch`
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
