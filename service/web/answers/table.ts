// The table of a result: sorted by its heads, filtered by words, with the columns one chooses.
//
// The rows that the page came with are sorted where they are. If there are more, or all are loaded,
// a worker has them, and the table holds those in sight.

import { arrange, rank, searched } from "./rows"
import type { Cell, Kind, Order } from "./rows"
import type { Column } from "./shape"
import { orderInAddress, rememberOrder } from "./order"
import type { Source } from "./source"
import { Window } from "./window"
import { Labels } from "./labels"
import type { CellWriter } from "./cells"
import type { Statuses } from "./statuses"

export class Table {
    private order: Order
    private readonly hidden = new Set<number>()
    private wereHidden = new Set<number>()
    private window: Window | undefined
    private readonly original: HTMLTableRowElement[]
    private turn = 0
    private total = 0

    constructor(private readonly table: HTMLTableElement, private readonly columns: Column[],
                private readonly source: Source, private readonly isComplete: boolean,
                private readonly writer: CellWriter, private readonly statuses: Statuses | undefined,
                private readonly labels: Labels,
                private readonly report: (shown: number, total: number) => void,
                private readonly arranged: () => void,
                private readonly run: (work: () => Promise<void>) => void) {
        this.original = [...table.tBodies[0]!.rows]
        this.order = orderInAddress(columns)
        for (const column of columns) this.makeSortable(column)
    }

    /** The words that rows must have. */
    get words(): string {
        return this.order.words
    }

    /** Arrange the rows as the address says, if it does. */
    begin(): void {
        const { column, isDescending, words } = this.order
        if (column !== undefined) this.markSorted(column, isDescending)
        if (column === undefined && !words) return
        rememberOrder(this.order, this.columns)
        this.refresh()
    }

    filter(words: string): void {
        this.order = { ...this.order, words }
        rememberOrder(this.order, this.columns)
        this.refresh()
    }

    /** Show or hide a column. */
    toggle(column: Column, isShown: boolean): void {
        if (isShown) this.hidden.delete(column.index)
        else this.hidden.add(column.index)
        this.hideCells()
    }

    /** Load all rows, and hold those in sight from now on. */
    showAll(): void {
        this.run(async () => void (await this.open()))
    }

    /** Bring the rows of the source into the order of the table; return how many are left. */
    async arrange(): Promise<number> {
        const { names } = await this.source.load()
        const { column } = this.order
        const name = this.columns.find(({ index }) => index === column)?.name
        const order = { ...this.order, ...(name ? { column: names.indexOf(name) } : {}) }
        return this.source.arrange(order)
    }

    private async open(): Promise<Window> {
        const { names, widths, count } = await this.source.load()
        if (this.window) return this.window
        const places = this.columns.map(({ name }) => names.indexOf(name))
        this.window = new Window(this.table, this.columns, places, widths, this.source, this.writer,
                                 this.statuses, () => this.hideCells())
        this.total = count
        await this.window.show(count)
        this.report(count, count)
        return this.window
    }

    private refresh(): void {
        const turn = ++this.turn
        if (this.isComplete && !this.window) {
            this.arrangeHere()
            return
        }
        this.run(async () => {
            const window = await this.open()
            const count = await this.arrange()
            // Another order has been asked for meanwhile.
            if (turn !== this.turn) return
            await window.show(count)
            this.report(count, this.total)
            this.arranged()
        })
    }

    /** Sort and filter the few rows that the page has. */
    private arrangeHere(): void {
        const rows = this.original
        const ranksOf = (index: number) => {
            const kind = this.columns.find(one => one.index === index)?.kind
            const cells = rows.map(row => readCell(row.cells[index], kind))
            return rank(cells, document.documentElement.lang)
        }
        // Only what the columns say: a worker with the same rows knows nothing else.
        const searchedOf = (row: number) => searched(this.columns.map(({ index, kind }) => {
            const cell = rows[row]!.cells[index]
            const iri = cell?.querySelector<HTMLElement>("[title]")?.title
            const said = readCell(cell, kind)
            return said && iri ? { ...said, iri, curie: this.labels.shorten(iri) } : said
        }))
        const kept = arrange(rows.length, this.order, ranksOf, searchedOf)
        this.table.tBodies[0]!.replaceChildren(...kept.map(row => rows[row]!))
        this.report(kept.length, rows.length)
        this.arranged()
    }

    private hideCells(): void {
        const changed = new Set([...this.hidden, ...this.wereHidden])
        if (!changed.size) return
        for (const row of [...this.table.rows])
            for (const index of changed) row.cells[index]?.toggleAttribute("hidden", this.hidden.has(index))
        const columns = this.table.querySelectorAll("col")
        for (const index of changed) columns[index]?.toggleAttribute("hidden", this.hidden.has(index))
        this.wereHidden = new Set(this.hidden)
    }

    private makeSortable({ index }: Column): void {
        const head = this.table.tHead!.rows[0]!.cells[index]!
        const button = document.createElement("button")
        button.type = "button"
        button.className = "plain"
        button.append(...head.childNodes)
        head.append(button)
        button.addEventListener("click", () => {
            const isAgain = this.order.column === index
            this.order = { ...this.order, column: index,
                           isDescending: isAgain && !this.order.isDescending }
            this.markSorted(index, this.order.isDescending)
            rememberOrder(this.order, this.columns)
            this.refresh()
        })
    }

    private markSorted(column: number, isDescending: boolean): void {
        const heads = this.table.tHead!.rows[0]!.cells
        for (const one of heads) one.removeAttribute("aria-sort")
        heads[column]!.ariaSort = isDescending ? "descending" : "ascending"
    }
}

function readCell(cell: HTMLTableCellElement | undefined, kind: Kind | "" = ""): Cell | undefined {
    const text = cell?.textContent?.trim()
    if (!text) return undefined
    // A column of several kinds may have numbers too.
    const isNumber = kind === "number" || kind === "" && Number.isFinite(Number(text))
    return { kind: isNumber ? "number" : kind || "other", text }
}
