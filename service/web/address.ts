// The address of a page, which says what a script shows, so that a link shows the same.

/** The links to the same page in another language or view. */
const TO_ITSELF = ".languages a, .views a"

/** Write parameters into the address and into the links of the page to itself; none takes one away. */
export function remember(shown: Record<string, string[]>, links = TO_ITSELF): void {
    history.replaceState(history.state, "", withParameters(location.href, shown))
    for (const link of document.querySelectorAll<HTMLAnchorElement>(links))
        if (new URL(link.href).pathname === location.pathname) link.href = withParameters(link.href, shown)
}

/** Write what follows the # of the address, and of these links. */
export function rememberFragment(fragment: string, links: string): void {
    const changed = (address: string) => Object.assign(new URL(address), { hash: fragment }).href
    history.replaceState(history.state, "", changed(location.href))
    for (const link of document.querySelectorAll<HTMLAnchorElement>(links)) link.href = changed(link.href)
}

function withParameters(address: string, shown: Record<string, string[]>): string {
    const url = new URL(address)
    for (const [name, values] of Object.entries(shown)) {
        url.searchParams.delete(name)
        for (const value of values) url.searchParams.append(name, value)
    }
    // People see the address, so that what may stand in it is not encoded.
    url.search = url.search.replace(/%3A/g, ":").replace(/%2F/g, "/")
    return url.href
}

/** The values of a parameter in the address. */
export function remembered(name: string): string[] {
    return new URLSearchParams(location.search).getAll(name)
}

/** The part of an IRI that names a thing among those of its kind. */
export function localName(iri: string): string {
    return iri.split(/[/#]/).at(-1) || iri
}
