// The saved questions beside the editor: found by words in any language, their values completed, and
// opened in a tab with these values bound. Lists and forms are those of the pages of questions.

import { completeField } from "../fields"
import type { Vocabulary } from "../vocabulary"

/** A query as the link of a question's page to the editor has it. */
interface Opened {
    query: string
    /** The view and the world, by the names of their parameters. */
    choice: Map<string, string>
}

async function fetchPage(address: string): Promise<Document> {
    const { lang } = document.documentElement
    const url = new URL(address, location.origin)
    url.searchParams.set("lang", lang)
    const answer = await fetch(url, { headers: { accept: "text/html" } })
    return new DOMParser().parseFromString(await answer.text(), "text/html")
}

/** Return what is said of each question in all languages, by its name. */
async function fetchTexts(): Promise<Map<string, string>> {
    const answer = await fetch("/queries", { headers: { accept: "application/json" } })
    const { queries } = (await answer.json()) as
        { queries: { name: string; question: Record<string, string> }[] }
    return new Map(queries.map(({ name, question }) =>
        [name, [name.replaceAll("-", " "), ...Object.values(question)].join(" ").toLowerCase()]))
}

const nameIn = (link: HTMLAnchorElement) =>
    decodeURIComponent(new URL(link.href).pathname.split("/").at(-1) ?? "")

/** Fill the panel when it is opened; `open` opens a question in the editor. */
export function offerQuestions(panel: HTMLDetailsElement, vocabulary: () => Vocabulary | undefined,
    open: (opened: Opened) => void): void {
    const part = <T extends HTMLElement>(selector: string) => panel.querySelector<T>(selector)!
    const [filter, list, chosen] = [part<HTMLInputElement>("input[type=search]"),
        part(".question-list"), part(".question-chosen")]
    const [heading, back] = [part("h2"), part<HTMLButtonElement>("button.back")]
    const status = part("[role=status]")
    const fields = part<HTMLFormElement>("form")
    const values = part(".question-values")
    const { words } = panel.dataset
    let texts: Map<string, string> | undefined
    let path = ""

    async function fill(): Promise<void> {
        if (texts) return
        texts = new Map()
        const [page, found] = await Promise.all([fetchPage("/queries"), fetchTexts()])
        texts = found
        const listed = [...page.querySelectorAll("main h2, main ul.questions")]
        list.replaceChildren(...listed.map(one => adopt(one)))
        sift()
    }

    /** Return a part of the page of questions as a part of this one. */
    function adopt(one: Element): Element {
        const isHeading = one.tagName === "H2"
        const adopted = isHeading ? document.createElement("h2") : document.importNode(one, true)
        if (isHeading) adopted.textContent = one.textContent
        for (const named of adopted.querySelectorAll("[id]")) named.removeAttribute("id")
        return adopted
    }

    /** Show the questions that have all words of the filter, and the topics that have such ones. */
    function sift(): void {
        const wanted = filter.value.toLowerCase().split(/\s+/).filter(word => word)
        let count = 0
        for (const topic of list.querySelectorAll<HTMLElement>("ul.questions")) {
            for (const item of topic.querySelectorAll<HTMLElement>("li")) {
                const link = item.querySelector("a")!
                const text = `${texts?.get(nameIn(link)) ?? ""} ${item.textContent?.toLowerCase()}`
                item.hidden = !wanted.every(word => text.includes(word))
                count += Number(!item.hidden)
            }
            topic.hidden = !topic.querySelector("li:not([hidden])")
            const name = topic.previousElementSibling
            if (name instanceof HTMLHeadingElement) name.hidden = topic.hidden
        }
        status.textContent = (words ?? "").replace("{}", String(count))
    }

    async function choose(link: HTMLAnchorElement): Promise<void> {
        path = new URL(link.href).pathname
        const page = await fetchPage(path)
        const asked = [...page.querySelectorAll("form.question .field")]
        if (asked.length === 0) return openFrom(page)
        values.replaceChildren(...asked.map(one => complete(document.importNode(one, true))))
        heading.textContent = page.querySelector("h1")?.textContent ?? ""
        show(true)
        values.querySelector("input")?.focus()
    }

    /** Have a field suggest names of things, as on the page of the question. */
    function complete(field: Element): Element {
        const input = field.querySelector("input")!
        completeField(input, async () => vocabulary())
        return field
    }

    function show(isChosen: boolean): void {
        chosen.hidden = !isChosen
        list.hidden = filter.parentElement!.hidden = isChosen
        chosen.querySelector(".alert")?.remove()
    }

    /** Open the question of a page, or show why it has none with such values. */
    function openFrom(page: Document): void {
        const failure = page.querySelector("main .alert")
        const link = page.querySelector<HTMLAnchorElement>("form.question a[href*='/sparql?']")
        chosen.querySelector(".alert")?.remove()
        if (failure || !link) {
            if (failure) fields.before(document.importNode(failure, true))
            return
        }
        const pairs = new URL(link.getAttribute("href")!, location.origin).searchParams
        const choice = new Map(["view", "world"].map(name => [name, pairs.get(name) ?? ""]))
        open({ query: (pairs.get("query") ?? "").replaceAll("\r\n", "\n"), choice })
        show(false)
    }

    panel.hidden = false
    panel.addEventListener("toggle", () => { if (panel.open) void fill() })
    filter.addEventListener("input", sift)
    list.addEventListener("click", event => {
        const link = (event.target as Element).closest("a")
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        void choose(link)
    })
    back.addEventListener("click", () => {
        show(false)
        filter.focus()
    })
    fields.addEventListener("submit", async event => {
        event.preventDefault()
        const given = new URLSearchParams([...new FormData(fields)] as [string, string][])
        openFrom(await fetchPage(`${path}?${given}`))
    })
}
