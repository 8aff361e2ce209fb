// The fields and buttons beside an answer: what its rows must say, which columns, which number, a file.

import { download } from "../drawings/save"
import type { Shape } from "./shape"
import type { Source } from "./source"
import type { Table } from "./table"

const MILLISECONDS_BEFORE_FILTER = 200

/** Offer all rows as a file of CSV with names. */
export function offerCsv(
    item: HTMLElement | null, source: Source, run: (work: () => Promise<void>) => void,
): void {
    if (!item) return
    item.hidden = false
    item.querySelector("button")!.addEventListener("click", () => run(async () => {
        await source.load()
        download(new Blob([await source.csv()], { type: "text/csv;charset=utf-8" }), "answer.csv")
    }))
}

/** Filter rows by the words of a field, which a button clears. */
export function offerFilter(field: HTMLInputElement, clear: HTMLButtonElement, rows: Table): void {
    let timer = 0
    field.value = rows.words
    // Enter would send a form around it.
    field.addEventListener("keydown", event => {
        if (event.key === "Enter") event.preventDefault()
    })
    field.addEventListener("input", () => {
        clearTimeout(timer)
        timer = setTimeout(() => rows.filter(field.value), MILLISECONDS_BEFORE_FILTER)
    })
    clear.addEventListener("click", () => {
        field.value = ""
        field.focus()
        rows.filter("")
    })
}

export function offerColumns<Column extends { heading: string }>(
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

/** Let one choose the number that a chart shows; at first it is that with a name, if there is one. */
export function offerNumbers(
    choice: HTMLSelectElement, shape: Shape, name: string | undefined, changed: () => void,
): void {
    const find = (name: string | undefined) => shape.numbers.find(one => one.name === name)
    shape.number = find(name) ?? shape.number
    choice.append(...shape.numbers.map(one => new Option(one.heading, one.name)))
    choice.value = shape.number?.name ?? ""
    choice.addEventListener("change", () => {
        shape.number = find(choice.value)
        changed()
    })
}
