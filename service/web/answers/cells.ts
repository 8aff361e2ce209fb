// Writes the cells of rows that a script loaded, as the service writes those of a page.

import type { Cell, Row } from "./rows"

export interface CellWriter {
    write(cell: Cell | undefined): Node[]
    /** Whether one can ask why a row is in the result. */
    hasWhy: boolean
    /** The button that asks why a row is in the result; none if that cannot be asked. */
    writeWhy(row: Row): HTMLElement | undefined
    /** Where a thing is shown. */
    addressOf(iri: string): string
}

/** Read from the page how cells are shown; `home` is the address of the front page of the site. */
export function cellWriter(page: DOMStringMap): CellWriter {
    const home = new URL(page.home!, location.href)
    const { resource } = page
    const address = (iri: string) =>
        resource ? withIri(resource, iri) : addressOf(iri, page.base!, home)
    return {
        write: cell => cell ? writeCell(cell, page, address) : [],
        hasWhy: page.support !== undefined,
        writeWhy: row => page.support ? writeWhy(row, page) : undefined,
        addressOf: address,
    }
}

function writeCell(
    cell: Cell, { cells: shown, values, resource }: DOMStringMap, addressOf: (iri: string) => string,
): Node[] {
    // Where values have words, people read them, and a text in the language of the page needs no tag.
    if (cell.iri === undefined) return writeLiteral(cell, values !== "{}")
    const hasName = cell.text !== cell.curie && shown !== "curies"
    const link = document.createElement("a")
    link.title = cell.iri
    link.append(hasName ? cell.text : code(cell.curie ?? cell.iri))
    if (resource || /^https?:/.test(cell.iri)) link.href = addressOf(cell.iri)
    if (!hasName || shown !== "both") return [link]
    const small = document.createElement("small")
    small.append(code(cell.curie ?? ""))
    return [link, " ", small].map(part => typeof part === "string" ? new Text(part) : part)
}

function writeLiteral({ text, language }: Cell, isRead: boolean): Node[] {
    if (!language) return [new Text(text)]
    const words = document.createElement("span")
    words.lang = language
    words.dir = "auto"
    words.append(text)
    if (isRead && language === document.documentElement.lang) return [words]
    const tag = document.createElement("small")
    tag.append(language)
    return [words, new Text(" "), tag]
}

/** Return where this service shows what an IRI below `base` names, in the language and the view. */
function addressOf(iri: string, base: string, home: URL): string {
    if (!iri.startsWith(base)) return iri
    const path = iri.slice(base.length).replace(/^ontology#/, "data/ontology/")
    // The rest of an IRI may look like one of another scheme.
    const local = new URL(`./${path}`, home)
    local.search = home.search
    return local.href
}

/** Return where a service shows any IRI, at one address with the IRI as its parameter. */
function withIri(resource: string, iri: string): string {
    const address = new URL(resource, location.href)
    address.searchParams.set("iri", iri)
    return address.href
}

function code(text: string): HTMLElement {
    const element = document.createElement("code")
    element.append(text)
    return element
}

function writeWhy(row: Row, page: DOMStringMap): HTMLElement {
    const button = document.createElement("button")
    button.className = "plain"
    button.name = "row"
    button.value = row.binding
    button.ariaLabel = page.why!
    button.ariaDescription = row.cells[0]?.text ?? ""
    button.append(page.whyShort!)
    return button
}
