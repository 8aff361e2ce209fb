// The search box of the header: things with such a name are suggested as one types. Suggestions are
// the first results of the same search, so that any name in either script finds its thing.

import { isAborted, loadPage, make, opensHere } from "./pages"

const MILLISECONDS_BEFORE_ASKING = 120
const MOST_SUGGESTIONS = 8
// No thing has so long a name; what is pasted may.
const MOST_CHARACTERS = 200

/** Make the search box a combobox, as the ARIA Authoring Practices describe it. */
export function suggest(form: HTMLFormElement, box: HTMLInputElement): void {
    const words = box.dataset as Record<string, string>
    const list = make("ul", { id: "suggestions", role: "listbox", "aria-label": words.suggestions! })
    const status = make("p", { role: "status", class: "unseen" })
    list.hidden = true
    form.append(list, status)
    const attributes = {
        role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
        "aria-controls": list.id, "aria-expanded": "false",
    }
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value)
    let active = -1
    let timer: ReturnType<typeof setTimeout> | undefined
    let request: AbortController | undefined

    function options(): HTMLElement[] {
        return [...list.children] as HTMLElement[]
    }

    function choose(index: number): void {
        active = index
        options().forEach((one, number) => one.setAttribute("aria-selected", `${number === index}`))
        const chosen = options()[index]
        if (chosen) {
            box.setAttribute("aria-activedescendant", chosen.id)
            chosen.scrollIntoView({ block: "nearest" })
        } else box.removeAttribute("aria-activedescendant")
    }

    function show(found: HTMLElement[]): void {
        list.replaceChildren(...found)
        list.hidden = !found.length
        box.setAttribute("aria-expanded", `${!list.hidden}`)
        status.textContent = found.length ? words.found!.replace("{}", `${found.length}`) : ""
        choose(-1)
    }

    function stop(): void {
        clearTimeout(timer)
        request?.abort()
    }

    function close(): void {
        stop()
        show([])
    }

    async function ask(): Promise<void> {
        request = new AbortController()
        const { signal } = request
        const address = new URL(form.action)
        for (const [name, value] of new FormData(form)) address.searchParams.set(name, String(value))
        try {
            const page = await loadPage(address, signal)
            if (!signal.aborted) show(readSuggestions(page))
        } catch (failure) {
            // Without suggestions it stays a plain search.
            if (!isAborted(failure)) show([])
        }
    }

    function type(): void {
        stop()
        const { length } = box.value.trim()
        if (length > 0 && length <= MOST_CHARACTERS) timer = setTimeout(() => void ask(), MILLISECONDS_BEFORE_ASKING)
        else show([])
    }

    box.addEventListener("input", event => {
        // What an input method still changes is no name yet.
        if (!(event as InputEvent).isComposing) type()
    })
    box.addEventListener("compositionend", type)
    box.addEventListener("keydown", event => {
        if (event.isComposing || list.hidden) return
        const count = options().length
        const chosen = options()[active]
        if (event.key === "ArrowDown") choose(active + 1 < count ? active + 1 : -1)
        else if (event.key === "ArrowUp") choose(active < 0 ? count - 1 : active - 1)
        else if (event.key === "Enter" && chosen) location.assign(chosen.dataset.href!)
        else if (event.key === "Escape") close()
        else return
        event.preventDefault()
    })
    box.addEventListener("blur", close)
    form.addEventListener("submit", close)
    // The box keeps the focus, or else the list would be gone before the click.
    list.addEventListener("mousedown", event => event.preventDefault())
    list.addEventListener("click", event => {
        const href = (event.target as Element).closest<HTMLElement>("[role=option]")?.dataset.href
        if (!href) return
        if (opensHere(event)) location.assign(href)
        else window.open(href, "_blank", "noopener")
    })
}

/** Make options of the first results of a page of search: label, other names, and class. */
function readSuggestions(page: Document): HTMLElement[] {
    const names = [...page.querySelectorAll("main .found .name")].slice(0, MOST_SUGGESTIONS)
    return names.flatMap((name, number) => {
        const link = name.querySelector("a")
        if (!link) return []
        const attributes = { role: "option", id: `suggestion-${number}`, "aria-selected": "false" }
        const option = make("li", { ...attributes, "data-href": link.getAttribute("href")! })
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
