// The order and the filter of the rows in the address: after its #, of which the service knows nothing.

import { rememberFragment } from "../address"
import type { Order } from "./rows"
import type { Column } from "./shape"

const [WORDS, SORT] = ["rows", "sort"]

/** Read the order from the address, as `#rows=words&sort=-column`. */
export function orderInAddress(columns: Column[]): Order {
    const said = new URLSearchParams(location.hash.slice(1))
    const [, sign, name] = /^(-?)(.*)$/s.exec(said.get(SORT) ?? "")!
    const column = columns.find(one => one.name === name)
    return {
        words: said.get(WORDS) ?? "", isDescending: sign === "-",
        ...(column ? { column: column.index } : {}),
    }
}

/** Write the order into the address, and into those that lead to the same answer. */
export function rememberOrder(order: Order, columns: Column[]): void {
    // The page of a query that does not fit into an address has none that leads to it.
    if (!location.search) return
    const column = columns.find(({ index }) => index === order.column)
    const said = new URLSearchParams()
    if (order.words.trim()) said.set(WORDS, order.words)
    if (column) said.set(SORT, `${order.isDescending ? "-" : ""}${column.name}`)
    rememberFragment(said.toString(), ":is(section.result [data-copied], .languages a)")
}
