// Why a row is in an answer: a part of the page that says so, opened below the row.

import { make } from "../pages"

let opened = 0

/** Have the buttons of a form open below their row what its page says, and close it again. */
export function openHere(form: HTMLFormElement, words: DOMStringMap): void {
    form.addEventListener("submit", event => {
        const button = event.submitter as HTMLButtonElement | null
        const row = button?.closest("tr")
        // The button in what is open leads to the whole page.
        if (!button || button.name !== "row" || !row || row.matches(".of-why")) return
        event.preventDefault()
        const isOpen = row.nextElementSibling?.matches(".of-why")
        for (const one of form.querySelectorAll("[name=row][aria-expanded]")) one.removeAttribute("aria-expanded")
        for (const one of form.querySelectorAll("tr.of-why")) one.remove()
        if (!isOpen) void open(form, row, button, words)
    })
}

async function open(
    form: HTMLFormElement, row: HTMLTableRowElement, button: HTMLButtonElement, words: DOMStringMap,
): Promise<void> {
    const fields = new URLSearchParams([...new FormData(form)] as [string, string][])
    fields.set("row", button.value)
    button.ariaExpanded = "true"
    button.ariaBusy = "true"
    const found = await load(form.action, fields)
    button.ariaBusy = null
    const said = found?.page.querySelector("[data-part=support]")
    // The page says what is wrong, or the row is gone.
    if (!said) return leave(button)
    if (!row.isConnected || button.ariaExpanded !== "true") return
    const line = document.createElement("tr")
    line.className = "of-why"
    const cell = line.insertCell()
    cell.colSpan = row.cells.length
    const shut = make("button", { type: "button", class: "plain" }, words.whyClose!)
    shut.addEventListener("click", () => {
        button.removeAttribute("aria-expanded")
        line.remove()
        button.focus()
    })
    const whole = found!.address ? make("a", { href: found!.address, rel: "nofollow" }, words.whyPage!)
        : make("button", { class: "plain", name: "row", value: button.value }, words.whyPage!)
    const ways = make("p", { class: "actions" })
    ways.append(whole, shut)
    const within = make("div", { role: "region", "aria-label": words.why! })
    within.append(...excerpt(said), ways)
    cell.append(within)
    row.after(line)
    within.dispatchEvent(new CustomEvent("glocal:opened", { bubbles: true }))
}

/** The parts of a page that say why, with ids of their own. */
function excerpt(said: Element): Element[] {
    const copy = document.importNode(said, true)
    opened += 1
    for (const one of copy.querySelectorAll("form")) one.remove()
    for (const attribute of ["id", "aria-describedby"])
        for (const one of copy.querySelectorAll(`[${attribute}]`))
            one.setAttribute(attribute, `why-${opened}-${one.getAttribute(attribute)}`)
    return [...copy.children]
}

interface Found {
    page: Document
    /** Empty if the page has none of its own. */
    address: string
}

async function load(address: string, fields: URLSearchParams): Promise<Found | undefined> {
    const response = await fetch(address, {
        method: "POST", body: fields, headers: { accept: "text/html" },
    }).catch(() => undefined)
    if (!response?.ok) return undefined
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    return { page, address: response.redirected ? response.url : "" }
}

/** Go to the page that the button leads to. */
function leave(button: HTMLButtonElement): void {
    button.removeAttribute("aria-expanded")
    const field = make("input", { type: "hidden", name: "row", value: button.value })
    button.form!.append(field)
    button.form!.submit()
}
