// All rows of an answer, which a worker holds.

import type { Answers, Load, Request, Said } from "./messages"
import type { Order, Row } from "./rows"

interface Waiting {
    resolve: (answer: never) => void
    reject: (error: Error) => void
}

/** `received` are the bytes of an answer that was cut off. */
export class Failure extends Error {
    constructor(reason: string, readonly received?: number) {
        super(reason)
    }
}

export class Source {
    private worker: Worker | undefined
    private readonly waiting = new Map<number, Waiting>()
    private last = 0
    private loaded: Promise<Answers["load"]> | undefined

    /** `report` is called with the bytes that have arrived. */
    constructor(private readonly address: string, private readonly request: Load,
                private readonly report: (bytes: number) => void) {}

    /** Load all rows, once; after a failure one can try again. */
    load(): Promise<Answers["load"]> {
        this.loaded ??= this.ask<Answers["load"]>(this.request).catch((error: unknown) => {
            this.loaded = undefined
            throw error
        })
        return this.loaded
    }

    async arrange(order: Order): Promise<number> {
        return (await this.ask<Answers["arrange"]>({ kind: "arrange", order })).count
    }

    rows(first: number, count: number): Promise<Row[]> {
        return this.ask({ kind: "rows", first, count })
    }

    /** Return all rows as a file of CSV, with a column of names before each column of things. */
    csv(): Promise<string> {
        return this.ask({ kind: "csv" })
    }

    /** Forget all rows, once nobody asks for any more. */
    close(): void {
        this.worker?.terminate()
    }

    private ask<Answer>(request: Request): Promise<Answer> {
        const worker = this.worker ??= this.start()
        const id = ++this.last
        return new Promise<Answer>((resolve, reject) => {
            this.waiting.set(id, { resolve, reject })
            worker.postMessage({ id, request })
        })
    }

    private start(): Worker {
        const worker = new Worker(this.address, { type: "module" })
        worker.addEventListener("message", ({ data }: MessageEvent<Said>) => this.hear(data))
        worker.addEventListener("error", event => {
            for (const { reject } of this.waiting.values()) reject(new Error(event.message))
        })
        return worker
    }

    private hear(said: Said): void {
        if ("bytes" in said) {
            this.report(said.bytes)
            return
        }
        const { resolve, reject } = this.waiting.get(said.id)!
        this.waiting.delete(said.id)
        if ("failure" in said) reject(new Failure(said.failure, said.received))
        else resolve(said.answer as never)
    }
}
