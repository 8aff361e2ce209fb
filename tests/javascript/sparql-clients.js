// What sparql-http-client and Comunica get from a SPARQL endpoint, as one line of JSON.
//
// node sparql-clients.js FOLDER < request: FOLDER has the modules. The request is JSON: the address
// of the `endpoint`, those of `documents`, and the queries `select`, `misspelt`, `ask`, `construct`.

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const load = createRequire(`${process.argv[2]}/`);
const ParsingClient = load("sparql-http-client/ParsingClient.js").default;
const SimpleClient = load("sparql-http-client/SimpleClient.js").default;
const { QueryEngine } = load("@comunica/query-sparql");

const { endpoint, documents, select, misspelt, ask, construct } = JSON.parse(readFileSync(0, "utf8"));

const row = (bindings) => Object.entries(bindings).map(([name, term]) => [name, term.value]);
const triple = (quad) => [quad.subject.value, quad.predicate.value, quad.object.value];

// The three ways of the SPARQL 1.1 Protocol to send a query.
const askHttpClient = async (operation) => {
  const client = new ParsingClient({ endpointUrl: endpoint });
  return {
    rows: (await client.query.select(select, { operation })).map(row),
    answer: await client.query.ask(ask, { operation }),
    triples: [...(await client.query.construct(construct, { operation }))].map(triple),
  };
};

const warning = async () => {
  const client = new SimpleClient({ endpointUrl: endpoint });
  const response = await client.query.select(misspelt);
  return response.headers.get("glocal-warning");
};

const askComunica = async (source) => {
  const [engine, sources] = [new QueryEngine(), { sources: [source] }];
  const rows = await (await engine.queryBindings(select, sources)).toArray();
  return {
    rows: rows.map((bindings) => [...bindings].map(([name, term]) => [name.value, term.value])),
    answer: await engine.queryBoolean(ask, sources),
    triples: (await (await engine.queryQuads(construct, sources)).toArray()).map(triple),
  };
};

(async () => {
  const found = {};
  for (const operation of ["get", "postUrlencoded", "postDirect"]) {
    found[operation] = await askHttpClient(operation);
  }
  found.warning = await warning();
  found.sparql = await askComunica({ type: "sparql", value: endpoint });
  // Comunica finds out by itself what these are.
  found.endpoint = await askComunica(endpoint);
  for (const document of documents) found[document] = await askComunica(document);
  console.log(JSON.stringify(found));
})();
