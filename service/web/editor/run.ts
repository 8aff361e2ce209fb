// Run: fetches the answer to the query of a tab, so that the editor stays as it is. Meanwhile the
// answer in sight, which belongs to another query, is dimmed and cannot be used. The queries of
// other tabs run on.

import { ask, notice, partsWith, readChoice, readParts } from "./parts"
import { Visits } from "./visits"
import { isAborted } from "../pages"

export interface Answers {
    /** Show the answer of a tab, the one that the page came with for the first. */
    show: (tab: string, query: string) => void
}

/** The editor, and what puts a query into its tab and shows that. */
export interface Writing {
    text: () => string
    write: (query: string) => void
    restore: (tab: string, query: string) => void
}

interface Running {
    tab: string
    query: string
    choice: [string, string][]
    /** In milliseconds of the page. */
    since: number
    asking: AbortController
}

// The result begins at most so far down in the window, so that some of it is in sight.
const LOWEST = .5
const MILLISECONDS = 1_000

const secondsOf = ({ since }: Running) => (performance.now() - since) / MILLISECONDS

/** Run the query of a form without leaving the page; `said` is told of what comes. */
export function answerHere(form: HTMLFormElement, stop: HTMLButtonElement, said: HTMLElement,
    { text, write, restore }: Writing): Answers {
    const words = said.dataset as Record<string, string>
    const action = form.getAttribute("action")!
    const running = new Map<string, Running>()
    const clock = stop.nextElementSibling as HTMLElement
    let ticking = 0

    const visits = new Visits(form, {
        text, restore, moved,
        unasked: query => query.trim() ? [notice(words.unasked!)] : [],
    })

    /** Show whether the answer in sight is to be replaced. */
    function mark(): void {
        const one = running.get(visits.current.tab)
        const isRunning = one !== undefined
        stop.hidden = clock.hidden = !isRunning
        clearInterval(ticking)
        if (one) {
            const tick = () => { clock.textContent = `${Math.floor(secondsOf(one))} s` }
            tick()
            ticking = setInterval(tick, MILLISECONDS)
        }
        for (const part of readParts(document)) {
            part.inert = isRunning
            if (isRunning) part.setAttribute("aria-busy", "true")
            else part.removeAttribute("aria-busy")
        }
        if (isRunning) said.textContent = words.running!
    }

    function moved(isBack: boolean): void {
        // Whoever goes back does not wait any more.
        const { tab } = visits.current
        if (isBack) running.get(tab)?.asking.abort()
        if (isBack) running.delete(tab)
        said.textContent = ""
        mark()
    }

    async function run(): Promise<void> {
        const query = text()
        if (!query.trim()) {
            said.textContent = words.empty!
            return
        }
        const { tab } = visits.current
        visits.settle()
        running.get(tab)?.asking.abort()
        const asking = new AbortController()
        const one = { tab, query, choice: readChoice(form), since: performance.now(), asking }
        running.set(tab, one)
        mark()
        try {
            const found = await ask(form, asking.signal)
            if (running.get(tab) !== one) return
            running.delete(tab)
            visits.add({ ...found, tab, query, choice: one.choice, isPassing: false })
            if (tab === visits.current.tab) tell()
        } catch (error) {
            if (running.get(tab) !== one) return
            running.delete(tab)
            if (!isAborted(error)) say(one, words.failed!)
        }
        mark()
    }

    /** Stop the query of the tab in sight. */
    function halt(): void {
        const one = running.get(visits.current.tab)
        if (!one) return
        running.delete(one.tab)
        one.asking.abort()
        say(one, words.stopped!.replace("{}", secondsOf(one).toFixed(1)))
        mark()
    }

    /** Say in the place of the answer why there is none. */
    function say({ tab, query, choice }: Running, reason: string): void {
        const { current } = visits
        const isHere = tab === current.tab
        const hasEarlier = isHere && (current.isPassing ? current.hasEarlier === true
            : document.querySelector("section.result") !== null)
        const earlier: [string, () => void][] = hasEarlier ? [[words.earlier!, () => history.back()]] : []
        const told = notice(reason, [words.again!, () => form.requestSubmit()], ...earlier)
        visits.add({ tab, query, choice, address: action, parts: partsWith(told), isPassing: true, hasEarlier })
        if (isHere) said.textContent = reason
    }

    /** Tell of the answer that has come, and bring it into sight. */
    function tell(): void {
        const [failure, rows] = readParts(document) as [HTMLElement, HTMLElement]
        const summary = rows.querySelector(".actions, .lead")
        const texts = summary?.children.length ? [...summary.children] : summary ? [summary] : []
        said.textContent = texts.map(one => one.textContent!.trim()).filter(one => one).join(" · ")
        const result = rows.querySelector("section.result")
        const excess = (result?.getBoundingClientRect().top ?? 0) - innerHeight * LOWEST
        if (excess > 0) scrollBy({ top: excess })
        else if (!result) failure.scrollIntoView({ block: "nearest" })
    }

    form.addEventListener("submit", event => {
        event.preventDefault()
        void run()
    })
    stop.addEventListener("click", halt)
    // What the page offers in place of a query, such as one with another name.
    document.addEventListener("submit", event => {
        const offered = event.target as HTMLFormElement
        const query = new FormData(offered).get("query")
        if (typeof query !== "string" || !offered.matches("[data-answer] :is(.alert, .notice) form")) return
        event.preventDefault()
        write(query)
        form.requestSubmit()
    })
    return { show: (tab, query) => visits.show(tab, query) }
}
