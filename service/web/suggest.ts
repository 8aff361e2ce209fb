// The search box of the header: things with such a name are suggested as one types. Suggestions are
// the first results of the same search, so that any name in either script finds its thing.

import { makeCombobox } from "./combobox"
import { isAborted, loadPage, make, opensHere } from "./pages"

const MILLISECONDS_BEFORE_ASKING = 120
const MOST_SUGGESTIONS = 8
// No thing has so long a name; what is pasted may.
const MOST_CHARACTERS = 200

/** Suggest things in the search box; a suggestion leads to its thing. */
export function suggest(form: HTMLFormElement, box: HTMLInputElement): void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let request: AbortController | undefined

    function stop(): void {
        clearTimeout(timer)
        request?.abort()
    }

    async function ask(): Promise<void> {
        request = new AbortController()
        const { signal } = request
        const address = new URL(form.action)
        for (const [name, value] of new FormData(form)) address.searchParams.set(name, String(value))
        try {
            const page = await loadPage(address, signal)
            if (!signal.aborted) suggestions.show(readSuggestions(page))
        } catch (failure) {
            // Without suggestions it stays a plain search.
            if (!isAborted(failure)) suggestions.show([])
        }
    }

    function type(): void {
        stop()
        const { length } = box.value.trim()
        if (length > 0 && length <= MOST_CHARACTERS) timer = setTimeout(() => void ask(), MILLISECONDS_BEFORE_ASKING)
        else suggestions.show([])
    }

    function choose(option: HTMLElement, click?: MouseEvent): void {
        const href = option.dataset.href!
        if (!click || opensHere(click)) location.assign(href)
        else window.open(href, "_blank", "noopener")
    }

    const suggestions = makeCombobox(
        box, { id: "suggestions", place: form, typed: type, chosen: choose, closed: stop })
}

/** Make options of the first results of a page of search: label, other names, and class. */
function readSuggestions(page: Document): HTMLElement[] {
    const names = [...page.querySelectorAll("main .found .name")].slice(0, MOST_SUGGESTIONS)
    return names.flatMap(name => {
        const link = name.querySelector("a")
        if (!link) return []
        const option = make("li", { "data-href": link.getAttribute("href")! })
        const label = make("b")
        label.append(...importedText(link))
        option.append(label)
        for (const other of name.querySelectorAll(".quiet")) option.append(" ", ...importedText(other))
        const classes = name.querySelector("small")?.textContent?.trim()
        if (classes) option.append(" ", make("small", {}, classes))
        return [option]
    })
}

/** Return the texts within an element, each in its language. */
function importedText(element: Element): Node[] {
    return [...element.childNodes].map(node => document.importNode(node, true))
}
