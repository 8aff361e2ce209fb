// The ranks of a city, by indicator and year.
//
// node examples/json_ld/ranks.js http://127.0.0.1:8000 London

const jsonld = require("jsonld");

async function main(service, name) {
  // Framed: the city's observations are nested in it, with their indicators.
  const city = await jsonld.frame(`${service}/id/${name}`, `${service}/frames/city.jsonld`);
  console.log(city.label.en);
  for (const { rank, indicator, year } of city.hasObservation ?? []) {
    if (rank !== undefined) {
      const total = indicator.populationSize ? ` of ${indicator.populationSize}` : "";
      console.log(`- ${indicator.label.en}: ${rank}${total} (${year?.["@value"] ?? "undated"})`);
    }
  }
}

main(...process.argv.slice(2));
