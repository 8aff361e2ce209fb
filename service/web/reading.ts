// Every page: the button that changes between the light and the dark scheme; what some pages have
// besides is loaded by them alone.

const button = document.querySelector<HTMLButtonElement>("button.scheme")
const root = document.documentElement
const system = matchMedia("(prefers-color-scheme: dark)")
const key = "glocal.scheme"

/** The scheme that a reader chose; browsers may refuse to keep anything. */
function chosen(): string | null {
    try {
        return localStorage.getItem(key)
    } catch {
        return null
    }
}

function keep(scheme: string): void {
    try {
        localStorage.setItem(key, scheme)
    } catch {
        // It lasts for this page alone.
    }
}

/** Show a scheme, by default that of the system, and name the other one on the button. */
function show(scheme: string | null): void {
    if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme
    const isDark = root.dataset.scheme ? root.dataset.scheme === "dark" : system.matches
    if (button) button.textContent = (isDark ? button.dataset.light : button.dataset.dark) ?? ""
}

show(chosen())
system.addEventListener("change", () => show(null))
if (button) {
    button.hidden = false
    button.addEventListener("click", () => {
        const isDark = root.dataset.scheme ? root.dataset.scheme === "dark" : system.matches
        const other = isDark ? "light" : "dark"
        keep(other)
        show(other)
    })
}

// What else a page has is loaded when the page is there.
const search = document.querySelector<HTMLInputElement>("form[role=search] input[name=q]")
if (search?.form) {
    const { form } = search
    void import("./suggest").then(({ suggest }) => suggest(form, search))
}
const completed = document.querySelectorAll<HTMLInputElement>("main input[data-suggestions]")
if (completed.length)
    void import("./fields").then(({ completeField }) => completed.forEach(box => completeField(box)))
const filtered = document.querySelector<HTMLElement>("[data-part=list]")
if (filtered) void import("./facets").then(({ filterInPlace }) => filterInPlace(filtered))
const basket = document.querySelector<HTMLElement>("aside.basket")
if (basket) void import("./suppositions/basket").then(({ keepBasket }) => keepBasket(basket))
const rowFilter = document.querySelector<HTMLElement>(".row-filter")
if (rowFilter) void import("./row-filter").then(({ filterRows }) => filterRows(rowFilter))
const proofs = document.querySelector<HTMLElement>("[data-without]")
if (proofs) {
    const words = proofs.dataset as Record<string, string>
    void import("./suppositions/falling").then(({ offerFalling }) => offerFalling(words))
}
// Pages with an answer that may be asked for in another view.
const choices = document.querySelector<HTMLFormElement>("form:has(.choices)")
function offerViews(): void {
    const changes = document.querySelector<HTMLElement>(".view-changes")
    if (!choices || !changes) return
    // A reader may choose another view before the script has come.
    const shown = new FormData(choices)
    void import("./views").then(({ switchViews }) => switchViews(choices, changes, shown))
}
offerViews()
document.addEventListener("glocal:answer", offerViews)

for (const figure of document.querySelectorAll<HTMLElement>(".neighbourhood"))
    void import("./drawings/neighbourhood").then(({ enliven }) => enliven(figure))

if (document.querySelector(".proven"))
    void import("./proofs").then(({ enliven }) => enliven(document.body))
