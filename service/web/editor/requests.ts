// The request of a form as programs make it, with curl and with Python.

const ACCEPTED: Record<string, string> = {
    SELECT: "text/csv",
    ASK: "application/sparql-results+json",
}

// The query goes apart, and what a page shows of an answer is nothing to programs.
const OF_PAGES = new Set(["query", "cells", "show"])

/** The media type of an answer to a query: a table, a yes or no, or a graph. */
function accepted(query: string): string {
    const words = query.replace(/#[^\n]*|<[^<>\s]*>/g, " ").match(/\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b/i)
    return ACCEPTED[words?.[1]?.toUpperCase() ?? ""] ?? "text/turtle"
}

/** Return the query and the other parameters of a form that have a value. */
function parameters(form: HTMLFormElement): { query: string; others: [string, string][] } {
    const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const)
    const query = pairs.find(([name]) => name === "query")?.[1].trim() ?? ""
    // A query with a dataset of its own has no view.
    const isViewed = !/\bFROM\b/i.test(query)
    const others = pairs.filter(([name, value]) =>
        !OF_PAGES.has(name) && value && (isViewed || name !== "view")) as [string, string][]
    return { query, others }
}

export function asCurl(form: HTMLFormElement): string {
    const { query, others } = parameters(form)
    const options = others.map(pair => ` --data-urlencode '${pair.join("=").replaceAll("'", "'\\''")}'`)
    const address = new URL(form.action).origin + new URL(form.action).pathname
    return `curl ${address} -H "Accept: ${accepted(query)}"${options.join("")}`
        + ` --data-urlencode query@- <<'END'\n${query}\nEND`
}

export function asPython(form: HTMLFormElement): string {
    const { query, others } = parameters(form)
    const address = new URL(form.action).origin + new URL(form.action).pathname
    const text = /"""|"$/.test(query) ? JSON.stringify(query) : `r"""\n${query}\n"""`
    const pairs = others.map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    return `from urllib.parse import urlencode
from urllib.request import Request, urlopen

query = ${text}
body = urlencode({"query": query${pairs.join("")}}).encode()
request = Request("${address}", body, {"Accept": "${accepted(query)}"})
print(urlopen(request).read().decode())`
}

/** Write the request into a panel when it is opened, and whenever the form changes meanwhile. */
export function showRequests(form: HTMLFormElement, panel: HTMLDetailsElement): () => void {
    const [curl, python] = panel.querySelectorAll("code")
    const show = () => {
        if (!panel.open) return
        curl!.textContent = asCurl(form)
        python!.textContent = asPython(form)
    }
    panel.hidden = false
    panel.addEventListener("toggle", show)
    form.addEventListener("change", show)
    return show
}
