"""Serialise the outcome of a patch: as one document that is both JSON and JSON-LD, and as Turtle.

In PROV-O the what-if is a `prov:Activity`: it generates the statements that would newly hold and
the contradictions, invalidates those that would no longer hold, and influences those that shift.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from kg.reasoning.derivation.levels import Standing
from kg.reasoning.proofs.linked_data import (
    CONTEXT,
    CONTEXT_IRI,
    json_ld_to_turtle,
    proof_document,
    standing_document,
)
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.whatif.outcome import Answers, Change, Outcome

_WHATIF_CONTEXT: Final[dict[str, Any]] = {
    "gained": {"@id": "prov:generated", "@container": "@set"},
    "lost": {"@id": "prov:invalidated", "@container": "@set"},
    # A statement whose status changes is a revision of the statement with its earlier status.
    "shifted": {
        "@id": "prov:influenced",
        "@container": "@set",
        "@context": {"before": "prov:wasRevisionOf"},
    },
    "beyond": {"@id": "prov:influenced", "@container": "@set"},
    "contradictions": {"@id": "prov:generated", "@container": "@set"},
    "before": None,
    "after": None,
    "answers": None,
}


def json_ld(
    outcome: Outcome,
    answers: Answers | None = None,
    *,
    proofs: bool = True,
    context: Any = CONTEXT_IRI,
) -> bytes:
    """Serialise the outcome as JSON-LD: the result of `document` with its context."""
    content = document(outcome, answers, proofs=proofs)
    whole = {"@context": [context, {**CONTEXT, **_WHATIF_CONTEXT}], **content}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def turtle(outcome: Outcome, *, proofs: bool = True) -> bytes:
    """Serialise the outcome as Turtle; query answers have no RDF form and are left out."""
    content = document(outcome, None, proofs=proofs)
    return json_ld_to_turtle({"@context": {**CONTEXT, **_WHATIF_CONTEXT}, **content})


def document(outcome: Outcome, answers: Answers | None, *, proofs: bool) -> dict[str, Any]:
    """Return the outcome as a JSON object, with lists of changes and of contradictions.

    Each change has its triple, its status and holder `before` and `after` (null where the triple is
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
        "type": "prov:Activity",
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
    return None if standing is None else standing_document(standing.status, standing.holder)
