// The leaves of a proof: what would no longer hold without one of them, shown in its place.

import { loadPage, make } from "../pages"

const MOST_CHANGES = 20

/** Put a button at each leaf of the proofs of a page. */
export function offerFalling(words: Record<string, string>): void {
    let number = 0
    for (const link of document.querySelectorAll<HTMLAnchorElement>("ul.proof a.otherwise")) {
        const panel = make("div", { id: `falling-${++number}`, class: "falling" })
        panel.hidden = true
        const button = make("button", {
            type: "button",
            class: "plain falls",
            "aria-expanded": "false",
            "aria-controls": panel.id,
            "aria-describedby": link.getAttribute("aria-describedby") ?? "",
        }, words.without!)
        link.after(button)
        link.parentElement!.append(panel)
        let isLoaded = false
        button.addEventListener("click", () => {
            panel.hidden = !panel.hidden
            button.setAttribute("aria-expanded", `${!panel.hidden}`)
            if (isLoaded || panel.hidden) return
            isLoaded = true
            void show(panel, link, words).catch(() => {
                isLoaded = false
                location.assign(link.href)
            })
        })
    }
}

async function show(
    panel: HTMLElement, link: HTMLAnchorElement, words: Record<string, string>,
): Promise<void> {
    const status = make("p", { role: "status", class: "quiet" }, words.wait!)
    panel.append(status)
    const page = await loadPage(link.href)
    const all = make("a", { href: link.href, rel: "nofollow" }, words.all!)
    const lists = [...page.querySelectorAll("main section.changes")]
        .flatMap(section => readChanges(section, words))
    status.textContent = lists.length ? "" : words.nothing!
    status.hidden = lists.length > 0
    const last = make("p")
    last.append(all)
    panel.append(...lists, last)
}

/** Return the changes of a list that follow from the supposition, without their proofs. */
function readChanges(section: Element, words: Record<string, string>): HTMLElement[] {
    const items = [...section.querySelectorAll(":scope > .changed > li")]
    if (!items.length) return []
    const heading = section.querySelector("h2")!
    const region = make("section", { "aria-label": section.getAttribute("aria-label") ?? "" })
    const title = make("p")
    title.append(make("b", {}, heading.textContent!.replace(/\s+/g, " ").trim()))
    const list = make("ul", { class: "changed" })
    for (const item of items.slice(0, MOST_CHANGES)) {
        const copy = document.importNode(item, true)
        copy.querySelectorAll("details").forEach(one => one.remove())
        copy.querySelectorAll("[id]").forEach(one => one.removeAttribute("id"))
        list.append(copy)
    }
    // The count has also what is on further pages of the outcome.
    const count = Number(heading.querySelector(".outcome-count")?.textContent?.replace(/,/g, ""))
    const more = (count || items.length) - list.childElementCount
    if (more > 0) list.append(make("li", {}, words.more!.replace("{}", `${more}`)))
    region.append(title, list)
    return [region]
}
