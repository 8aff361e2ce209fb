// The statuses of the rows in sight, which the service is asked for once one stops scrolling.

/** A row of the table: its terms in SPARQL JSON, and the cell of its status. */
export interface Line {
    binding: string
    cell: HTMLTableCellElement
}

/** The answer of the service, as far as it matters here. */
interface Support {
    rows: { complete: boolean; weakest?: { status: string; derived: boolean } }[]
    untraced: { kind: string }[]
}

const MILLISECONDS_OF_REST = 250
// The service takes no more at once.
const MOST_ROWS = 200
// A later request may succeed.
const PASSING = new Set([408, 429, 500, 502, 503, 504])
// What is not traced, but cannot be weaker than the triples that are.
const HARMLESS = "negation"
const CANNOT_BE_TOLD = "–"

/** Find the chip of a status, by its IRI, among those of a template. */
export function chipOf(
    written: HTMLTemplateElement | null, status: string, isDerived: boolean,
): Element | undefined {
    const name = status.slice(status.lastIndexOf("#") + 1)
    const look = `chip status-${name}${isDerived ? " derived" : ""}`
    return [...written?.content.children ?? []].find(({ className }) => className === look)
}

export class Statuses {
    /** The chip of each row by its terms; undefined where the status cannot be told. */
    private readonly known = new Map<string, Element | undefined>()
    private lines: Line[] = []
    private running: { rows: Set<string>; controller: AbortController } | undefined
    private timer = 0
    private isSomeKnown = false
    // No row of the query can be traced.
    private isHopeless = false

    /** `form` asks why a row is there; `written` has a chip for each status; `heading` heads them. */
    constructor(private readonly form: HTMLFormElement, private readonly written: HTMLTemplateElement,
                readonly heading: string) {
        for (const row of form.querySelectorAll<HTMLTableRowElement>("tbody tr")) this.read(row)
    }

    /** Ask for nothing more. */
    close(): void {
        clearTimeout(this.timer)
        this.lines = []
        this.running?.controller.abort()
    }

    /** Show the statuses of these rows that are known, and ask for the others before long. */
    show(lines: Line[]): void {
        this.lines = lines
        this.writeAll()
        if (!lines.some(({ binding }) => this.running?.rows.has(binding)))
            this.running?.controller.abort()
        this.wait()
    }

    private wait(): void {
        clearTimeout(this.timer)
        this.timer = setTimeout(() => void this.ask(), MILLISECONDS_OF_REST)
    }

    /** Ask for the rows in sight without a status, unless the service is being asked. */
    private async ask(): Promise<void> {
        const missing = new Set(this.lines.map(({ binding }) => binding)
            .filter(binding => !this.known.has(binding)).slice(0, MOST_ROWS))
        if (this.running || this.isHopeless || !missing.size) return
        this.running = { rows: missing, controller: new AbortController() }
        const { signal } = this.running.controller
        const isAnswered = await this.learn([...missing], signal).catch(() => false)
        this.running = undefined
        this.writeAll()
        // After a refusal, those who scroll on ask again.
        if (isAnswered || signal.aborted) this.wait()
    }

    /** Ask for the statuses of rows; return false if that is refused for now. */
    private async learn(rows: string[], signal: AbortSignal): Promise<boolean> {
        const fields = Object.fromEntries(new FormData(this.form))
        const response = await fetch(this.form.action, {
            method: "POST",
            headers: { "content-type": "application/json", accept: "application/json" },
            body: JSON.stringify({ ...fields, rows: rows.map(row => JSON.parse(row) as unknown) }),
            signal,
        })
        if (PASSING.has(response.status)) return false
        const support = response.ok ? await response.json() as Support : undefined
        this.isHopeless = !support?.untraced.every(({ kind }) => kind === HARMLESS)
        if (this.isHopeless) return true
        rows.forEach((row, index) => {
            const { complete, weakest } = support!.rows[index]!
            this.note(row, complete && weakest ? chipOf(this.written, weakest.status, weakest.derived) : undefined)
        })
        return true
    }

    /** Write what is known, in a column that is there once a status is known. */
    private writeAll(): void {
        this.form.querySelector("table")!.classList.toggle("lacks-statuses", !this.isSomeKnown)
        const explain = (name: string, isHidden: boolean) =>
            this.form.querySelector(`.statuses-${name}`)?.toggleAttribute("hidden", isHidden)
        explain("mean", !this.isSomeKnown)
        if (this.isSomeKnown) explain("lack", true)
        this.lines.forEach(line => this.write(line))
    }

    private write({ binding, cell }: Line): void {
        if (!this.known.has(binding) && !this.isHopeless) return
        const chip = this.known.get(binding)
        cell.replaceChildren(chip ? chip.cloneNode(true) : CANNOT_BE_TOLD)
    }

    /** Note the status of a row that the page came with. */
    private read(row: HTMLTableRowElement): void {
        const binding = row.querySelector<HTMLButtonElement>("[name=row]")?.value
        const cell = row.querySelector(".row-status")
        if (!binding || !cell) return
        this.note(JSON.stringify(JSON.parse(binding)), cell.querySelector(".chip") ?? undefined)
    }

    private note(binding: string, chip: Element | undefined): void {
        this.known.set(binding, chip)
        this.isSomeKnown ||= chip !== undefined
    }
}
