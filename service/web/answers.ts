// The result of a query: displays besides its table, and a table that sorts, filters and loads rows.

import { cellWriter } from "./answers/cells"
import { offerColumns, offerCsv, offerFilter, offerNumbers } from "./answers/controls"
import { Drawing } from "./answers/drawing"
import { Labels } from "./answers/labels"
import { allowed, findShape, preferred, readColumns } from "./answers/shape"
import type { Display } from "./answers/shape"
import { Failure, Source } from "./answers/source"
import { Statuses, chipOf } from "./answers/statuses"
import { Table } from "./answers/table"
import { displayInAddress, offerTabs, rememberDisplay } from "./answers/tabs"
import { openHere } from "./answers/why"
import { opensHere } from "./pages"

const BYTES_OF_MEGABYTE = 1_000_000

const megabytes = (bytes: number) => (bytes / BYTES_OF_MEGABYTE).toFixed(1)

/** Add to an answer what scripts can do; return what ends its work. */
function start(tools: HTMLElement, section: HTMLElement): () => void {
    const part = <T extends HTMLElement>(selector: string) => section.querySelector<T>(selector)!
    const table = part<HTMLTableElement>(".shown table")
    const words = tools.dataset as Record<string, string>
    const status = part(".answers [role=status]")
    const columns = readColumns(table)
    const hasTriples = words.form === "CONSTRUCT" || words.form === "DESCRIBE"
    const source = new Source(words.worker!, {
        kind: "load",
        address: words.address || new URL(location.pathname, location.href).href,
        ...(words.address ? {} : { form: formAgain() }),
        language: document.documentElement.lang,
        cells: words.cells!,
        names: readNames(table),
        values: JSON.parse(words.values!) as Record<string, string>,
        hasTriples,
    }, bytes => say(words.loading!.replace("{}", megabytes(bytes))))
    const number = new Intl.NumberFormat(document.documentElement.lang)
    let failure: HTMLElement | undefined

    function say(text: string): void {
        status.textContent = text
    }

    /** Do what needs all rows, and say so if that fails. */
    function run(work: () => Promise<void>): void {
        failure?.remove()
        tools.setAttribute("aria-busy", "true")
        work().catch((error: unknown) => {
            say("")
            failure = document.createElement("p")
            failure.className = "alert"
            failure.role = "alert"
            const cut = error instanceof Failure && error.received !== undefined
                ? words.cut!.replace("{}", megabytes(error.received)) : undefined
            const reason = words.failed!.replace("{}", cut ?? (error as Error).message)
            failure.append(reason, document.createElement("br"), words.fewer!)
            tools.append(failure)
        }).finally(() => tools.removeAttribute("aria-busy"))
    }

    const isComplete = !words.more
    const writer = cellWriter(words)
    const chips = tools.querySelector("template")
    const statuses = words.support && words.more
        ? new Statuses(table.closest("form")!, chips!, chips!.dataset.heading!) : undefined
    const labels = new Labels(JSON.parse(words.prefixes!) as Record<string, string>, [],
                              document.documentElement.lang)
    const none = part(".answers .of-none")
    let display: Display = "table"
    let counted = ""
    const rows = new Table(table, columns, source, isComplete, writer, statuses, labels, (shown, total) => {
        none.hidden = shown > 0 || !total
        counted = words.count!.replace("{}", number.format(shown)).replace("{total}", number.format(total))
        say(counted)
        if (isComplete || total === 0) return
        // The rows of all pages are in the table now.
        part(".answers .all").hidden = true
        for (const other of section.querySelectorAll<HTMLElement>("nav, [data-range]")) other.hidden = true
    }, draw, run)
    section.querySelector<HTMLAnchorElement>("[data-copied]")?.addEventListener("click", event => {
        const share = event.currentTarget as HTMLAnchorElement
        // Browsers have no clipboard for pages that came without encryption, but for this machine.
        if (!opensHere(event) || !navigator.clipboard) return
        event.preventDefault()
        const follow = (): void => location.assign(share.href)
        navigator.clipboard.writeText(share.href).then(() => say(share.dataset.copied!), follow)
    })
    const all = part<HTMLButtonElement>(".answers .all")
    all.hidden = isComplete
    all.addEventListener("click", () => rows.showAll())
    offerFilter(part<HTMLInputElement>(".answers input[type=search]"), none.querySelector("button")!, rows)
    offerCsv(section.querySelector<HTMLElement>(".downloads .of-csv"), source, run)
    if (words.support) openHere(table.closest("form")!, words)
    offerColumns(part(".of-columns"), columns, (column, isShown) => rows.toggle(column, isShown))
    const shape = findShape(columns, hasTriples)
    const displays = allowed(shape)
    // A drawing needs all rows; nobody has asked for them if they are many.
    const named = displayInAddress(displays)
    const first = named.display
        ?? (isComplete ? preferred(shape, table.tBodies[0]!.rows.length) : "table")
    const drawing = new Drawing(part(".displayed"), shape, source, table, {
        cells: words.cells!, addressOf: writer.addressOf,
        standing: words.standing ? JSON.parse(words.standing) as Record<string, string> : undefined,
        chipOf: (status, isDerived) => chipOf(chips, status, isDerived)?.cloneNode(true),
    }, () => rows.arrange())
    const panel = part(".shown")
    const numbers = part(".of-number")
    const nameOf = (one: Display) => one === "chart" && shape.number !== shape.numbers[0]
        ? `chart:${shape.number!.name}` : one
    offerNumbers(numbers.querySelector("select")!, shape, named.column, () => {
        rememberDisplay(nameOf("chart"))
        draw()
    })

    /** Draw the rows that the filter leaves, unless they are a table. */
    function draw(): void {
        if (display === "table") drawing.hide()
        else run(() => drawing.show(display as Exclude<Display, "table">).then(() => say(counted)))
    }

    if (displays.length > 1)
        offerTabs(part("[role=tablist]"), panel, displays, first, nameOf, chosen => {
            display = chosen
            numbers.hidden = display !== "chart" || shape.numbers.length < 2
            panel.classList.toggle("is-drawn", display !== "table")
            draw()
        })
    else part("[role=tablist]").hidden = true
    rows.begin()
    tools.hidden = false
    return () => {
        source.close()
        statuses?.close()
    }
}

/** Return the names of things in the rows of the page. */
function readNames(table: HTMLTableElement): Record<string, string> {
    const links = [...table.querySelectorAll<HTMLElement>("td [title]")]
    // A thing without a name is shown as code.
    return Object.fromEntries(links.filter(link => !link.querySelector("code"))
        .map(link => [link.title, link.textContent!.trim()]))
}

/** The parameters of a query that does not fit into an address. */
function formAgain(): string {
    const form = document.querySelector<HTMLFormElement>("form#again")
    const pairs = [...new FormData(form ?? undefined)].map(([name, value]) => [name, String(value)])
    return new URLSearchParams(pairs.filter(([name]) => name !== "cells" && name !== "show")).toString()
}

function enliven(root: ParentNode): void {
    for (const tools of root.querySelectorAll<HTMLElement>(".answers[hidden]")) {
        const section = tools.closest<HTMLElement>("section.result")!
        section.addEventListener("glocal:gone", start(tools, section))
    }
}

enliven(document)
// Another answer has come to stand on the page.
document.addEventListener("glocal:answer", event => enliven(event.target as Element))
