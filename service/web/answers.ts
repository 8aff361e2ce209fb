// The result of a query: displays besides its table, and a table that sorts, filters and loads rows.

import { cellWriter } from "./answers/cells"
import { Drawing } from "./answers/drawing"
import { allowed, findShape, preferred, readColumns } from "./answers/shape"
import { Source } from "./answers/source"
import { Table } from "./answers/table"
import { displayInAddress, offerTabs } from "./answers/tabs"

const MILLISECONDS_BEFORE_FILTER = 200
const BYTES_OF_MEGABYTE = 1_000_000

/** Add to an answer what scripts can do; return its source of rows. */
function start(tools: HTMLElement, section: HTMLElement): Source {
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
        names: readNames(table),
        values: JSON.parse(words.values!) as Record<string, string>,
        hasTriples,
    }, bytes => say(words.loading!.replace("{}", (bytes / BYTES_OF_MEGABYTE).toFixed(1))))
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
            failure.textContent = words.failed!.replace("{}", (error as Error).message)
            tools.append(failure)
        }).finally(() => tools.removeAttribute("aria-busy"))
    }

    const isComplete = !words.more
    const writer = cellWriter(words)
    const rows = new Table(table, columns, source, isComplete, writer, (shown, total) => {
        say(words.count!.replace("{}", number.format(shown)).replace("{total}", number.format(total)))
        if (isComplete || total === 0) return
        // The rows of all pages are in the table now.
        part(".answers .all").hidden = true
        section.querySelector<HTMLElement>("nav")?.toggleAttribute("hidden", true)
    }, run)
    const all = part<HTMLButtonElement>(".answers .all")
    all.hidden = isComplete
    all.addEventListener("click", () => rows.showAll())
    offerFilter(part<HTMLInputElement>(".answers input[type=search]"), words => rows.filter(words))
    offerColumns(part(".of-columns"), columns, (column, isShown) => rows.toggle(column, isShown))
    const shape = findShape(columns, hasTriples)
    const displays = allowed(shape)
    // A drawing needs all rows; nobody has asked for them if they are many.
    const first = displayInAddress(displays)
        ?? (isComplete ? preferred(shape, table.tBodies[0]!.rows.length) : "table")
    const drawing = new Drawing(part(".displayed"), shape, source, table, writer.addressOf)
    const panel = part(".shown")
    if (displays.length > 1)
        offerTabs(part("[role=tablist]"), panel, displays, first, display => {
            panel.classList.toggle("is-drawn", display !== "table")
            if (display === "table") drawing.hide()
            else run(async () => {
                await drawing.show(display)
                say("")
            })
        })
    else part("[role=tablist]").hidden = true
    tools.hidden = false
    return source
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

function offerFilter(field: HTMLInputElement, filter: (words: string) => void): void {
    let timer = 0
    // Enter would send a form around it.
    field.addEventListener("keydown", event => {
        if (event.key === "Enter") event.preventDefault()
    })
    field.addEventListener("input", () => {
        clearTimeout(timer)
        timer = setTimeout(() => filter(field.value), MILLISECONDS_BEFORE_FILTER)
    })
}

function offerColumns<Column extends { heading: string }>(
    panel: HTMLElement, columns: Column[], toggle: (column: Column, isShown: boolean) => void,
): void {
    for (const column of columns) {
        const label = document.createElement("label")
        const box = document.createElement("input")
        box.type = "checkbox"
        box.checked = true
        box.addEventListener("change", () => toggle(column, box.checked))
        label.append(box, ` ${column.heading}`)
        panel.append(label)
    }
}

let sources: Source[] = []

function enliven(root: ParentNode): void {
    for (const source of sources) source.close()
    sources = [...root.querySelectorAll<HTMLElement>(".answers[hidden]")].map(tools =>
        start(tools, tools.closest<HTMLElement>("section.result")!))
}

enliven(document)
// Another view has put another answer in place of the one before.
document.addEventListener("glocal:answer", event => enliven(event.target as Element))
