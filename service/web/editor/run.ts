// The answer to the query of each tab: Run fetches it, so that the editor stays as it is.

import { announceAnswer, isAborted } from "../pages"

/** What the page shows for a tab: why its query failed, or its answer; and its address. */
interface Shown {
    parts: Element[]
    address: string
}

export interface Answers {
    /** Show the answer of a tab, the one that the page came with for the first. */
    show: (tab: string) => void
}

const PARTS = ["failure", "rows"]
// The result begins at most so far down in the window, so that some of it is in sight.
const LOWEST = .5

const readParts = (page: ParentNode) =>
    PARTS.map(name => page.querySelector(`[data-answer=${name}]`)).filter(one => one !== null)

/** What is shown of a query that was not run. */
const emptyParts = () => PARTS.map(name => {
    const part = document.createElement("div")
    part.dataset.answer = name
    return part
})

/**
 * Run the query of a form without leaving the page.
 *
 * `said` is told of what comes; `write` puts another query into the editor, which is run then.
 */
export function answerHere(form: HTMLFormElement, stop: HTMLButtonElement, said: HTMLElement,
    write: (query: string) => void): Answers {
    const words = said.dataset as Record<string, string>
    const kept = new Map<string, Shown>()
    const hereNow = () => location.pathname + location.search
    let tab: string | undefined
    let address = hereNow()
    let asking = new AbortController()

    function place({ parts, address: target }: Shown): void {
        readParts(document).forEach((one, index) => one.replaceWith(parts[index]!))
        address = target
        const result = document.querySelector("section.result")
        if (result) announceAnswer(result)
    }

    function show(next: string): void {
        if (tab === undefined) {
            tab = next
            return
        }
        if (tab === next) return
        // Other scripts may have added what they show.
        kept.set(tab, { parts: readParts(document), address: hereNow() })
        tab = next
        said.textContent = ""
        const found = kept.get(next) ?? { parts: emptyParts(), address: form.getAttribute("action")! }
        if (found.address !== hereNow()) history.replaceState(null, "", found.address)
        place(found)
    }

    async function run(): Promise<void> {
        asking.abort()
        const { signal } = (asking = new AbortController())
        const query = new FormData(form).get("query")
        if (typeof query !== "string" || !query.trim()) {
            said.textContent = words.empty!
            return
        }
        const asked = tab!
        stop.hidden = false
        said.textContent = words.running!
        try {
            const shown = await ask(form, signal)
            if (tab !== asked) kept.set(asked, shown)
            else finish(shown)
        } catch (error) {
            if (signal.aborted) return
            if (!isAborted(error)) said.textContent = words.failed!
        } finally {
            if (!signal.aborted) stop.hidden = true
        }
    }

    function finish(shown: Shown): void {
        document.querySelector("section.result")?.dispatchEvent(new CustomEvent("glocal:gone"))
        if (shown.address !== hereNow()) history.pushState(null, "", shown.address)
        place(shown)
        const [failure, rows] = shown.parts as [Element, Element]
        said.textContent = rows.querySelector(".actions, .lead")?.textContent?.trim() ?? ""
        const first = rows.querySelector("section.result") ?? failure
        const excess = first.getBoundingClientRect().top - innerHeight * LOWEST
        if (first !== failure && excess > 0) scrollBy({ top: excess })
        else if (first === failure) failure.scrollIntoView({ block: "nearest" })
    }

    form.addEventListener("submit", event => {
        event.preventDefault()
        void run()
    })
    stop.addEventListener("click", () => {
        asking.abort()
        stop.hidden = true
        said.textContent = ""
    })
    // What the page offers in place of a wrong query, such as one with a prefix more.
    document.addEventListener("submit", event => {
        const offered = event.target as HTMLFormElement
        const query = new FormData(offered).get("query")
        if (typeof query !== "string" || !offered.matches("[data-answer] :is(.alert, .notice) form")) return
        event.preventDefault()
        write(query)
        form.requestSubmit()
    })
    addEventListener("popstate", () => {
        if (hereNow() !== address) location.reload()
    })
    return { show }
}

/** Ask the service; its answer to a form stands at an address of its own, if it fits into one. */
async function ask(form: HTMLFormElement, signal: AbortSignal): Promise<Shown> {
    const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)])
    const response = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(pairs), headers: { Accept: "text/html" }, signal,
    })
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    const { pathname, search } = new URL(response.redirected ? response.url : form.action)
    const found = readParts(page)
    if (found.length === PARTS.length)
        return { parts: found.map(one => document.importNode(one, true)), address: pathname + search }
    // A page about a failure that is not one of the query.
    const parts = emptyParts()
    const alert = page.querySelector("main [role=alert], main .alert")
    parts[0]!.append(...alert ? [document.importNode(alert, true)] : [])
    return { parts, address: pathname + search }
}
