// Proofs on a page: each as a tree or as a drawing, one after the other, and what they share folded.
// Of the proofs of one statement, the address has the number and the display.

import { remember, remembered } from "./address"

// Where there is no room for drawings, style sheets hide the tabs.
const narrow = matchMedia("(max-width: 40rem)")

type Select = (index: number) => void

/** Show each proof as a tree or as a drawing; of several, show one at a time. */
export function enliven(main: HTMLElement): void {
    const walked = main.querySelector<HTMLElement>(".walked")
    for (const proven of main.querySelectorAll<HTMLElement>(".proven"))
        if (!walked?.contains(proven)) addTabs(proven)
    if (walked) addCommonTabs(walked)
    const proofs = [...walked?.querySelectorAll<HTMLElement>(":scope > section") ?? []]
    if (walked && proofs.length > 1) walk(walked, proofs)
    // A box of a drawing leads to its step in the tree, even if one has been there before.
    main.addEventListener("click", event => {
        const link = (event.target as Element).closest<HTMLAnchorElement>("a[href^='#']")
        if (link) uncover(link.getAttribute("href")!)
    })
    addEventListener("hashchange", () => uncover(location.hash))
    uncover(location.hash)
}

/** Show the proof and the tree in which the target of a link stands. */
function uncover(hash: string): void {
    const target = document.getElementById(decodeURIComponent(hash.slice(1)))
    if (target?.closest(".proven")) target.dispatchEvent(new Event("shown", { bubbles: true }))
}

/** Show all proofs of a statement in the same way. */
function addCommonTabs(walked: HTMLElement): void {
    const all: Select[] = []
    const choose = (index: number) => {
        for (const select of all) select(index)
        remember({ show: index ? ["drawing"] : [] })
    }
    for (const proven of walked.querySelectorAll<HTMLElement>(".proven")) {
        const select = addTabs(proven, choose)
        if (select) all.push(select)
    }
    if (remembered("show").includes("drawing") && !narrow.matches) for (const select of all) select(1)
}

/** Make the tabs of a proof, and return what selects one; `choose` is called instead if one is chosen. */
function addTabs(proven: HTMLElement, choose?: Select): Select | undefined {
    const [drawing, tree] = proven.querySelectorAll<HTMLElement>(":scope > [data-tab]")
    // A proof of one step has no drawing.
    if (!drawing?.firstElementChild || !tree) return undefined
    const list = document.createElement("div")
    list.className = "tabs"
    list.role = "tablist"
    list.ariaLabel = proven.dataset.name!
    const panels = [tree, drawing]
    const tabs = panels.map((panel, index) => {
        const tab = document.createElement("button")
        panel.id ||= `${tree.querySelector("[id]")?.id}-panel-${index}`
        panel.role = "tabpanel"
        Object.assign(tab, { type: "button", id: `${panel.id}-tab`, role: "tab", textContent: panel.dataset.tab })
        tab.setAttribute("aria-controls", panel.id)
        panel.setAttribute("aria-labelledby", tab.id)
        tab.addEventListener("click", () => (choose ?? select)(index))
        return tab
    })
    list.append(...tabs)
    list.addEventListener("keydown", event => {
        const from = tabs.indexOf(event.target as HTMLButtonElement)
        const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: -1 }[event.key]
        if (to === undefined) return
        event.preventDefault()
        const index = (to + tabs.length) % tabs.length
        tabs[index]!.focus()
        tabs[index]!.click()
    })
    proven.prepend(list)
    tree.addEventListener("shown", () => (choose ?? select)(0))
    narrow.addEventListener("change", () => { if (narrow.matches) select(0) })
    select(0)
    return select

    function select(chosen: number): void {
        for (const [index, tab] of tabs.entries()) {
            tab.ariaSelected = String(index === chosen)
            tab.tabIndex = index === chosen ? 0 : -1
            panels[index]!.hidden = index !== chosen
        }
    }
}

/** Show one of several proofs, with buttons to the others. */
function walk(walked: HTMLElement, proofs: HTMLElement[]): void {
    const words = walked.dataset
    const place = document.createElement("p")
    place.role = "status"
    const buttons = [words.previous!, words.next!].map((name, index) => {
        const button = document.createElement("button")
        Object.assign(button, { type: "button", textContent: name })
        button.addEventListener("click", () => {
            // The step that the address leads to is one of another proof.
            if (location.hash) history.replaceState(history.state, "", location.pathname + location.search)
            walkTo(shown + (index ? 1 : -1))
        })
        return button
    })
    const bar = document.createElement("div")
    bar.className = "actions"
    bar.append(...buttons, place, foldBox(walked, proofs))
    walked.prepend(bar)
    for (const [index, proof] of proofs.entries()) proof.addEventListener("shown", () => walkTo(index))
    let shown = 0
    const first = Number(remembered("proof")[0]) - 1
    show(proofs[first] ? first : 0)

    function walkTo(index: number): void {
        show(index)
        remember({ proof: shown ? [String(shown + 1)] : [] })
    }

    function show(index: number): void {
        shown = (index + proofs.length) % proofs.length
        for (const [each, proof] of proofs.entries()) proof.hidden = each !== shown
        place.textContent = words.number!.replace("{}", String(shown + 1)).replace("[]", String(proofs.length))
    }
}

/** The box that folds the steps that an earlier proof has, with all that they rest on. */
function foldBox(walked: HTMLElement, proofs: HTMLElement[]): HTMLLabelElement {
    const box = document.createElement("input")
    box.type = "checkbox"
    box.addEventListener("change", () => {
        for (const one of walked.querySelectorAll(".repeated")) one.remove()
        for (const one of walked.querySelectorAll<HTMLElement>(".proof [hidden]")) one.hidden = false
        if (box.checked) fold(proofs, walked.dataset.folded!)
    })
    const label = document.createElement("label")
    label.append(box, ` ${walked.dataset.fold}`)
    return label
}

function fold(proofs: HTMLElement[], folded: string): void {
    const seen = new Map<string, { proof: number; id: string }>()
    for (const [proof, section] of proofs.entries())
        for (const step of section.querySelectorAll<HTMLElement>(".proof li[id]")) {
            // What is within a folded step is hidden with it.
            if (step.closest("[hidden]:not(section)")?.closest(".proof")) continue
            const key = keyOf(step)
            const first = seen.get(key)
            if (!first) seen.set(key, { proof: proof + 1, id: step.id })
            else if (first.proof !== proof + 1) {
                for (const part of step.querySelectorAll<HTMLElement>(":scope > :not(.says)")) part.hidden = true
                const link = document.createElement("a")
                Object.assign(link, { className: "repeated quiet", href: `#${first.id}` })
                link.textContent = folded.replace("{}", String(first.proof))
                step.append(link)
            }
        }
}

/** What a step says with all that it rests on: two steps with the same are the same. */
function keyOf(step: HTMLElement): string {
    const names = [...step.querySelectorAll(".says")].map(one => one.getAttribute("title"))
    return `${names.join("\n")}\n${step.textContent!.replace(/\s+/g, " ")}`
}
