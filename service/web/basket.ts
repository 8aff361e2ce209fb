// Suppositions that a reader collects on any page, and the bar at the bottom that looks at them all.
// They are kept in local storage, so that all tabs have the same.

import { make } from "./pages"

/** A statement to add or to remove, as an address has it and in words, and where it stands. */
interface Supposition {
    change: "add" | "remove"
    statement: string
    words: string
    view: string
    world: string
}

const KEY = "glocal.suppositions"
const VIEWS = ["facts", "paper", "readings"]
// The service allows twice as much, but not every program that passes an address on.
const MOST_CHARACTERS = 16_000

let collected: Supposition[] = []

function read(): Supposition[] {
    try {
        return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Supposition[]
    } catch {
        return collected
    }
}

function write(several: Supposition[]): void {
    collected = several
    try {
        localStorage.setItem(KEY, JSON.stringify(several))
    } catch {
        // They last for this page alone.
    }
}

/** Return the address of the outcome of all; the widest view shows what changes in the others too. */
function address(several: Supposition[], language: string): string {
    const view = VIEWS[Math.max(...several.map(one => VIEWS.indexOf(one.view || "paper")))] ?? "paper"
    const pairs: [string, string][] = [
        ...several.map(one => [one.change, one.statement] as [string, string]),
        ["view", view === "paper" ? "" : view],
        ["world", several.findLast(one => one.world)?.world ?? ""],
        ["lang", language],
    ]
    // People see the address, so that what may stand in it is not encoded.
    const encode = (text: string) => encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2F/g, "/")
    const query = pairs.filter(([, value]) => value).map(([name, value]) => `${name}=${encode(value)}`)
    return new URL(`/whatif?${query.join("&")}`, location.href).href
}

export function keepBasket(bar: HTMLElement): void {
    const words = bar.dataset as Record<string, string>
    const part = <T extends HTMLElement>(selector: string) => bar.querySelector<T>(selector)!
    const [count, list, status] = [part("summary"), part("ul"), part("[role=status]")]
    const [look, share] = [part<HTMLAnchorElement>("a"), part(".share")]
    const shared = part<HTMLInputElement>("input")
    const buttons: [HTMLButtonElement, Supposition][] = []
    // The page itself gets the focus when what had it is gone.
    const main = document.getElementById("content")!
    main.tabIndex = -1
    const asked = new URLSearchParams(location.search).get("lang") ?? ""

    function isIn(one: Supposition): boolean {
        return collected.some(other => other.change === one.change && other.statement === one.statement)
    }

    function toggle(one: Supposition): void {
        // Another tab may have collected meanwhile.
        const others = read()
        const rest = others.filter(
            other => other.change !== one.change || other.statement !== one.statement)
        write(rest.length < others.length ? rest : [...others, one])
        show()
        status.replaceChildren(make("span", { class: "unseen" }, counted()))
    }

    function counted(): string {
        const text = collected.length === 1 ? words.one! : words.many!
        return text.replace("{}", `${collected.length}`)
    }

    function show(): void {
        bar.hidden = !collected.length
        count.textContent = counted()
        list.replaceChildren(...collected.map((one, number) => {
            const item = make("li")
            const sign = make("b", { class: `sign ${one.change === "add" ? "plus" : "minus"}` },
                one.change === "add" ? "+" : "−")
            const back = make("button", {
                type: "button", class: "plain", "aria-describedby": `collected-${number}`,
            }, words.drop!)
            back.addEventListener("click", () => {
                toggle(one)
                const next = list.querySelectorAll("button")[Math.min(number, collected.length - 1)]
                if (next) next.focus()
                else main.focus({ preventScroll: true })
            })
            item.append(sign, make("span", { id: `collected-${number}` }, one.words), back)
            return item
        }))
        for (const [button, one] of buttons) {
            const pressed = isIn(one)
            button.setAttribute("aria-pressed", `${pressed}`)
            button.textContent = pressed ? "✓" : "+"
        }
        shared.hidden = true
        const url = collected.length ? address(collected, asked) : ""
        const isLong = url.length > MOST_CHARACTERS
        look.hidden = share.hidden = isLong
        part(".long").hidden = !isLong
        look.href = url
        shared.value = collected.length ? address(collected, "") : ""
    }

    /** Put a button beside what supposes a statement, which collects it. */
    function offer(place: Element, one: Supposition, described: string | null): void {
        const button = make("button", { type: "button", class: "collect", "aria-label": words.collect! })
        if (described) button.setAttribute("aria-describedby", described)
        button.addEventListener("click", () => toggle(one))
        place.after(button)
        buttons.push([button, one])
    }

    for (const link of document.querySelectorAll<HTMLAnchorElement>("main a.otherwise")) {
        const { searchParams } = new URL(link.href)
        const about = link.getAttribute("aria-describedby")
        const statement = searchParams.get("remove")
        if (statement) offer(link, {
            change: "remove",
            statement,
            words: inWords(about) || statement,
            view: searchParams.get("view") ?? "",
            world: searchParams.get("world") ?? "",
        }, about)
    }
    for (const place of document.querySelectorAll("main .supposing")) {
        const form = place.closest("form")!
        const fields = new FormData(form)
        const button = form.querySelector("button")!
        const about = button.getAttribute("aria-describedby")
        const statement = fields.get("add")
        if (statement) offer(button, {
            change: "add",
            statement: String(statement),
            words: inWords(about) || String(statement),
            view: String(fields.get("view") ?? ""),
            world: String(fields.get("world") ?? ""),
        }, about)
    }

    part(".clear").addEventListener("click", () => {
        write([])
        show()
        main.focus({ preventScroll: true })
    })
    share.addEventListener("click", () => {
        shared.hidden = false
        shared.focus()
        shared.select()
        // Browsers refuse it without a secure connection or leave; the address can be seen anyhow.
        navigator.clipboard?.writeText(shared.value).then(
            () => { status.textContent = words.copied! }, () => {})
    })
    const refresh = () => {
        collected = read()
        show()
    }
    addEventListener("storage", event => { if (event.key === KEY || event.key === null) refresh() })
    // A page that comes back as it was may have missed something.
    addEventListener("pageshow", event => { if (event.persisted) refresh() })
    refresh()
}

/** Return a statement as a sentence; a row of a page about a thing leaves its name out. */
function inWords(id: string | null): string {
    const element = id && document.getElementById(id)
    if (!element) return ""
    const tidy = (one: Element | null) => one?.textContent?.replace(/\s+/g, " ").trim() ?? ""
    // Of a figure, the cells before its grounds.
    const cells = element.querySelectorAll(":scope > :is(th, td):not(.grounded)")
    const said = cells.length ? [...cells].map(tidy).join(" · ") : tidy(element)
    const subject = tidy(document.querySelector("main h1"))
    const property = element.querySelector(":scope > .property")
    // A row may be about the thing as the object, with dots in place of the subject.
    const [, rest] = tidy(property).match(/^…+\s*(.*)$/s) ?? []
    if (rest) return `${tidy(element.querySelector(":scope > .value"))} ${rest}`
    return property || cells.length ? `${subject} · ${said}` : said
}
