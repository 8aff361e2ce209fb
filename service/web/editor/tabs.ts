// The open queries, each in a tab of the editor: kept in this browser alone, over reloads and from
// page to page.

import { readQueries, saveQueries } from "./exchange"
import { addToHistory, now, title } from "./history"
import { tabOfStep } from "./visits"
import { forget, keep, readKept, withQueries } from "../kept"

export interface Tab {
    id: string
    query: string
    /** The name that the reader gave it. */
    name?: string
    /** The query as it was last run. */
    sent?: string
}

/** The editor that shows the query of one tab. */
export interface Shown {
    text: () => string
    show: (tab: Tab) => void
    focus: () => void
}

export interface Tabs {
    /** Note that the query of the editor has changed. */
    noteChange: () => void
    /** Show a query in the tab that has it, or in a new one. */
    open: (query: string) => void
    /** Show a query that was run in a tab there again, even if the tab was closed. */
    restore: (id: string, query: string) => void
}

const KEY = "glocal.tabs"
const ACTIVE = "glocal.tab"
const CLOSED = "glocal.tabs.closed"
const MILLISECONDS_BEFORE_KEPT = 400
const MOST_CHARACTERS = 36

const makeId = () => `query-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
const sameText = (one: string, other: string) => one.trim() === other.trim()

function readTabs(): Tab[] {
    return withQueries<Tab>(readKept(KEY)).filter(one => typeof one.id === "string")
}

/** The name of a tab: its own, that of the first comment, or the first words of the query. */
export function nameOf({ name, query }: Tab, untitled: string): string {
    const comment = /^\s*#+[ \t]*(\S.*)$/m.exec(query)?.[1]
    const words = [...(name || comment || title(query) || untitled)]
    return words.length > MOST_CHARACTERS
        ? `${words.slice(0, MOST_CHARACTERS - 1).join("").trimEnd()}…` : words.join("")
}

/**
 * Keep the queries of a form in the tabs of a bar.
 *
 * `start` is the text of a page that nobody has asked anything yet; undefined on other pages.
 */
export function keepTabs(form: HTMLFormElement, bar: HTMLElement, shown: Shown, panel: HTMLElement,
    start: string | undefined, showHistory: () => void): Tabs {
    const words = bar.dataset as Record<string, string>
    const list = bar.querySelector<HTMLElement>("[role=tablist]")!
    const [add, rename, close, reopen, save, load] = bar.querySelectorAll("button")
    const field = bar.querySelector("input")!
    const status = bar.querySelector<HTMLElement>("[role=status]")!
    let tabs = readTabs()
    let active = choose()
    let timer = 0

    /** Return the tab for the text of this page. */
    function choose(): Tab {
        const last = tabs.find(({ id }) => id === (sessionValue() ?? readKept(ACTIVE)))
        // What was typed and never run goes on where it was left.
        if (start !== undefined && last && !sameText(last.query, last.sent ?? start)) return last
        const text = shown.text()
        const own = start === undefined ? tabs.find(({ id }) => id === tabOfStep()) : undefined
        // The browser went back to this page; the tab may have moved on, but what was not run stays.
        if (own && sameText(own.query, own.sent ?? own.query)) {
            const found = { ...own, query: text, sent: text }
            tabs = tabs.map(one => one === own ? found : one)
            return found
        }
        const found = [...(last ? [last] : []), ...tabs].find(one => sameText(one.query, text))
        if (found) return found
        const tab: Tab = { id: makeId(), query: text }
        if (start === undefined) tab.sent = text
        tabs = [...tabs, tab]
        return tab
    }

    /** Change the kept tabs, among which may be some that other windows have changed meanwhile. */
    function change(edit: (all: Tab[]) => Tab[]): void {
        const all = readTabs()
        const isKept = all.some(({ id }) => id === active.id)
        tabs = edit(isKept ? all.map(one => one.id === active.id ? active : one) : [...all, active])
        keep(KEY, tabs)
    }

    function keepActive(): void {
        clearTimeout(timer)
        timer = 0
        // A page that was only looked at leaves nothing.
        const isKept = readTabs().some(({ id }) => id === active.id)
        if (isKept || !sameText(active.query, start ?? "")) change(all => all)
    }

    function activate(tab: Tab): void {
        if (timer) keepActive()
        active = tab
        keepSessionValue(tab.id)
        keep(ACTIVE, tab.id)
        shown.show(tab)
        draw()
    }

    function draw(): void {
        const before = new Map([...list.children].map(one => [one.id, one as HTMLElement]))
        const drawn = tabs.map(tab => {
            const one = before.get(tab.id) ?? makeTab(tab.id)
            const isActive = tab.id === active.id
            one.textContent = nameOf(isActive ? active : tab, words.untitled!)
            one.title = tab.query
            one.setAttribute("aria-selected", String(isActive))
            one.tabIndex = isActive ? 0 : -1
            return one
        })
        // Elements that move lose the focus, so the rest stays where it is.
        for (const one of before.values()) if (!drawn.includes(one)) one.remove()
        drawn.forEach((one, index) => {
            if (list.children[index] !== one) list.insertBefore(one, list.children[index] ?? null)
        })
        panel.setAttribute("aria-labelledby", active.id)
    }

    function makeTab(id: string): HTMLElement {
        const one = document.createElement("button")
        one.type = "button"
        one.id = id
        one.setAttribute("role", "tab")
        one.setAttribute("aria-controls", panel.id)
        one.setAttribute("aria-keyshortcuts", "F2 Delete")
        one.addEventListener("click", () => activate(tabs.find(tab => tab.id === id) ?? active))
        one.addEventListener("dblclick", startRename)
        return one
    }

    const focusTab = () => document.getElementById(active.id)?.focus()

    function moveTo(index: number): void {
        const tab = tabs[(index + tabs.length) % tabs.length]
        if (tab) activate(tab)
        focusTab()
    }

    function open(query: string, name?: string): void {
        const found = query ? tabs.find(one => sameText(one.query, query)) : undefined
        const tab: Tab = found ?? { id: makeId(), query, ...(name ? { name } : {}) }
        keepActive()
        if (!found) change(all => [...all, tab])
        activate(tab)
        shown.focus()
    }

    function closeActive(): void {
        const index = tabs.findIndex(({ id }) => id === active.id)
        const { id, query } = active
        const name = nameOf(active, words.untitled!)
        const isEmpty = !query.trim() && !active.name
        if (!isEmpty) keep(CLOSED, { ...active, index })
        // Closing loses nothing.
        if (query.trim() && query !== start) addToHistory({ query, time: now() })
        showHistory()
        change(all => all.filter(one => one.id !== id))
        if (tabs.length === 0) tabs = [{ id: makeId(), query: "" }]
        clearTimeout(timer)
        timer = 0
        activate(tabs[Math.min(Math.max(index, 0), tabs.length - 1)]!)
        focusTab()
        if (isEmpty) return
        status.textContent = words.closed!.replace("{}", name)
        reopen!.hidden = false
    }

    function reopenClosed(): void {
        const [closed] = withQueries<Tab & { index: number }>([readKept(CLOSED)])
        forget(CLOSED)
        reopen!.hidden = true
        status.textContent = ""
        if (!closed) return
        const { index, ...tab } = closed
        // The empty tab that the last one left makes room.
        const empty = active.query.trim() || active.name ? undefined : active.id
        change(all => all.filter(({ id }) => id !== empty && id !== tab.id).toSpliced(index, 0, tab))
        activate(tab)
        focusTab()
    }

    function restore(id: string, query: string): void {
        if (id === active.id) active = { ...active, query, sent: query }
        else keepActive()
        change(all => all.some(one => one.id === id)
            ? all.map(one => one.id === id ? { ...one, query, sent: query } : one)
            : [...all, { id, query, sent: query }])
        activate(tabs.find(one => one.id === id)!)
    }

    function startRename(): void {
        field.value = active.name ?? nameOf(active, words.untitled!)
        field.parentElement!.hidden = false
        field.select()
    }

    function endRename(isMeant: boolean): void {
        if (field.parentElement!.hidden) return
        const hadFocus = field.matches(":focus")
        field.parentElement!.hidden = true
        const name = field.value.trim()
        if (isMeant && name !== nameOf(active, words.untitled!)) {
            active = { ...active, name }
            change(all => all)
        }
        draw()
        if (hadFocus) focusTab()
    }

    async function importFile(): Promise<void> {
        const read = await readQueries(tabs)
        const news = (read?.opened ?? []).map((one): Tab => ({ id: makeId(), ...one }))
        change(all => [...all, ...news])
        status.textContent = read ? words.imported!.replace("{}", String(read.count)) : words.malformed!
        showHistory()
        draw()
    }

    list.addEventListener("keydown", event => {
        if (event.ctrlKey || event.altKey || event.metaKey) return
        const index = tabs.findIndex(({ id }) => id === active.id)
        const actions: Record<string, () => void> = {
            ArrowLeft: () => moveTo(index - 1),
            ArrowRight: () => moveTo(index + 1),
            Home: () => moveTo(0),
            End: () => moveTo(tabs.length - 1),
            Delete: closeActive,
            F2: startRename,
        }
        const action = actions[event.key]
        if (!action) return
        event.preventDefault()
        action()
    })
    field.addEventListener("keydown", event => {
        if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return
        event.preventDefault()
        endRename(event.key === "Enter")
    })
    field.addEventListener("blur", () => endRename(true))
    add!.addEventListener("click", () => open(""))
    rename!.addEventListener("click", startRename)
    close!.addEventListener("click", closeActive)
    reopen!.hidden = readKept(CLOSED) === undefined
    reopen!.addEventListener("click", reopenClosed)
    save!.addEventListener("click", () => {
        keepActive()
        saveQueries(tabs)
    })
    load!.addEventListener("click", () => void importFile())
    form.addEventListener("submit", () => {
        active = { ...active, sent: active.query }
        change(all => all)
    })
    addEventListener("pagehide", () => { if (timer) keepActive() })
    addEventListener("storage", event => {
        if (event.key !== KEY) return
        const all = readTabs()
        tabs = all.some(({ id }) => id === active.id) ? all : [...all, active]
        draw()
    })

    panel.setAttribute("role", "tabpanel")
    bar.hidden = false
    if (start === undefined) change(all => all)
    activate(active)
    return {
        open,
        restore,
        noteChange() {
            status.textContent = ""
            active = { ...active, query: shown.text() }
            tabs = tabs.map(one => one.id === active.id ? active : one)
            draw()
            clearTimeout(timer)
            timer = setTimeout(keepActive, MILLISECONDS_BEFORE_KEPT)
        },
    }
}

/** The tab that this window showed last, which may not be that of another window. */
function sessionValue(): string | undefined {
    try {
        return sessionStorage.getItem(ACTIVE) ?? undefined
    } catch {
        return undefined
    }
}

function keepSessionValue(id: string): void {
    try {
        sessionStorage.setItem(ACTIVE, id)
    } catch {
        // The last tab of any window stands for it.
    }
}
