// The graph of an answer of triples: things as boxes, statements between them as arrows.

import { choose, drawGraph } from "../drawings/graph"
import type { Graph } from "../drawings/graph"
import type { Drawn, Picture } from "./drawing"
import type { Cell } from "./rows"

/** Draw the triples between things; what is said of them in words stands in the table. */
export function drawTriples({ rows, at, title, addressOf }: Drawn): Picture | undefined {
    const nodes = new Map<string, Graph["nodes"][number]>()
    const edges: Graph["edges"] = []
    const [subject, predicate, object] = ["subject", "predicate", "object"].map(at)
    const isNode = (cell: Cell | undefined): cell is Cell => cell?.iri !== undefined
        || cell?.kind === "other" && cell.text.startsWith("_:")
    const add = (cell: Cell) => {
        const iri = cell.iri ?? cell.text
        const href = cell.iri === undefined ? {} : { href: addressOf(cell.iri) }
        nodes.set(iri, { iri, label: cell.text, ...href })
        return iri
    }
    for (const { cells } of rows) {
        const [from, relation, to] = [cells[subject!], cells[predicate!], cells[object!]]
        if (isNode(from) && isNode(to))
            edges.push({ subject: add(from), object: add(to), label: relation?.text ?? "" })
    }
    if (!edges.length) return undefined
    const graph = { nodes: [...nodes.values()], edges }
    return { svg: drawGraph(graph, title), count: choose(graph).edges.length }
}
