// Calls of jsonld.js with its own document loader: one a line, [function, ...arguments], and the
// result of each a line.
//
// node call.js FOLDER < calls: FOLDER has the modules.

const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const jsonld = createRequire(`${process.argv[2]}/`)("jsonld");

(async () => {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const [name, ...rest] = JSON.parse(line);
    console.log(JSON.stringify(await jsonld[name](...rest)));
  }
})();
