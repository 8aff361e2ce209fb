// The cities of a network, and when it was founded.
//
// node examples/json_ld/members.js http://127.0.0.1:8000 C40

const jsonld = require("jsonld");

async function main(service, name) {
  // Framed: what the network refers to is nested in it, with labels.
  const network = await jsonld.frame(`${service}/id/${name}`, `${service}/frames/network.jsonld`);
  const founded = network.foundedOn?.["@value"] ?? "unknown";
  console.log(`${network.label.en} (founded: ${founded})`);
  for (const city of network.hasMember ?? []) {
    console.log(`- ${city.label.en}, ${city.label.zh}`);
  }
}

main(...process.argv.slice(2));
