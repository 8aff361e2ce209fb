// Moves a map and makes it larger: with buttons, keys, a wheel, a mouse or a finger.

import { make } from "../pages"
import type { Drawn } from "./drawing"

/** How the map is moved, in its own units, after it was made so many times as large. */
export interface Zoom {
    x: number
    y: number
    times: number
}

interface Size {
    width: number
    height: number
}

const [STEP, MOST_TIMES] = [1.5, 60]
// One turn of a wheel sends about 100 pixels.
const TIMES_PER_PIXEL = 1.003
// The part of the map by which an arrow key moves it.
const MOVE = 1 / 8

/**
 * Have `paint` draw the map again whenever it moves, and return its buttons.
 *
 * `paint` returns how many names have no room. `least` is the smallest size, of which 1 is the first.
 */
export function zoomable(
    svg: SVGSVGElement, size: Size, least: number, say: Drawn["say"], paint: (zoom: Zoom) => number,
): HTMLElement {
    let zoom: Zoom = { x: 0, y: 0, times: 1 }
    let isWaiting = false
    const hint = make("span", { class: "quiet" })
    const draw = () => {
        isWaiting = false
        const left = paint(zoom)
        hint.textContent = left ? say("leftNames", { count: left }) : ""
        svg.classList.toggle("is-zoomed", zoom.times > 1)
    }
    const show = ({ x, y, times }: Zoom) => {
        zoom = { times, x: hold(x, size.width, times), y: hold(y, size.height, times) }
        if (!isWaiting) requestAnimationFrame(draw)
        isWaiting = true
    }
    const move = (right: number, down: number) => show({ ...zoom, x: zoom.x + right, y: zoom.y + down })
    /** Make the map so many times larger around a point of it. */
    const enlarge = (by: number, x = size.width / 2, y = size.height / 2) => {
        const times = Math.min(MOST_TIMES, Math.max(Math.min(1, least), zoom.times * by))
        const share = times / zoom.times
        show({ times, x: x - (x - zoom.x) * share, y: y - (y - zoom.y) * share })
        return share !== 1
    }
    const restore = () => show({ x: 0, y: 0, times: 1 })
    svg.setAttribute("tabindex", "0")
    listen(svg, size, { move, enlarge, restore })
    draw()
    const button = (key: string, work: () => void) => {
        const made = make("button", { type: "button" }, say(key))
        made.addEventListener("click", work)
        return made
    }
    const tools = make("p", { class: "actions of-map" })
    tools.append(
        button("mapIn", () => enlarge(STEP)), button("mapOut", () => enlarge(1 / STEP)),
        button("mapWhole", restore), make("span", { class: "quiet" }, say("mapKeys")), hint)
    return tools
}

/** Keep a place of the map in sight: at most half of what is shown is empty. */
function hold(moved: number, length: number, times: number): number {
    const [least, most] = [Math.min(0, length * (1 - times)), Math.max(0, length * (1 - times))]
    const room = times > 1 ? 0 : length / 4
    return Math.min(most + room, Math.max(least - room, moved))
}

interface Moves {
    move: (right: number, down: number) => void
    enlarge: (by: number, x?: number, y?: number) => boolean
    restore: () => void
}

function listen(svg: SVGSVGElement, size: Size, { move, enlarge, restore }: Moves): void {
    const [right, down] = [size.width * MOVE, size.height * MOVE]
    const keys: Record<string, () => void> = {
        "+": () => enlarge(STEP), "=": () => enlarge(STEP), "-": () => enlarge(1 / STEP), "0": restore,
        ArrowLeft: () => move(right, 0), ArrowRight: () => move(-right, 0),
        ArrowUp: () => move(0, down), ArrowDown: () => move(0, -down),
    }
    // Pixels of the page are not those of the map.
    const units = () => size.width / (svg.clientWidth || size.width)
    svg.addEventListener("keydown", event => {
        const work = keys[event.key]
        if (!work || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        work()
    })
    svg.addEventListener("wheel", event => {
        const box = svg.getBoundingClientRect()
        const [x, y] = [(event.clientX - box.left) * units(), (event.clientY - box.top) * units()]
        // When the map is as large or small as it can be, the page scrolls.
        if (enlarge(TIMES_PER_PIXEL ** -event.deltaY, x, y)) event.preventDefault()
    }, { passive: false })
    svg.addEventListener("pointerdown", event => {
        if (event.button === 0) svg.setPointerCapture(event.pointerId)
    })
    svg.addEventListener("pointermove", event => {
        if (svg.hasPointerCapture(event.pointerId))
            move(event.movementX * units(), event.movementY * units())
    })
}
