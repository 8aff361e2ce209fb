// Why a statement holds: its rules, down to the pages that it rests on.
//
// node examples/json_ld/proof.js http://127.0.0.1:8000 \
//     id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative

const jsonld = require("jsonld");

// Print a statement with its status, then what it rests on, further to the right.
function show(proof, indent = "") {
  const standing = [proof.hasStatus, ...(proof.heldBy ?? [])].join(" of ");
  const thing = proof.object.id ?? proof.object["@value"];
  console.log(`${indent}${proof.subject} ${proof.predicate} ${thing} [${standing}]`);
  const rule = proof.derivation?.association.plan;
  if (rule) console.log(`${indent}  by the rule: ${rule.ruleSentence.en}`);
  for (const evidence of proof.evidence ?? []) {
    for (const { page, paragraph } of evidence.fromPassage ?? []) {
      console.log(`${indent}  page ${page}, paragraph ${paragraph}`);
    }
  }
  for (const premise of proof.premises ?? []) show(premise, `${indent}  `);
}

async function main(service, subject, predicate, object) {
  // Framed: whatever a proof rests on is nested in it.
  const query = new URLSearchParams({ subject, predicate, object });
  const frame = `${service}/frames/proof.jsonld`;
  const framed = await jsonld.frame(`${service}/explain?${query}`, frame, { embed: "@always" });
  framed.proofs.forEach((proof) => show(proof));
}

main(...process.argv.slice(2));
