// What drawings are made of: elements of SVG, and texts that fit.

const NAMESPACE = "http://www.w3.org/2000/svg"
// The width of a Latin letter, rather too wide than too narrow; a Chinese character has two.
const LETTER = 7.5
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/

/** The most letters of a name in a drawing of a graph. */
export const MAX_LETTERS = 26

/** Make an element with attributes and content. */
export function element<Name extends keyof SVGElementTagNameMap>(
    name: Name, attributes: Record<string, string | number> = {}, ...content: (Node | string)[]
): SVGElementTagNameMap[Name] {
    const made = document.createElementNS(NAMESPACE, name)
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
    made.append(...content)
    return made
}

export function widthOf(text: string): number {
    let letters = 0
    for (const character of text) letters += WIDE.test(character) ? 2 : 1
    return letters * LETTER
}

/** Cut a text to a number of Latin letters. */
export function cut(text: string, letters: number): string {
    if (widthOf(text) <= letters * LETTER) return text
    let [kept, width] = ["", LETTER]
    for (const character of text) {
        width += widthOf(character)
        if (width > letters * LETTER) break
        kept += character
    }
    return `${kept.trimEnd()}…`
}

/** The classes of an edge: its status, as a name or an IRI, and whether it is derived. */
export function edgeClasses(status: string | undefined, isDerived: boolean | undefined): string {
    const name = status?.split("#").at(-1)
    return `edge${name ? ` status-${name}` : ""}${isDerived ? " derived" : ""}`
}

/** An arrow head in the colour of its edge; `name` is its id. */
export function arrow(name: string): SVGMarkerElement {
    const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6 }
    return element("marker", { id: name, ...size, orient: "auto" },
        element("path", { d: "M0 0 8 4 0 8z", fill: "context-stroke" }))
}
