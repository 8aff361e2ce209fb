// Bundles the scripts of the pages: `node build.js FOLDER`, with the packages in ../../.venv/web.
//
// Each file has a hash of its content in its name; manifest.json has the names by entry.
// Prints the bytes that a reader loads for each entry, compressed by gzip, and fails above its bound.

import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join, resolve } from "node:path"
import { gzipSync } from "node:zlib"

const here = import.meta.dirname
const packages = resolve(here, "../../.venv/web/node_modules")
const { buildSync } = createRequire(join(packages, "/"))("esbuild")
const maxKilobytes = { reading: 40, editor: 250, answers: 20, "answers-worker": 10 }
const folder = resolve(process.argv[2] ?? join(here, "bundle"))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
// The licences of the packages demand that their texts go with them.
const locked = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8")).packages
const texts = Object.keys(locked).filter(path => path && !locked[path].dev).map(path =>
    `${path.replace("node_modules/", "")}\n\n` +
    readFileSync(join(packages, "..", path, "LICENSE"), "utf8").trim())
const licences = texts.join(`\n\n${"-".repeat(72)}\n\n`)
const hash = createHash("sha256").update(licences).digest("hex").slice(0, 8)
writeFileSync(join(folder, `licences.${hash}.txt`), licences)

const { outputs } = buildSync({
    absWorkingDir: here,
    entryPoints: Object.keys(maxKilobytes).map(name => `${name}.ts`),
    outdir: folder,
    entryNames: "[name].[hash]",
    chunkNames: "chunk.[hash]",
    nodePaths: [packages],
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2023",
    charset: "utf8",
    banner: { js: `// Licences of the packages in this file: /assets/licences.${hash}.txt` },
    minify: true,
    metafile: true,
}).metafile

const manifest = {}
for (const [path, { entryPoint }] of Object.entries(outputs))
    if (entryPoint) manifest[basename(entryPoint, ".ts")] = basename(path)
writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`)

// What an entry loads at once: itself and all that it imports, but not what it imports later.
const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]))
function loaded(name, found = new Set()) {
    if (found.has(name)) return found
    found.add(name)
    for (const { path, kind } of byName.get(name).imports)
        if (kind === "import-statement") loaded(basename(path), found)
    return found
}
for (const [entry, most] of Object.entries(maxKilobytes)) {
    const files = [...loaded(manifest[entry])].map(name => readFileSync(join(folder, name)))
    const kilobytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0) / 1000
    console.log(`${entry}: ${kilobytes.toFixed(1)} kB of at most ${most} kB`)
    if (kilobytes > most) process.exitCode = 1
}
