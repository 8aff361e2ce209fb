// Other pages of the service, of which a script shows a part.

/** Load the page that a link leads to, in the language of the link or else of the browser. */
export async function loadPage(address: string | URL, signal?: AbortSignal): Promise<Document> {
    const response = await fetch(address, { headers: { Accept: "text/html" }, signal: signal ?? null })
    if (!response.ok) throw new Error(`${response.status} ${address}`)
    return new DOMParser().parseFromString(await response.text(), "text/html")
}

/** Return whether a failure only says that nobody waits for a page any more. */
export function isAborted(failure: unknown): boolean {
    return failure instanceof DOMException && failure.name === "AbortError"
}

/** Return whether a click should open a link here, not in another tab or window. */
export function opensHere(event: MouseEvent): boolean {
    return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
}

/** Make an element with these attributes and this text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
    name: Name, attributes: Record<string, string> = {}, text = "",
): HTMLElementTagNameMap[Name] {
    const element = document.createElement(name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    element.textContent = text
    return element
}

/** Put values in place of their names in braces. */
export function fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Tell other scripts of an answer that has come to stand on the page. */
export function announceAnswer(result: Element): void {
    // The page may have had no answer before, and so no script that shows one.
    const script = result.querySelector<HTMLScriptElement>("script[src]")
    if (script) void import(script.src)
    result.dispatchEvent(new CustomEvent("glocal:answer", { bubbles: true }))
}
