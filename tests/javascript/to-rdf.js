// JSON-LD documents, one a line -> what jsonld.js makes of them, N-Quads as a JSON string a line.
//
// node to-rdf.js FOLDER CONTEXT ADDRESS < documents: FOLDER has the modules, and CONTEXT is the file
// of the only document that is loaded, at ADDRESS.

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");

const [folder, file, address] = process.argv.slice(2);
const jsonld = createRequire(`${folder}/`)("jsonld");
const context = JSON.parse(readFileSync(file, "utf8"));

const documentLoader = async (url) => {
  if (url !== address) throw new Error(`nothing else is loaded: ${url}`);
  return { contextUrl: null, documentUrl: url, document: context };
};

(async () => {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const options = { format: "application/n-quads", documentLoader };
    console.log(JSON.stringify(await jsonld.toRDF(JSON.parse(line), options)));
  }
})();
