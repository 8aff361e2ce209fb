// Saves a drawing as a file that looks as it does on the page.

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

/** Save the drawing as a file of SVG; `name` has no ending. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
    download(asBlob(svg), `${name}.svg`)
}

/** Save the drawing as a picture; `name` has no ending. */
export async function savePng(svg: SVGSVGElement, name: string): Promise<void> {
    const { width, height } = sizeOf(svg)
    const address = URL.createObjectURL(asBlob(svg))
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

/** Return the drawing as a document that needs no style sheet. */
function asBlob(svg: SVGSVGElement): Blob {
    const copy = svg.cloneNode(true) as SVGSVGElement
    const { width, height } = sizeOf(svg)
    copyStyles(svg, copy)
    copy.setAttribute("xmlns", SVG)
    copy.setAttribute("width", String(width))
    copy.setAttribute("height", String(height))
    copy.prepend(paper(svg, width, height))
    const text = new XMLSerializer().serializeToString(copy)
    return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`], { type: "image/svg+xml" })
}

/** The ground of the drawing: a viewer of files may have another one than the page. */
function paper(svg: SVGSVGElement, width: number, height: number): SVGRectElement {
    const rectangle = document.createElementNS(SVG, "rect")
    const box = svg.viewBox.baseVal
    const area = box?.width ? box : { x: 0, y: 0, width, height }
    for (const side of ["x", "y", "width", "height"] as const)
        rectangle.setAttribute(side, String(area[side]))
    rectangle.setAttribute("fill", groundOf(svg))
    return rectangle
}

/** Return the first colour behind an element that is not transparent. */
function groundOf(element: Element): string {
    for (let one: Element | null = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor
        if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour
    }
    return "white"
}

function sizeOf(svg: SVGSVGElement): { width: number; height: number } {
    const box = svg.viewBox.baseVal
    if (box?.width) return { width: box.width, height: box.height }
    return svg.getBoundingClientRect()
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
