// Lists with facets: a choice shows the list of its address in place, without loading a whole page.

import { isAborted, loadPage, make, opensHere } from "./pages"

/** Parts of the page that depend on what is chosen, by name. */
function parts(page: Document): Map<string, HTMLElement> {
    const found = page.querySelectorAll<HTMLElement>("[data-part]")
    return new Map([...found].map(one => [one.dataset.part!, one]))
}

export function filterInPlace(list: HTMLElement): void {
    const status = make("p", { role: "status", class: "unseen" })
    list.after(status)
    let shown = addressOf(location.href)
    let pending: URL | undefined
    let request: AbortController | undefined

    document.addEventListener("click", event => {
        const link = (event.target as Element).closest<HTMLAnchorElement>(
            "[data-part] :is(.facets, .chosen, nav) a")
        if (!link || !opensHere(event)) return
        event.preventDefault()
        void go(target(link, pending), link)
    })
    addEventListener("popstate", () => {
        if (addressOf(location.href) !== shown) void go(new URL(location.href))
    })

    async function go(address: URL, link?: HTMLAnchorElement): Promise<void> {
        request?.abort()
        request = new AbortController()
        pending = address
        list.setAttribute("aria-busy", "true")
        try {
            const page = await loadPage(address, request.signal)
            if (!swap(page)) throw new Error("another kind of page")
            if (link) history.pushState(null, "", address)
            shown = addressOf(address.href)
            document.title = page.title
            pending = undefined
            if (link) focus(link)
        } catch (failure) {
            if (isAborted(failure)) return
            // The page itself says what is wrong.
            if (link) location.assign(address)
            else location.reload()
        }
        list.removeAttribute("aria-busy")
    }

    function swap(page: Document): boolean {
        const [olds, news] = [parts(document), parts(page)]
        if (olds.size !== news.size || [...olds.keys()].some(name => !news.has(name))) return false
        for (const [name, old] of olds) {
            const fresh = news.get(name)!
            keepOpen(old, fresh)
            old.className = fresh.className
            old.replaceChildren(...[...fresh.childNodes].map(node => document.importNode(node, true)))
        }
        status.textContent = list.querySelector("[data-total]")?.textContent?.trim() ?? ""
        return true
    }

    /** Move the focus to the same choice in the new list, or else to the head of the list. */
    function focus(link: HTMLAnchorElement): void {
        const value = link.dataset.value
        const same = value && list.querySelector<HTMLElement>(
            `.facets [data-value="${CSS.escape(value)}"]`)
        if (same) {
            for (let fold = same.closest("details"); fold; fold = fold.parentElement!.closest("details"))
                fold.open = true
            same.focus({ preventScroll: !!link.closest(".facets") })
            return
        }
        const head = list.querySelector<HTMLElement>("[data-total]")!
        head.tabIndex = -1
        head.focus({ preventScroll: true })
        if (link.closest("nav")) list.scrollIntoView()
    }
}

function addressOf(href: string): string {
    return href.split("#")[0]!
}

/** Return where a link leads, or, while another choice is on its way, that choice with this one. */
function target(link: HTMLAnchorElement, pending: URL | undefined): URL {
    const [facet, value] = (link.dataset.value ?? "").split(/=(.*)/s)
    if (!pending || !facet || value === undefined) return new URL(link.href)
    const both = new URL(pending)
    if (both.searchParams.has(facet, value)) both.searchParams.delete(facet, value)
    else both.searchParams.append(facet, value)
    both.searchParams.delete("page")
    return both
}

/** Open what the reader had opened in the list before: all facets, or the rest of one. */
function keepOpen(old: HTMLElement, fresh: HTMLElement): void {
    const name = (fold: Element) => fold.closest("fieldset")?.querySelector("legend")?.textContent ?? ""
    const opened = new Set([...old.querySelectorAll("details[open]")].map(name))
    for (const fold of fresh.querySelectorAll("details")) fold.open = opened.has(name(fold))
}
