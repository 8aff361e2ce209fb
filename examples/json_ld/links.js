// The Wikidata items that are the same as some things, with labels in both languages.
//
// node examples/json_ld/links.js http://127.0.0.1:8000 London ParisAgreement Lyon

const jsonld = require("jsonld");

async function main(service, ...names) {
  for (const name of names) {
    const thing = await jsonld.compact(`${service}/id/${name}`, `${service}/context.jsonld`);
    const items = (thing.exactMatch ?? []).filter((iri) => iri.startsWith("wd:"));
    console.log([thing.id, thing.label.en, thing.label.zh, ...items].join("\t"));
  }
}

main(...process.argv.slice(2));
