// The bar of the suppositions that a reader collects, and the buttons on any page that collect one.

import { make } from "../pages"
import {
    isSame, keepSuppositions, keepWords, outcomeAddress, readSuppositions, whenChangedElsewhere, worldsOf,
} from "./collected"
import type { Supposition } from "./collected"

// The service allows twice as much, but not every program that passes an address on.
const MOST_CHARACTERS = 16_000
const { lang } = document.documentElement

class Basket {
    #collected: Supposition[] = []
    readonly #buttons: [HTMLButtonElement, Supposition][] = []
    readonly #words: Record<string, string>
    readonly #list: HTMLElement
    readonly #status: HTMLElement
    readonly #shared: HTMLInputElement
    // Statements that have no sentence in the language of the page, and cannot get one.
    readonly #untranslated = new Set<string>()
    readonly #skip = document.querySelector<HTMLElement>("a.skip[href='#suppositions']")
    readonly #main = document.querySelector("main")!

    constructor(readonly bar: HTMLElement) {
        this.#words = bar.dataset as Record<string, string>
        this.#list = this.#part("ul")
        this.#status = this.#part("[role=status]")
        this.#shared = this.#part("input")
        this.#main.tabIndex = -1
        this.#part(".clear").addEventListener("click", () => this.#clear())
        this.#part(".share").addEventListener("click", () => this.#share())
        whenChangedElsewhere(() => this.show())
    }

    #part<T extends HTMLElement>(selector: string): T {
        return this.bar.querySelector<T>(selector)!
    }

    /** Put a button that collects a statement beside what supposes it, with these parameters. */
    offer(
        place: Element, change: Supposition["change"], fields: URLSearchParams | FormData, number = 0,
    ): void {
        const statement = fields.getAll(change)[number]
        if (!statement) return
        const about = place.getAttribute("aria-describedby")
        const one = {
            change,
            statement: String(statement),
            words: { [lang]: inWords(about, this.#words.space!) || String(statement) },
            view: String(fields.get("view") ?? ""),
            world: String(fields.get("world") ?? ""),
        }
        const button = make("button", {
            type: "button", class: "collect", title: this.#words.collectHint!,
        }, this.#words.collect!)
        if (about) button.setAttribute("aria-describedby", about)
        button.addEventListener("click", () => this.#toggle(one))
        // What shows the effect here, if that is there already, stands nearer.
        const shows = place.nextElementSibling
        ;(shows?.matches(".falls") ? shows : place).after(button)
        this.#buttons.push([button, one])
    }

    /** Show what is collected, here or in another tab. */
    show(): void {
        const several = this.#collected = readSuppositions()
        this.bar.hidden = !several.length
        if (this.#skip) {
            this.#skip.hidden = !several.length
            this.#skip.textContent = this.#count()
        }
        this.#part("summary").textContent = this.#count()
        this.#list.replaceChildren(...several.map((one, number) => this.#item(one, number)))
        for (const [button, one] of this.#buttons) {
            const isPressed = several.some(other => isSame(one, other))
            button.setAttribute("aria-pressed", `${isPressed}`)
            this.#lead(button, isPressed)
        }
        this.#shared.hidden = true
        const worlds = worldsOf(several).length
        this.#part(".worlds").hidden = worlds < 2
        this.#part(".worlds").textContent = this.#words.worlds!.replace("{}", `${worlds}`)
        if (!several.length) return
        void this.#translate()
        const language = new URLSearchParams(location.search).get("lang") ?? ""
        const look = this.#part<HTMLAnchorElement>("a")
        look.href = outcomeAddress(several, language)
        // Who gets the link reads it in another language perhaps.
        this.#shared.value = outcomeAddress(several)
        const isLong = look.href.length > MOST_CHARACTERS
        look.hidden = this.#part(".share").hidden = isLong
        this.#part(".long").hidden = !isLong
    }

    /** Put a link to the bar, which is last on the page, behind a button that is pressed. */
    #lead(button: HTMLButtonElement, isPressed: boolean): void {
        const next = button.nextElementSibling
        const link = next?.matches("a.to-basket") ? next : undefined
        if (!isPressed) link?.remove()
        else if (!link)
            button.after(make("a", { class: "to-basket", href: "#suppositions" }, this.bar.ariaLabel!))
    }

    /** Put a link to the first button at the beginning of the page's content. */
    leadToFirst(): void {
        const [first] = this.#buttons.find(([one]) => !one.closest("details:not([open])")) ?? []
        if (!first) return
        first.id = "first-supposition"
        this.#main.prepend(make("a", { class: "skip", href: `#${first.id}` }, this.#words.first!))
    }

    /** Write in the language of the page what was collected in another one. */
    async #translate(): Promise<void> {
        const missing = this.#collected.map(({ statement, words }) => words[lang] ? "" : statement)
            .filter(statement => statement && !this.#untranslated.has(statement))
        if (!missing.length) return
        for (const statement of missing) this.#untranslated.add(statement)
        const [{ vocabularyOfPage }, { writeSentence }] =
            await Promise.all([import("../vocabulary"), import("./sentences")])
        const terms = await vocabularyOfPage()
        const labelOf = (term: string) =>
            term === "rdf:type" ? this.#words.type : terms?.labelOf(term, lang)
        const sentences = new Map(missing.flatMap(statement => {
            const sentence = writeSentence(statement, labelOf, this.#words.space ?? "")
            return sentence ? [[statement, sentence]] : []
        }))
        if (!sentences.size) return
        keepWords(lang, sentences)
        for (const [number, { statement, words }] of this.#collected.entries()) {
            words[lang] ??= sentences.get(statement)!
            // The item stays, since it may have the focus.
            if (words[lang]) writeWords(this.#list.querySelector(`#collected-${number}`), words)
        }
    }

    #count(): string {
        const { length } = this.#collected
        return (length === 1 ? this.#words.one! : this.#words.many!).replace("{}", `${length}`)
    }

    #item(one: Supposition, number: number): HTMLLIElement {
        const [name, mark] = one.change === "add" ? ["plus", "+"] : ["minus", "−"]
        const id = `collected-${number}`
        const back = make(
            "button", { type: "button", class: "plain", "aria-describedby": id }, this.#words.drop!)
        back.addEventListener("click", () => {
            this.#toggle(one)
            const rest = [...this.#list.querySelectorAll("button")]
            this.#focus(rest[Math.min(number, rest.length - 1)])
        })
        const item = make("li")
        const said = make("span", { id })
        writeWords(said, one.words)
        const how = make("small", {}, this.#words[one.change]!.trim())
        item.append(make("b", { class: `sign ${name}` }, mark), how, said, back)
        return item
    }

    #toggle(one: Supposition): void {
        // Another tab may have collected meanwhile.
        const before = readSuppositions()
        const others = before.filter(other => !isSame(one, other))
        keepSuppositions(others.length < before.length ? others : [...before, one])
        this.show()
        this.#status.replaceChildren(make("span", { class: "unseen" }, this.#count()))
    }

    #clear(): void {
        keepSuppositions([])
        this.show()
        this.#focus()
    }

    /** Move the focus, if what had it is gone, to this element or else to the page. */
    #focus(target?: HTMLElement): void {
        if (target) target.focus()
        else this.#main.focus({ preventScroll: true })
    }

    #share(): void {
        this.#shared.hidden = false
        this.#shared.focus()
        this.#shared.select()
        const copied = () => { this.#status.textContent = this.#words.copied! }
        // Browsers refuse it without a secure connection or leave; the address can be seen anyhow.
        navigator.clipboard?.writeText(this.#shared.value).then(copied, () => {})
    }
}

/** Write a sentence in the language of the page, or else in that in which it was collected. */
function writeWords(element: HTMLElement | null, words: Supposition["words"]): void {
    const [language, sentence] = words[lang] ? [lang, words[lang]] : Object.entries(words)[0] ?? ["", ""]
    if (!element) return
    element.textContent = sentence
    if (language === lang) element.removeAttribute("lang")
    else element.lang = language
}

/** Show the bar, and offer to collect what the page has links, forms and buttons for. */
export function keepBasket(bar: HTMLElement): void {
    const basket = new Basket(bar)
    const offerLinks = (part: ParentNode) => {
        for (const link of part.querySelectorAll<HTMLAnchorElement>("a.otherwise"))
            basket.offer(link, "remove", new URL(link.href).searchParams)
    }
    offerLinks(document.querySelector("main")!)
    document.addEventListener("glocal:opened", event => {
        offerLinks(event.target as Element)
        basket.show()
    })
    for (const place of document.querySelectorAll("main .supposing"))
        basket.offer(place.querySelector("button")!, "add", new FormData(place.closest("form")!))
    // What a page of an outcome supposes already, such as one that somebody shared.
    for (const button of document.querySelectorAll<HTMLButtonElement>("main button[name=drop]")) {
        const [change, number] = button.value.split(" ")
        if (change === "add" || change === "remove")
            basket.offer(button, change, new FormData(button.form!), Number(number))
    }
    basket.leadToFirst()
    basket.show()
}

/** Return a statement as a sentence; a row of a page about a thing leaves its name out. */
function inWords(id: string | null, space: string): string {
    const element = id && document.getElementById(id)
    if (!element) return ""
    const tidy = (one: Element | null) => one?.textContent?.replace(/\s+/g, " ").trim() ?? ""
    // Of a figure, the cells before its grounds.
    const cells = element.querySelectorAll(":scope > :is(th, td):not(.grounded)")
    const said = cells.length ? [...cells].map(tidy).join(" · ") : tidy(element)
    const property = tidy(element.querySelector(":scope > .property"))
    const value = tidy(element.querySelector(":scope > .value"))
    // A row may be about the thing as the object, with dots in place of the subject.
    const [, rest] = property.match(/^…+\s*(.*)$/s) ?? []
    if (rest) return `${value}${space}${rest}`
    const subject = tidy(document.querySelector("main h1"))
    // A Chinese property may have dots for the other end too.
    const [before, after] = property.split("……")
    if (property) return [subject, before, value, after].filter(Boolean).join(space)
    return cells.length ? `${subject} · ${said}` : said
}
