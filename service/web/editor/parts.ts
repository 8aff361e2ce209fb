// The parts of the page that belong to the query of a tab: why it failed, and its answer.

import { make } from "../pages"

const PARTS = ["failure", "rows"]

/** The answer of the service to a form; its address is its own, if it fits into one. */
export interface Found {
    parts: Element[]
    address: string
}

export const readParts = (page: ParentNode) =>
    PARTS.map(name => page.querySelector<HTMLElement>(`[data-answer=${name}]`)).filter(one => one !== null)

/** What is shown of a query without an answer: these elements. */
export const partsWith = (...elements: Element[]) => PARTS.map(name => {
    const part = make("div", { "data-answer": name })
    if (name === "rows") part.append(...elements)
    return part
})

/** A notice in the place of an answer, with what one may do. */
export function notice(text: string, ...does: [name: string, act: () => void][]): Element {
    const told = make("div", { class: "notice" })
    told.append(make("p", {}, text))
    const buttons = does.map(([name, act]) => {
        const button = make("button", { type: "button" }, name)
        button.addEventListener("click", act)
        return button
    })
    const actions = make("p", { class: "actions" })
    actions.append(...buttons)
    if (buttons.length) told.append(actions)
    return told
}

/** The fields of a form that say what its answer shows, but for the query. */
export function readChoice(form: HTMLFormElement): [string, string][] {
    const names = ["view", "world", "cells"]
    return [...new FormData(form)].flatMap(([name, value]) =>
        names.includes(name) ? [[name, String(value)] as [string, string]] : [])
}

export function choose(form: HTMLFormElement, choice: Iterable<[name: string, value: string]>): void {
    for (const [name, value] of choice) {
        const field = form.elements.namedItem(name)
        if (field instanceof RadioNodeList || field instanceof HTMLSelectElement) field.value = value
    }
}

/** Ask the service for the answer to a form. */
export async function ask(form: HTMLFormElement, signal: AbortSignal): Promise<Found> {
    const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)])
    const response = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(pairs), headers: { Accept: "text/html" }, signal,
    })
    return read(response, form.action)
}

/** Ask for the answer that has an address. */
export async function askAgain(address: string, signal: AbortSignal): Promise<Found> {
    return read(await fetch(address, { headers: { Accept: "text/html" }, signal }), address)
}

async function read(response: Response, address: string): Promise<Found> {
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    const { pathname, search } = new URL(response.redirected ? response.url : address, location.href)
    const found = readParts(page)
    if (found.length === PARTS.length)
        return { parts: found.map(one => document.importNode(one, true)), address: pathname + search }
    // A page about a failure that is not one of the query.
    const parts = partsWith()
    const alert = page.querySelector("main [role=alert], main .alert")
    parts[0]!.append(...alert ? [document.importNode(alert, true)] : [])
    return { parts, address: pathname + search }
}
