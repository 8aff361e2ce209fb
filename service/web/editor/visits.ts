// What the page has shown, by the steps of the browser's history: Back and Forward put a query back
// with its answer, in its own tab. A step of which nothing is kept any more is asked for again.

import { askAgain, choose, partsWith, readChoice, readParts } from "./parts"
import { announceAnswer, isAborted } from "../pages"

/** One step: a query of a tab with what the page showed for it. */
export interface Visit {
    tab: string
    query: string
    /** What was typed since, and not run. */
    draft?: string
    address: string
    choice: [string, string][]
    parts: Element[]
    /** Whether it has no answer, so that the next one takes its place among the steps. */
    isPassing: boolean
    /** Whether the step before has the answer to an earlier query of the same tab. */
    hasEarlier?: boolean
}

/** What the browser keeps of a step, over reloads too. */
interface Step {
    visit: string
    tab: string
    query: string
    isPassing: boolean
}

export interface Surroundings {
    text: () => string
    /** Put a query into its tab and show that. */
    restore: (tab: string, query: string) => void
    /** The page shows another visit; it was not asked for if `isBack`. */
    moved: (isBack: boolean) => void
    /** What to show of a query that has no answer here. */
    unasked: (query: string) => Element[]
}

const MOST_KEPT = 20

const hereNow = () => location.pathname + location.search
// What follows the # says how the rows are filtered and sorted; the same answer leads to both.
const hereWithOrder = () => hereNow() + location.hash
const isHere = (address: string) => address.split("#")[0] === hereNow()
const makeId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`

function readStep(state: unknown): Step | undefined {
    const step = state as Partial<Step> | null
    return typeof step?.visit === "string" && typeof step.tab === "string" ? step as Step : undefined
}

/** The tab that the browser's step belongs to, if there was one. */
export const tabOfStep = () => readStep(history.state)?.tab

export class Visits {
    private readonly kept = new Map<string, Visit>()
    private readonly lastOf = new Map<string, string>()
    private id = ""
    private asking = new AbortController()
    current!: Visit

    constructor(private readonly form: HTMLFormElement, private readonly around: Surroundings) {
        addEventListener("popstate", ({ state }) => void this.go(readStep(state)))
    }

    /** Show what a tab has; the page came with that of the first. */
    show(tab: string, query: string): void {
        if (this.current?.tab === tab) return
        const choice = readChoice(this.form)
        if (!this.current) {
            const parts = readParts(document)
            const before = readStep(history.state)
            this.id = before?.tab === tab ? before.visit : makeId()
            this.put(this.id, { tab, query, address: hereWithOrder(), choice, parts, isPassing: false })
            this.write("replaceState")
            return
        }
        this.leave()
        const isPassing = this.current.isPassing
        const last = this.lastOf.get(tab) ?? makeId()
        this.put(last, this.kept.get(last) ?? {
            tab, query, address: this.form.getAttribute("action")!, choice,
            parts: partsWith(...this.around.unasked(query)), isPassing: true,
        })
        this.write(isPassing ? "replaceState" : "pushState")
        this.place()
    }

    /** Show the answer to a query, or keep it until its tab is shown. */
    add(visit: Visit): void {
        const id = makeId()
        if (visit.tab !== this.current.tab) {
            this.kept.set(id, visit)
            this.lastOf.set(visit.tab, id)
            return
        }
        const { isPassing, query } = this.current
        const isSame = isPassing || (isHere(visit.address) && visit.query === query)
        if (isSame) this.forget(this.id)
        else {
            this.current.parts = readParts(document)
            this.current.address = hereWithOrder()
        }
        this.put(id, visit)
        this.write(isSame ? "replaceState" : "pushState")
        this.place()
    }

    /** Leave the page as it is: another answer is under way. */
    settle(): void {
        this.asking.abort()
    }

    /** Keep what the page shows now, with what was typed. */
    private leave(address = hereWithOrder()): void {
        const text = this.around.text()
        const draft = text === this.current.query ? {} : { draft: text }
        const { draft: _, ...visit } = this.current
        this.kept.set(this.id, {
            ...visit, ...draft, address, choice: readChoice(this.form), parts: readParts(document),
        })
    }

    private put(id: string, visit: Visit): void {
        this.id = id
        this.current = visit
        // The last one that was shown is the last one to be forgotten.
        this.kept.delete(id)
        this.kept.set(id, visit)
        this.lastOf.set(visit.tab, id)
        for (const oldest of [...this.kept.keys()].slice(0, -MOST_KEPT)) this.forget(oldest)
    }

    private forget(id: string): void {
        const parts = this.kept.get(id)?.parts ?? []
        for (const part of parts)
            part.querySelector("section.result")?.dispatchEvent(new CustomEvent("glocal:gone"))
        this.kept.delete(id)
    }

    private write(method: "pushState" | "replaceState"): void {
        const { tab, query, isPassing, address } = this.current
        const step: Step = { visit: this.id, tab, query, isPassing }
        history[method](step, "", address)
    }

    /** Put the parts of the visit on the page. */
    private place(isBack = false): void {
        const { parts, choice } = this.current
        this.asking.abort()
        readParts(document).forEach((one, index) => one.replaceWith(parts[index]!))
        choose(this.form, choice)
        const result = document.querySelector("section.result")
        if (result) announceAnswer(result)
        this.around.moved(isBack)
    }

    /** Follow the browser to another step. */
    private async go(step: Step | undefined): Promise<void> {
        if (!step) {
            if (!isHere(this.current.address)) location.reload()
            return
        }
        if (step.visit === this.id) return
        this.leave(this.current.address)
        const { visit: id, tab, query, isPassing } = step
        const found = this.kept.get(id)
        this.put(id, found ?? { tab, query, address: hereWithOrder(), choice: [], parts: partsWith(), isPassing })
        this.place(true)
        this.around.restore(tab, found?.draft ?? query)
        if (!found && !isPassing) await this.askAgain()
    }

    /** Ask once more for the answer of a visit that is not kept. */
    private async askAgain(): Promise<void> {
        const { signal } = (this.asking = new AbortController())
        const shown = this.current
        const choice = [...new URLSearchParams(location.search)]
        readParts(document).forEach(part => part.setAttribute("aria-busy", "true"))
        try {
            const { parts } = await askAgain(shown.address, signal)
            if (this.current !== shown) return
            this.current = { ...shown, parts, choice }
        } catch (error) {
            if (isAborted(error)) return
            this.current = { ...shown, parts: partsWith(...this.around.unasked(shown.query)) }
        }
        this.kept.set(this.id, this.current)
        this.place(true)
    }
}
