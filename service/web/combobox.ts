// A text field with a list of suggestions below it: the combobox of the ARIA Authoring Practices.

import { make } from "./pages"

export interface Suggestions {
    /** Suggest these elements, none of which need a role; none close the list. */
    show(options: HTMLElement[]): void
}

export interface Behaviour {
    /** Begins the ids of the list and its options; no other field of the page has it. */
    id: string
    /** Where the list stands; by default after the field. */
    place?: HTMLElement
    /** Called when someone has typed, but not while an input method still changes it. */
    typed: () => void
    /** Called when an option was chosen: with keys, or with a click. */
    chosen: (option: HTMLElement, click?: MouseEvent) => void
    /** Called when the list is closed, so that nothing opens it late. */
    closed?: () => void
}

/** Make a field a combobox; its `data-suggestions` names the list, and its `data-found` counts. */
export function makeCombobox(box: HTMLInputElement, behaviour: Behaviour): Suggestions {
    const { id, place, typed, chosen, closed } = behaviour
    const { suggestions, found } = box.dataset as Record<string, string>
    const list = make("ul", { id, role: "listbox", "aria-label": suggestions! })
    const status = make("p", { role: "status", class: "unseen" })
    list.hidden = true
    if (place) place.append(list, status)
    else box.after(list, status)
    const attributes = {
        role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
        "aria-controls": list.id, "aria-expanded": "false",
    }
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value)
    let active = -1

    function options(): HTMLElement[] {
        return [...list.children] as HTMLElement[]
    }

    function point(index: number): void {
        active = index
        options().forEach((one, number) => one.setAttribute("aria-selected", `${number === index}`))
        const pointed = options()[index]
        if (pointed) {
            box.setAttribute("aria-activedescendant", pointed.id)
            pointed.scrollIntoView({ block: "nearest" })
        } else box.removeAttribute("aria-activedescendant")
    }

    function show(several: HTMLElement[]): void {
        several.forEach((one, number) => {
            one.id = `${id}-${number}`
            one.role = "option"
        })
        list.replaceChildren(...several)
        list.hidden = !several.length
        box.setAttribute("aria-expanded", `${!list.hidden}`)
        status.textContent = several.length ? found!.replace("{}", `${several.length}`) : ""
        point(-1)
    }

    function close(): void {
        closed?.()
        show([])
    }

    function take(option: HTMLElement, click?: MouseEvent): void {
        chosen(option, click)
        if (!click) close()
    }

    box.addEventListener("input", event => {
        // What an input method still changes is no name yet.
        if (!(event as InputEvent).isComposing) typed()
    })
    box.addEventListener("compositionend", typed)
    box.addEventListener("keydown", event => {
        if (event.isComposing || list.hidden) return
        const count = options().length
        const pointed = options()[active]
        if (event.key === "ArrowDown") point(active + 1 < count ? active + 1 : -1)
        else if (event.key === "ArrowUp") point(active < 0 ? count - 1 : active - 1)
        else if (event.key === "Enter" && pointed) take(pointed)
        else if (event.key === "Escape") close()
        else return
        event.preventDefault()
    })
    box.addEventListener("blur", close)
    box.form?.addEventListener("submit", close)
    // The box keeps the focus, or else the list would be gone before the click.
    list.addEventListener("mousedown", event => event.preventDefault())
    list.addEventListener("click", event => {
        const option = (event.target as Element).closest<HTMLElement>("[role=option]")
        if (option) take(option, event)
    })
    return { show }
}
