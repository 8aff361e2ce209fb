// Who claims what about a thing, and on which page.
//
// node examples/json_ld/claims.js http://127.0.0.1:8000 GlobalCity

const jsonld = require("jsonld");

async function main(service, name) {
  // Each statement stands in the graph that says who says so: its evidence.
  const address = `${service}/data/id/${name}.jsonld?evidence=1`;
  const thing = await jsonld.compact(address, `${service}/context.jsonld`);
  const nodes = new Map([thing, ...thing.included].map((node) => [node.id, node]));

  // The label of a thing, in English if it has one; any other value is its own.
  const label = (name) => {
    const labels = nodes.get(name)?.label ?? {};
    return labels.en ?? Object.values(labels)[0] ?? String(name);
  };

  for (const claim of nodes.values()) {
    if (claim.hasStatus !== "glocal:Claim" || !claim.graph) continue;
    const holders = claim.heldBy.map(label).join(", ");
    const pages = claim.fromPassage.map((passage) => nodes.get(passage).page).join(", ");
    for (const { id, ...statement } of claim.graph) {
      for (const [key, values] of Object.entries(statement)) {
        for (const value of [values].flat()) {
          const words = [label(id), label(`glocal:${key}`), label(value)];
          console.log(`${holders}, page ${pages}: ${words.join(" ")}`);
        }
      }
    }
  }
}

main(...process.argv.slice(2));
