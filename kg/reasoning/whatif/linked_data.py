"""Serialise the outcome of a patch: as one document that is both JSON and JSON-LD, and as Turtle.

In terms of PROV-O the what-if is a `prov:Activity`. It generates the statements that would newly
hold and the contradictions, invalidates the statements that would no longer hold, and influences
those whose status would change.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kg.reasoning.proofs.linked_data import (
    CONTEXT,
    CONTEXT_IRI,
    compact_iri,
    json_ld_to_turtle,
    proof_document,
)
from kg.reasoning.proofs.proof import ContradictionProof, Proof, Standing
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
    """Return the outcome as a JSON object.

    Its members `gained`, `lost`, `shifted`, `beyond` and `contradictions` are lists. Each change
    has its triple, its status and holder `before` and `after` (null where the triple is absent),
    and its proof; without `proofs`, only the last rule of the proof. `answers` has the members
    `before` and `after`, each with SPARQL results in JSON.
    """
    lists: dict[str, Sequence[Change]] = {
        "gained": outcome.gained,
        "lost": outcome.lost,
        "shifted": outcome.shifted,
        "beyond": outcome.beyond,
    }
    content: dict[str, Any] = {"type": "prov:Activity"}
    for member, changes in lists.items():
        content[member] = [_change(change, proofs=proofs) for change in changes]
    content["contradictions"] = [_clash(clash, proofs=proofs) for clash in outcome.contradictions]
    if answers is not None:
        content["answers"] = {
            "before": json.loads(answers.before),
            "after": json.loads(answers.after),
        }
    return content


def _change(change: Change, *, proofs: bool) -> dict[str, Any]:
    standings = {"before": _standing(change.before), "after": _standing(change.after)}
    return {**_step(change.proof, proofs=proofs), **standings}


def _step(proof: Proof, *, proofs: bool) -> dict[str, Any]:
    if proofs:
        return proof_document(proof)
    members = proof_document(replace(proof, premises=(), evidence=()))
    return {member: value for member, value in members.items() if value != []}


def _clash(clash: ContradictionProof, *, proofs: bool) -> dict[str, Any]:
    premises = [_step(premise, proofs=proofs) for premise in clash.premises]
    return {**proof_document(clash), "premises": premises}


def _standing(standing: Standing | None) -> dict[str, str] | None:
    if standing is None:
        return None
    holder = {"heldBy": compact_iri(standing.holder)} if standing.holder else {}
    return {"hasStatus": compact_iri(standing.status.iri), **holder}
