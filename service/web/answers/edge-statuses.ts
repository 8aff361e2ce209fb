// The statuses of the statements that a graph shows, as far as the release has them.

import type { Drawn } from "./drawing"
import type { Row } from "./rows"

export interface Found {
    status: string
    derived: boolean
}

interface Support {
    rows: { complete: boolean; weakest?: Found }[]
}

const QUERY = "SELECT ?subject ?predicate ?object { ?subject ?predicate ?object }"
// The service takes no more rows at once.
const ROWS_AT_ONCE = 200
const MOST_ROWS = 400
// A drawing without statuses is better than none.
const MILLISECONDS = 5_000

/** Find the status of the statement in each row; none if there are too many, or if it takes too long. */
export async function findStatuses(
    { shape, standing }: Drawn, rows: Row[],
): Promise<(Found | undefined)[]> {
    const { subject, relation, object } = shape.links!
    if (!standing || !relation || rows.length > MOST_ROWS) return []
    const statements = rows.map(({ binding }) => {
        const terms = JSON.parse(binding) as Record<string, unknown>
        return { subject: terms[subject.name], predicate: terms[relation.name], object: terms[object.name] }
    })
    const batches: unknown[][] = []
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
        batches.push(statements.slice(at, at + ROWS_AT_ONCE))
    const signal = AbortSignal.timeout(MILLISECONDS)
    const ask = (batch: unknown[]) => askFor(batch, standing, signal)
    return (await Promise.all(batches.map(ask)).catch(() => [])).flat()
}

async function askFor(
    rows: unknown[], standing: Record<string, string>, signal: AbortSignal,
): Promise<(Found | undefined)[]> {
    const response = await fetch("/sparql/support", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ query: QUERY, ...standing, rows }),
        signal,
    })
    if (!response.ok) return rows.map(() => undefined)
    return ((await response.json()) as Support).rows.map(({ weakest }) => weakest)
}
