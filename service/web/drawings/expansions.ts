// What a reader has added to a drawing: the neighbours of things, with their places.

import { MAX_LETTERS, placeBlock } from "./columns"
import type { Block, Place } from "./columns"
import type { Neighbours, Statement } from "./neighbours"
import { cut } from "./svg"

/** The most neighbours that one step adds. */
const MAX_ADDED = 12

/** The place of a thing; the server draws those of level 0. */
export interface Drawn extends Place {
    level: number
}

/** What expanding a thing has added: the block of its new neighbours, and all its statements here. */
export interface Expansion {
    found: Neighbours
    block: Block
    shown: Statement[]
    /** The number of neighbours that are not drawn. */
    leftOut: number
}

export class Expansions {
    readonly #byThing = new Map<string, Expansion>()

    /** `drawn` has the things that the server draws; `start`, where each side begins. */
    constructor(
        readonly drawn: Map<string, Drawn>,
        private readonly start: Record<string, number>,
    ) {}

    get(iri: string): Expansion | undefined {
        return this.#byThing.get(iri)
    }

    /** All of them, in the order in which they were added. */
    entries(): [string, Expansion][] {
        return [...this.#byThing]
    }

    /** Add neighbours of a thing, and its statements about those of which `isNew` is true. */
    add(iri: string, found: Neighbours, isNew: (other: string) => boolean): Expansion | undefined {
        const around = this.drawn.get(iri)
        // While they were loaded, it may have been expanded or removed.
        if (!around || this.#byThing.has(iri)) return undefined
        const [known, news] = [true, false].map(is =>
            found.statements.filter(({ other }) => this.drawn.has(other) === is)) as [Statement[], Statement[]]
        const chosen = news.slice(0, MAX_ADDED)
        const members = chosen.map(({ other, predicate, relation }) => ({
            iri: other, text: cut(found.names.get(other) ?? other, MAX_LETTERS), predicate,
            relation: cut(relation, MAX_LETTERS),
        }))
        const level = around.level + 1
        const blocks = [...this.#byThing.values()].map(({ block }) => block)
        const block = placeBlock(around, level, this.start, members, blocks)
        for (const [other, place] of block.places) this.drawn.set(other, { ...place, level })
        const shown = [...chosen, ...known.filter(({ other }) => isNew(other))]
        const expansion = { found, block, shown, leftOut: news.length - chosen.length }
        this.#byThing.set(iri, expansion)
        return expansion
    }

    /** Remove the neighbours of a thing, and what was added to these. */
    remove(iri: string): void {
        const expansion = this.#byThing.get(iri)
        this.#byThing.delete(iri)
        for (const other of expansion?.block.places.keys() ?? []) {
            this.remove(other)
            this.drawn.delete(other)
        }
    }
}
