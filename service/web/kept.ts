// What this browser keeps: in its local storage, or where it refuses that, as long as the page is
// there. It is saved as a file, and read from one.

const refused = new Map<string, string>()

/** The value under a key; undefined if there is none, or none that can be read. */
export function readKept(key: string): unknown {
    try {
        return JSON.parse(refused.get(key) ?? localStorage.getItem(key) ?? "null") ?? undefined
    } catch {
        return undefined
    }
}

/** Keep a value under a key. */
export function keep(key: string, value: unknown): void {
    const text = JSON.stringify(value)
    try {
        localStorage.setItem(key, text)
        refused.delete(key)
    } catch {
        refused.set(key, text)
    }
}

export function forget(key: string): void {
    refused.delete(key)
    try {
        localStorage.removeItem(key)
    } catch {
        // Then it has kept nothing.
    }
}

/** The entries of a list that have a query; none if this is no list. */
export function withQueries<T extends { query: string }>(list: unknown): T[] {
    if (!Array.isArray(list)) return []
    return list.filter((one): one is T =>
        typeof one === "object" && one !== null && typeof (one as T).query === "string")
}

/** Save a value as a file of JSON with this name. */
export function saveFile(name: string, value: unknown): void {
    const link = document.createElement("a")
    const file = new Blob([JSON.stringify(value, null, 2)], { type: "application/json" })
    link.href = URL.createObjectURL(file)
    link.download = name
    link.click()
    URL.revokeObjectURL(link.href)
}

/** Have the reader choose a file, and return what it says in JSON; undefined if it says nothing. */
export function chooseFile(): Promise<unknown> {
    const field = document.createElement("input")
    field.type = "file"
    field.accept = "application/json,.json"
    return new Promise(resolve => {
        field.addEventListener("change", async () => {
            try {
                resolve(JSON.parse((await field.files?.[0]?.text()) ?? ""))
            } catch {
                resolve(undefined)
            }
        })
        field.click()
    })
}
