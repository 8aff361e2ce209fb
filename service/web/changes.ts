// Rows of an answer that another view only changes: those with the same things and other numbers.

interface Row {
    element: () => HTMLTableRowElement
    key: string
}

/** A row in another view; `write` shows in a row of a table what its numbers were before. */
export interface Change<One extends Row> {
    after: One
    write: (shown: HTMLTableRowElement) => void
}

export interface Changes<One extends Row> {
    gained: One[]
    lost: One[]
    changed: Change<One>[]
}

interface Computed {
    names: Set<string>
    /** Their places among the cells of a row. */
    places: Set<number>
}

/**
 * Find pairs of gained and lost rows that differ only in what is computed: in columns of numbers, and
 * in those that the query makes with AS. `sections` have the answers before and after.
 */
export function findChanges<One extends Row>(
    gained: One[], lost: One[], sections: Element[], query: string,
): Changes<One> {
    const none = { gained, lost, changed: [] }
    const heads = sections.map(section => [...section.querySelectorAll<HTMLElement>(".shown th[data-name]")])
    const made = new Set([...query.matchAll(/\bAS\s+[?$](\w+)\s*\)/gi)].map(([, name]) => name!))
    const names = new Set(heads.flat().filter(({ dataset }) =>
        dataset.kind === "number" || made.has(dataset.name!)).map(({ dataset }) => dataset.name!))
    const places = new Set(heads[0]!.flatMap(({ dataset }, place) => names.has(dataset.name!) ? [place] : []))
    // Without another column, nothing tells which rows are the same.
    if (!places.size || places.size === heads[0]!.length) return none
    const [before, after] = [lost, gained].map(rows => byRest(rows, { names, places }))
    const changed: Change<One>[] = []
    const paired = new Set<One>()
    for (const [rest, row] of after!) {
        const old = before!.get(rest)
        if (!row || !old) continue
        changed.push({ after: row, write: shown => writeBefore(shown, old, places) })
        paired.add(row).add(old)
    }
    const alone = (row: One) => !paired.has(row)
    return { gained: gained.filter(alone), lost: lost.filter(alone), changed }
}

/** Rows by all that is not computed; undefined for what several have. */
function byRest<One extends Row>(rows: One[], computed: Computed): Map<string, One | undefined> {
    const found = new Map<string, One | undefined>()
    for (const row of rows) {
        const rest = restOf(row.key, computed)
        found.set(rest, found.has(rest) ? undefined : row)
    }
    return found
}

/** What a row says besides what is computed: its key is a binding in SPARQL JSON, or its cells. */
function restOf(key: string, { names, places }: Computed): string {
    const said = JSON.parse(key) as unknown[] | Record<string, unknown>
    const rest = Array.isArray(said) ? said.filter((_, place) => !places.has(place))
        : Object.entries(said).filter(([name]) => !names.has(name)).sort()
    return JSON.stringify(rest)
}

function writeBefore(shown: HTMLTableRowElement, old: Row, places: Set<number>): void {
    const cells = [...old.element().cells]
    for (const place of places) {
        const [cell, was] = [shown.cells[place], cells[place]?.textContent?.trim() ?? ""]
        if (!cell || cell.textContent?.trim() === was) continue
        const [gone, now] = [document.createElement("del"), document.createElement("ins")]
        gone.append(was || "–")
        now.append(...cell.childNodes)
        cell.append(gone, " → ", now)
    }
}
