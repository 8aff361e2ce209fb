// Saves a drawing, with its legend below it, as a file that looks as it does on the page.

import { element, widthOf } from "./svg"

// What the style sheet of the pages may say of a part of a drawing, as attributes of SVG.
const PROPERTIES = [
    "display", "visibility", "color", "opacity", "fill", "fill-opacity", "stroke", "stroke-width",
    "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "paint-order",
    "font-family", "font-size", "font-style", "font-weight", "font-variant", "text-anchor",
    "dominant-baseline", "letter-spacing", "vector-effect", "stop-color",
]
// Those that are not inherited, with their values where no rule says another one.
const OF_ONE_ELEMENT = new Map([
    ["display", "inline"], ["opacity", "1"], ["dominant-baseline", "auto"],
    ["vector-effect", "none"], ["stop-color", "rgb(0, 0, 0)"],
])
const SVG = "http://www.w3.org/2000/svg"
// Points of the picture for each point of the page.
const DENSITY = 2
// Between the entries of a legend, and from one of its lines to the next.
const [GAP, LINE] = [16, 26]

/** Save the drawing as a file of SVG; `name` has no ending, `legend` is a list of lines and chips. */
export function saveSvg(svg: SVGSVGElement, legend: Element, name: string): void {
    download(asBlob(copyOf(svg, legend)), `${name}.svg`)
}

/** Save the drawing as a picture; `name` has no ending. */
export async function savePng(svg: SVGSVGElement, legend: Element, name: string): Promise<void> {
    const copy = copyOf(svg, legend)
    const [width, height] = [copy.width, copy.height].map(length => length.baseVal.value) as [number, number]
    const address = URL.createObjectURL(asBlob(copy))
    try {
        const image = new Image(width, height)
        image.src = address
        await image.decode()
        const canvas = document.createElement("canvas")
        canvas.width = Math.round(width * DENSITY)
        canvas.height = Math.round(height * DENSITY)
        canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height)
        const picture = await new Promise<Blob | null>(done => canvas.toBlob(done, "image/png"))
        if (!picture) throw new Error("The picture is too large.")
        download(picture, `${name}.png`)
    } finally {
        URL.revokeObjectURL(address)
    }
}

function asBlob(svg: SVGSVGElement): Blob {
    const text = new XMLSerializer().serializeToString(svg)
    return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`], { type: "image/svg+xml" })
}

/** Return the drawing and its legend as one drawing that needs no style sheet. */
function copyOf(svg: SVGSVGElement, legend: Element): SVGSVGElement {
    const copy = svg.cloneNode(true) as SVGSVGElement
    copyStyles(svg, copy)
    const { x, y, width, height } = areaOf(svg)
    const { lines, height: below } = writeLegend(legend, x, y + height, width)
    const whole = { x, y, width, height: height + below }
    copy.setAttribute("xmlns", SVG)
    copy.setAttribute("width", String(whole.width))
    copy.setAttribute("height", String(whole.height))
    copy.setAttribute("viewBox", Object.values(whole).join(" "))
    // A viewer of files may have another ground than the page.
    copy.prepend(element("rect", { ...whole, fill: groundOf(svg) }))
    copy.append(lines)
    return copy
}

/** Write the entries of a legend side by side as far as there is room; a margin is above and below. */
function writeLegend(
    legend: Element, left: number, top: number, width: number,
): { lines: SVGGElement; height: number } {
    const lines = element("g")
    let [x, y] = [left + GAP, top + LINE]
    for (const item of legend.children) {
        const name = item.textContent!.trim()
        const [line, chip] = [item.querySelector("svg")!, item.querySelector(".chip") ?? item]
        const needed = line.viewBox.baseVal.width + widthOf(name) + 2 * GAP
        if (x > left + GAP && x + needed > left + width) [x, y] = [left + GAP, y + LINE]
        const sample = element("g", { transform: `translate(${x} ${y - 8})` })
        for (const part of line.children) {
            const copy = part.cloneNode(true) as Element
            copyStyles(part, copy)
            sample.append(copy)
        }
        const style = getComputedStyle(chip)
        lines.append(sample, element("text", {
            x: x + line.viewBox.baseVal.width + GAP / 2, y, fill: style.color,
            "font-family": style.fontFamily, "font-size": 13, "font-weight": style.fontWeight,
        }, name))
        x += needed
    }
    return { lines, height: legend.children.length ? y - top + LINE : 0 }
}

/** Return the first colour behind an element that is not transparent. */
function groundOf(element: Element): string {
    for (let one: Element | null = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor
        if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour
    }
    return "white"
}

/** The part of the plane that the drawing shows. */
function areaOf(svg: SVGSVGElement): { x: number; y: number; width: number; height: number } {
    const box = svg.viewBox.baseVal
    const { x, y, width, height } = box?.width ? box : svg.getBoundingClientRect()
    return box?.width ? { x, y, width, height } : { x: 0, y: 0, width, height }
}

/** Write as attributes how each part of a drawing looks; the copy has the same parts. */
function copyStyles(from: Element, to: Element): void {
    const style = getComputedStyle(from)
    const outer = from instanceof SVGSVGElement ? undefined : getComputedStyle(from.parentElement!)
    for (const property of PROPERTIES) {
        const value = style.getPropertyValue(property)
        // What no rule says need not be repeated.
        const usual = OF_ONE_ELEMENT.get(property) ?? outer?.getPropertyValue(property)
        if (value && (value !== usual || from.hasAttribute(property))) to.setAttribute(property, value)
    }
    to.removeAttribute("class")
    to.removeAttribute("tabindex")
    for (let index = 0; index < from.children.length; index++)
        copyStyles(from.children[index]!, to.children[index]!)
}

/** Have the browser save a file. */
export function download(blob: Blob, name: string): void {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
