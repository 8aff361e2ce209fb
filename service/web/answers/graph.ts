// The graph of an answer: things as boxes, and the statements or links between them as arrows.

import { MAX_NODES, choose, drawGraph } from "../drawings/graph"
import type { Graph, GraphEdge } from "../drawings/graph"
import { edgeClasses, element } from "../drawings/svg"
import type { Drawn, Picture } from "./drawing"
import { findStatuses } from "./edge-statuses"
import { labelOf } from "./rows"
import type { Cell, Row } from "./rows"

/** Draw what the rows say of things; what they say in words and numbers stands in the table. */
export async function drawLinks(drawn: Drawn): Promise<Picture | undefined> {
    const { shape, say, title, chipOf } = drawn
    const { nodes, edges, rows, lacking } = readGraph(drawn)
    if (!edges.length) return undefined
    const statuses = await findStatuses(drawn, rows)
    edges.forEach((edge, index) => {
        const found = statuses[index]
        const standing = found && chipOf(found.status, found.derived)?.textContent
        if (standing) Object.assign(edge, found, { standing })
    })
    const shown = choose({ nodes, edges })
    const svg = drawGraph({ nodes, edges }, title)
    if (svg.ariaBusy) await new Promise(resolve => svg.addEventListener("drawn", resolve, { once: true }))
    const others = shape.links!.others.map(({ heading }) => heading)
    const [values, many, crowded] = [lacking, edges.length - shown.edges.length,
                                     svg.querySelectorAll(".crowded").length]
    const said = [
        say("drawnGraph", { count: shown.edges.length, things: shown.nodes.length }),
        values ? say("leftValues", { count: values }) : "",
        many ? say("leftMany", { count: many, most: MAX_NODES }) : "",
        others.length ? say("leftColumns", { columns: others.join(", ") }) : "",
        crowded ? say("leftLabels", { count: crowded }) : "",
    ]
    return { svg, said, legend: writeLegend(shown.edges, chipOf) }
}

interface ReadGraph extends Graph {
    /** The row of each edge. */
    rows: Row[]
    /** How many rows have a value in place of a thing. */
    lacking: number
}

/** Read the things and links of the rows, each once. */
function readGraph({ shape, rows, at, cells: shown, addressOf }: Drawn): ReadGraph {
    const { subject, relation, object } = shape.links!
    const nodes = new Map<string, Graph["nodes"][number]>()
    const isNode = (cell: Cell | undefined): cell is Cell => cell?.iri !== undefined
        || cell?.kind === "other" && cell.text.startsWith("_:")
    const add = (cell: Cell) => {
        const iri = cell.iri ?? cell.text
        const href = cell.iri === undefined ? {} : { href: addressOf(cell.iri) }
        nodes.set(iri, { iri, label: labelOf(cell, shown), ...href })
        return iri
    }
    const used = [subject, ...(relation ? [relation] : []), object].map(({ name }) => at(name))
    const linked = rows.filter(({ cells }) => isNode(cells[at(subject.name)]) && isNode(cells[at(object.name)]))
    const keyOf = ({ cells }: Row) => used.map(place => cells[place]?.iri ?? cells[place]?.text).join("\n")
    // Other columns may repeat a link.
    const once = [...new Map(linked.map(row => [keyOf(row), row])).values()]
    const edges = once.map(({ cells }) => ({
        subject: add(cells[at(subject.name)]!), object: add(cells[at(object.name)]!),
        label: relation ? labelOf(cells[at(relation.name)], shown) : "",
    }))
    return { nodes: [...nodes.values()], edges, rows: once, lacking: rows.length - linked.length }
}

/** The lines of the statuses in a graph, each with its chip. */
function writeLegend(edges: GraphEdge[], chipOf: Drawn["chipOf"]): HTMLElement {
    const legend = document.createElement("ul")
    const kinds = new Map(edges.filter(({ status }) => status)
        .map(({ status, derived }) => [edgeClasses(status, derived), { status, derived }]))
    for (const [look, { status, derived }] of [...kinds].sort()) {
        const chip = chipOf(status!, derived ?? false)
        const line = element("svg", { viewBox: "0 0 56 8", "aria-hidden": "true" },
            element("path", { class: look, d: "M1 4H55" }))
        const item = document.createElement("li")
        item.append(line, ...(chip ? [chip] : []))
        legend.append(item)
    }
    return legend
}
