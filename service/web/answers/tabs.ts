// The tabs that change how a result is shown, and the address that remembers it.

import { remember, remembered } from "../address"
import type { Display } from "./shape"

const PARAMETER = "show"

/** Return the display that the address names, if it is allowed, and the name of its column. */
export function displayInAddress(allowed: Display[]): { display?: Display; column?: string } {
    const [name, column] = (remembered(PARAMETER)[0] ?? "").split(":")
    const display = allowed.find(one => one === name)
    return { ...(display ? { display } : {}), ...(column ? { column } : {}) }
}

/**
 * Show the tabs; `choose` is called with the first display, and each that a reader chooses.
 * `nameOf` is how the address names a display.
 */
export function offerTabs(
    list: HTMLElement, panel: HTMLElement, allowed: Display[], first: Display,
    nameOf: (display: Display) => string, choose: (display: Display) => void,
): void {
    const tabs = allowed.map(display =>
        [display, list.querySelector<HTMLButtonElement>(`#show-${display}`)!] as const)
    const select = (chosen: Display) => {
        for (const [display, tab] of tabs) {
            tab.hidden = false
            tab.setAttribute("aria-selected", String(display === chosen))
            tab.tabIndex = display === chosen ? 0 : -1
            if (display === chosen) panel.setAttribute("aria-labelledby", tab.id)
        }
        choose(chosen)
    }
    const change = (chosen: Display) => {
        rememberDisplay(nameOf(chosen))
        select(chosen)
    }
    panel.setAttribute("role", "tabpanel")
    tabs.forEach(([display, tab], at) => {
        tab.addEventListener("click", () => change(display))
        tab.addEventListener("keydown", event => {
            const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
            if (next === undefined) return
            event.preventDefault()
            const [other, button] = tabs.at(next % tabs.length)!
            button.focus()
            change(other)
        })
    })
    select(first)
}

/** Write a display into the address, and into those that lead to other parts of the answer. */
export function rememberDisplay(display: string): void {
    // The page of a query that does not fit into an address has none that leads to it.
    if (!location.search) return
    remember({ [PARAMETER]: [display] },
        ":is(section.result .downloads a, section.result nav a, .languages a):not([href*='format='])")
}
