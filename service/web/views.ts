// A page with an answer: another view or world asks the same question again at once, and the rows
// that are gained and lost against the view before are listed above the answer.

import { findChanges } from "./changes"
import type { Change } from "./changes"
import { findMissing } from "./missing"
import { announceAnswer, fill } from "./pages"

const MOST_LISTED = 200
// More rows are shown on request, in place of a frame that scrolls in the page.
const SHOWN_AT_FIRST = 10

/** A row of an answer; `key` is the same for the same row in another view. */
interface Row {
    element: () => HTMLTableRowElement
    key: string
    /** The row as a binding in SPARQL JSON; undefined if it cannot be asked why it is there. */
    binding?: string
}

/** An answer as the page shows it. */
interface Answer {
    /** Who judges, in words. */
    view: string
    /** The question as parameters. */
    pairs: URLSearchParams
    /** Where to send them, if they do not fit into an address. */
    action?: string
    section: Element
    rows: Row[]
    /** The answer to a question of yes or no. */
    verdict?: string
    /** Whether the page shows all rows. */
    isWhole: boolean
    /** All rows, once they have been asked for; undefined if they are too many. */
    all?: Promise<Row[] | undefined>
}

const CHANGED = new Set(["view", "world", "cells"])

function textOf(one: Element): string {
    return one.textContent?.replace(/\s+/g, " ").trim() ?? ""
}

/** The cells of a row, but for that with the button which asks why it is there. */
function saidBy(element: Element): HTMLElement[] {
    return [...element.querySelectorAll<HTMLElement>(":scope > td:not(:has([name=row]))")]
}

function readRow(element: HTMLTableRowElement): Row {
    const binding = element.querySelector<HTMLButtonElement>("[name=row]")?.value
    // Links name the view, so their addresses are compared without it.
    const told = saidBy(element).filter(cell => !cell.matches(".row-status"))
    const cells = told.map(cell => {
        const link = cell.querySelector("a")
        return [textOf(cell), link?.title, link?.getAttribute("href")?.split("?")[0]]
    })
    return { element: () => element, key: binding || JSON.stringify(cells), ...(binding ? { binding } : {}) }
}

function readAnswer(section: Element, view: string, pairs: URLSearchParams): Answer {
    const rows = [...section.querySelectorAll<HTMLTableRowElement>("tbody tr")].map(readRow)
    const verdict = section.querySelector(".lead")
    const again = section.querySelector<HTMLFormElement>("form#again")
    if (again) pairs = new URLSearchParams([...new FormData(again)] as [string, string][])
    return {
        view, pairs, section, rows,
        ...(again ? { action: again.action } : {}),
        ...(verdict ? { verdict: textOf(verdict) } : {}),
        isWhole: section.querySelector("nav") === null,
    }
}

/** Return all rows of an answer, also of one that is longer than a page; undefined if too many. */
function allRows(answer: Answer): Promise<Row[] | undefined> {
    answer.all ??= loadAll(answer.section)
    return answer.all
}

async function loadAll(section: Element): Promise<Row[] | undefined> {
    const canExplain = supportFields(section) !== undefined
    const rows = await (await import("./answers/whole")).loadRows(section)
    return rows?.map(({ binding, write }) => {
        let element: HTMLTableRowElement | undefined
        const once = () => element ??= write()
        return { element: once, key: binding, ...(canExplain ? { binding } : {}) }
    })
}

/** The rows of one answer that another lacks; a row may be there several times. */
function without(rows: Row[], others: Row[]): Row[] {
    const left = new Map<string, number>()
    for (const { key } of others) left.set(key, (left.get(key) ?? 0) + 1)
    return rows.filter(({ key }) => {
        const count = left.get(key) ?? 0
        left.set(key, count - 1)
        return count <= 0
    })
}

/** What the fields of a form say of the view, in words. */
function nameView(form: HTMLFormElement, fields: FormData): string {
    const views = [...form.querySelectorAll<HTMLInputElement>("[name=view]")]
    const view = views.find(({ value }) => value === fields.get("view"))?.closest("label")
    const worlds = form.querySelector<HTMLSelectElement>("[name=world]")?.options ?? []
    const added = [...worlds].find(({ value }) => value && value === fields.get("world"))?.textContent
    return [view?.textContent, added].filter(one => one).map(one => one!.trim()).join(" + ")
}

class Switch {
    private readonly words: Record<string, string>
    private answer: Answer
    private asking = new AbortController()
    private readonly listening = new AbortController()

    constructor(private readonly form: HTMLFormElement, section: Element,
        readonly changes: HTMLElement, shown: FormData) {
        this.words = changes.dataset as Record<string, string>
        this.answer = readAnswer(section, nameView(form, shown), new URLSearchParams(location.search))
        // The text of the editor may be another one by now; the answer is to that of the page.
        form.addEventListener("change", event => {
            const { name } = event.target as HTMLInputElement
            if (CHANGED.has(name)) void this.ask(name !== "cells")
        }, { signal: this.listening.signal })
        const chosen = new FormData(form)
        const changed = [...CHANGED].filter(name => chosen.get(name) !== shown.get(name))
        if (changed.length) void this.ask(changed.some(name => name !== "cells"))
    }

    /** Ask no more: the page has another answer. */
    end(): void {
        this.asking.abort()
        this.listening.abort()
    }

    private async ask(isCompared: boolean): Promise<void> {
        this.asking.abort()
        const { signal } = (this.asking = new AbortController())
        const before = this.answer
        const view = nameView(this.form, new FormData(this.form))
        before.section.setAttribute("aria-busy", "true")
        const fetched = await this.fetchPage(signal).catch((error: unknown) => {
            // There is no connection, or a later question has taken the place of this one.
            if (error instanceof TypeError || signal.aborted) return undefined
            throw error
        })
        if (signal.aborted) return
        this.answer.section.removeAttribute("aria-busy")
        if (!fetched) return this.say(this.words.failed!, [], [])
        const [page, pairs] = fetched
        const found = page.querySelector("section.result")
        if (found) this.show(found, view, pairs)
        else this.showFailure(page)
        const languages = page.querySelector(".languages")
        if (languages)
            document.querySelector(".languages")?.replaceWith(document.importNode(languages, true))
        if (isCompared && found) await this.compare(before, this.answer, signal)
        else this.say("", [], [])
    }

    /** Ask the question of the page again, as its fields say now. */
    private async fetchPage(signal: AbortSignal): Promise<[Document, URLSearchParams]> {
        const { action } = this.answer
        // Other scripts may have added to the address what they show.
        const pairs = new URLSearchParams(action ? this.answer.pairs : location.search)
        const fields = new FormData(this.form)
        for (const name of CHANGED) pairs.set(name, String(fields.get(name) ?? ""))
        if (!pairs.get("world")) pairs.delete("world")
        if (pairs.get("cells") === "names") pairs.delete("cells")
        pairs.delete("offset")
        const headers = { accept: "text/html" }
        const answer = action
            ? await fetch(action, { method: "POST", body: pairs, headers, signal })
            : await fetch(`${location.pathname}?${pairs}`, { headers, signal })
        const page = new DOMParser().parseFromString(await answer.text(), "text/html")
        if (!action) history.replaceState(history.state, "", `?${pairs}${location.hash}`)
        return [page, pairs]
    }

    private show(found: Element, view: string, pairs: URLSearchParams): void {
        const section = document.importNode(found, true)
        this.answer.section.dispatchEvent(new CustomEvent("glocal:gone"))
        this.answer.section.replaceWith(section)
        this.answer = readAnswer(section, view, pairs)
        announceAnswer(section)
    }

    /** Show why there is no answer in its place. */
    private showFailure(page: Document): void {
        const failure = page.querySelector("main [role=alert], main .alert")
        this.answer.section.replaceChildren(...(failure ? [document.importNode(failure, true)] : []))
        this.answer = { ...this.answer, rows: [] }
    }

    private async compare(before: Answer, after: Answer, signal: AbortSignal): Promise<void> {
        const { words } = this
        if (before.verdict !== undefined || after.verdict !== undefined)
            return this.say(fill(words.verdict!, { view: before.view, answer: before.verdict ?? "" }), [], [])
        let [old, now]: (Row[] | undefined)[] = [before.rows, after.rows]
        if (!before.isWhole || !after.isWhole) {
            this.say(words.wait!, [], [])
            try {
                [old, now] = await Promise.all([allRows(before), allRows(after)])
            } catch {
                delete before.all
                delete after.all
                if (!signal.aborted) this.say(words.failed!, [], [])
                return
            }
            if (signal.aborted) return
        }
        if (!old || !now) return this.say(words.partly!, [], [])
        const sections = [before.section, after.section]
        const { gained, lost, changed } = findChanges(without(now, old), without(old, now), sections,
                                                      after.pairs.get("query") ?? "")
        const differ = changed.length === 1 ? fill(words.changedOne!, { view: before.view })
            : fill(words.changed!, { view: before.view, count: changed.length })
        const more = gained.length === 1 ? words.moreOne! : fill(words.more!, { count: gained.length })
        const less = lost.length === 1 ? words.lessOne! : fill(words.less!, { count: lost.length })
        const compared = gained.length + lost.length
            ? fill(words.compared!, { view: before.view, more, less })
            : fill(words.same!, { view: before.view })
        const summary = !changed.length ? compared
            : gained.length + lost.length ? `${differ} ${compared}` : differ
        const isCut = Math.max(gained.length, lost.length, changed.length) > MOST_LISTED
        // Where all rows are new, the answer itself lists them.
        const [listed, gone] = [gained.length < now.length ? gained : [], lost].map(rows => rows.slice(0, MOST_LISTED)) as [Row[], Row[]]
        const counts = [gained, lost, changed].map(({ length }) => length)
        this.say(isCut ? `${summary} ${words.first}` : summary, listed, gone, changed.slice(0, MOST_LISTED), counts)
        const support = supportFields(before.section)
        if (support) await this.explainLost(gone, support, signal)
    }

    /** Link each lost row that has a reason to it. */
    private async explainLost(lost: Row[], support: [string, string][], signal: AbortSignal) {
        const view = only(this.answer.pairs, "view", "world", "lang")
        const rows = lost.flatMap(({ binding }) => binding ?? [])
        const elements = [...this.regions[1]!.querySelectorAll<HTMLTableRowElement>("tbody tr")]
        const asked = elements.filter((_, index) => lost[index]?.binding)
        const missing = await findMissing({ support, rows, view }, signal).catch((error: unknown) => {
            if (error instanceof TypeError || signal.aborted) return []
            throw error
        })
        missing.forEach((href, index) => {
            const element = asked[index]
            if (href && element)
                element.lastElementChild!.append(this.link(href, this.words.whyNot!, element))
        })
    }

    private get regions(): HTMLElement[] {
        return [...this.changes.querySelectorAll<HTMLElement>("section")]
    }

    /** Say what has changed, and list the rows. */
    private say(
        summary: string, gained: Row[], lost: Row[], changed: Change<Row>[] = [], counts: number[] = [],
    ): void {
        this.changes.querySelector("[role=status]")!.textContent = summary
        const [more, less, other] = this.regions
        const support = supportFields(this.answer.section)
        this.list(more!, "+", gained, ({ binding }) => {
            if (!support || !binding) return undefined
            const pairs = [...support, ["row", binding], ...only(this.answer.pairs, "lang")]
            return `/sparql/support?${new URLSearchParams(pairs as [string, string][])}`
        })
        this.list(less!, "−", lost, () => undefined)
        this.list(other!, "", changed.map(({ after }) => after), () => undefined)
        const elements = other!.querySelectorAll<HTMLTableRowElement>("tbody tr")
        changed.forEach(({ write }, index) => write(elements[index]!))
        this.regions.forEach((region, index) => {
            region.querySelector("h2 small")!.textContent = String(counts[index] ?? "")
        })
    }

    private list(region: HTMLElement, sign: string, rows: Row[],
        why: (row: Row) => string | undefined): void {
        region.hidden = rows.length === 0
        region.querySelector("table")?.remove()
        const table = document.createElement("table")
        const head = table.createTHead().insertRow()
        const body = table.createTBody()
        for (const cell of rows[0] ? saidBy(rows[0].element()) : []) {
            const heading = document.createElement("th")
            heading.scope = "col"
            heading.textContent = cell.dataset.head ?? ""
            head.append(heading)
        }
        head.insertCell()
        rows.forEach((row, index) => {
            const element = body.insertRow()
            element.id = `${region.id}-${index + 1}`
            element.append(...saidBy(row.element()).map(cell => cell.cloneNode(true)))
            element.hidden = index >= SHOWN_AT_FIRST && rows.length > SHOWN_AT_FIRST + 2
            const mark = document.createElement("b")
            mark.textContent = `${sign} `
            if (sign) element.firstElementChild?.prepend(mark)
            const href = why(row)
            const last = element.insertCell()
            if (href) last.append(this.link(href, this.words.why!, element))
        })
        region.querySelector(".wide")!.append(table)
        const button = region.querySelector("button")!
        button.hidden = !body.querySelector("[hidden]")
        button.textContent = fill(this.words.all!, { count: rows.length })
        button.onclick = () => {
            for (const row of body.querySelectorAll("[hidden]")) row.removeAttribute("hidden")
            button.hidden = true
            region.querySelector<HTMLElement>(".wide")!.focus({ preventScroll: true })
        }
    }

    private link(href: string, text: string, row: HTMLElement): HTMLElement {
        const link = document.createElement("a")
        link.href = href
        link.rel = "nofollow"
        link.textContent = text
        link.setAttribute("aria-describedby", row.id)
        return link
    }
}

function only(pairs: URLSearchParams, ...names: string[]): URLSearchParams {
    return new URLSearchParams([...pairs].filter(([name]) => names.includes(name)))
}

/** What asks why rows are in an answer; undefined if that cannot be asked. */
function supportFields(section: Element): [string, string][] | undefined {
    const form = section.querySelector<HTMLFormElement>("form[action='/sparql/support']")
    if (!form) return undefined
    return [...form.querySelectorAll<HTMLInputElement>("input[type=hidden]")]
        .filter(({ name }) => name !== "lang").map(({ name, value }) => [name, value])
}

let current: Switch | undefined

/** Have the fields of the view, now those `shown`, ask at once for the answer of the page, if any. */
export function switchViews(
    form: HTMLFormElement, changes: HTMLElement | null, shown: FormData,
): void {
    // It puts answers in other views on the page itself.
    if (changes && current?.changes === changes) return
    current?.end()
    const section = document.querySelector("section.result")
    current = changes && section ? new Switch(form, section, changes, shown) : undefined
}
