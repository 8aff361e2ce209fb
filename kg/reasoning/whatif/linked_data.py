"""Serialise the outcome of a patch: as one document that is both JSON and JSON-LD, and as Turtle.

In PROV-O the what-if is a `prov:Activity`: it generates the statements that would newly hold and
the contradictions, invalidates those that would no longer hold, and influences those that shift:
each is a revision of the statement with its earlier status.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from kg.reasoning.proofs.linked_data import (
    CONTEXT,
    CONTEXT_IRI,
    compact_iri,
    json_ld_to_turtle,
    proof_document,
)
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.whatif.outcome import Answers, Change, Outcome
from kg.statuses import Standing

_OWN: Final = json.loads(Path(__file__).with_name("context.json").read_text("utf-8"))
_CONTEXT: Final[dict[str, Any]] = {**CONTEXT, **_OWN}


def json_ld(
    outcome: Outcome,
    answers: Answers | None = None,
    *,
    proofs: bool = True,
    context: Any = CONTEXT_IRI,
) -> bytes:
    """Serialise the outcome as JSON-LD: the result of `document` with its context."""
    content = document(outcome, answers, proofs=proofs)
    whole = {"@context": [context, _CONTEXT], **content}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def turtle(outcome: Outcome, *, proofs: bool = True) -> bytes:
    """Serialise the outcome as Turtle; query answers have no RDF form and are left out."""
    content = document(outcome, None, proofs=proofs)
    return json_ld_to_turtle({"@context": _CONTEXT, **content})


def document(outcome: Outcome, answers: Answers | None, *, proofs: bool) -> dict[str, Any]:
    """Return the outcome as a JSON object, with counts and lists of changes and contradictions.

    Each change has its triple, its base and world `before` and `after` (null where the triple is
    absent), and its proof; without `proofs`, only the last rule of the proof. `answers` has the
    members `before` and `after`, each with SPARQL results in JSON.
    """

    def step(proof: Proof) -> dict[str, Any]:
        if proofs:
            return proof_document(proof)
        members = proof_document(replace(proof, premises=(), evidence=()))
        return {member: value for member, value in members.items() if value != []}

    def listed(changes: Sequence[Change]) -> list[dict[str, Any]]:
        return [
            {**step(each.proof), "before": _standing(each.before), "after": _standing(each.after)}
            for each in changes
        ]

    content: dict[str, Any] = {
        "type": ["prov:Activity"],
        "counts": dict(outcome.counts),
        "gained": listed(outcome.gained),
        "lost": listed(outcome.lost),
        "shifted": listed(outcome.shifted),
        "beyond": listed(outcome.beyond),
        "contradictions": [
            {**proof_document(clash), "premises": list(map(step, clash.premises))}
            for clash in outcome.contradictions
        ],
    }
    if answers is not None:
        content["answers"] = {key: json.loads(text) for key, text in asdict(answers).items()}
    return content


def _standing(standing: Standing | None) -> dict[str, str] | None:
    if standing is None:
        return None
    document = {"hasBase": compact_iri(standing.base.status.iri)}
    return {**document, "world": standing.world.name} if standing.world else document
