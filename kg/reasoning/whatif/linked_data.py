"""What would come of a patch, as one document that is JSON and JSON-LD alike, and as Turtle.

In the words of PROV-O supposing is a `prov:Activity`: it generates the statements that would newly
hold and the contradictions, invalidates those that would no longer hold, and influences the others.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kg.reasoning.proofs.linked_data import CONTEXT, CONTEXT_IRI, as_turtle, name, step
from kg.reasoning.proofs.proof import ContradictionProof, Proof, Standing
from kg.reasoning.whatif.outcome import Answers, Change, Outcome

_OWN: Final[dict[str, Any]] = {
    "gained": {"@id": "prov:generated", "@container": "@set"},
    "lost": {"@id": "prov:invalidated", "@container": "@set"},
    # What shifts stands otherwise than a statement that it revises.
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
    """The document: see `document`, and the context that it brings."""
    content = document(outcome, answers, proofs=proofs)
    whole = {"@context": [context, {**CONTEXT, **_OWN}], **content}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def turtle(outcome: Outcome, *, proofs: bool = True) -> bytes:
    """The same as Turtle, but for the answers, which are no RDF."""
    content = document(outcome, None, proofs=proofs)
    return as_turtle({"@context": {**CONTEXT, **_OWN}, **content})


def document(outcome: Outcome, answers: Answers | None, *, proofs: bool) -> dict[str, Any]:
    """The outcome as JSON.

    Its members `gained`, `lost`, `shifted`, `beyond` and `contradictions` are lists; each change
    has its triple, how it stands `before` and `after` (null where it does not), and its proof,
    without which only the last rule is named. `answers` has SPARQL results `before` and `after`.
    """
    lists: dict[str, Sequence[Change]] = {
        "gained": outcome.gained,
        "lost": outcome.lost,
        "shifted": outcome.shifted,
        "beyond": outcome.beyond,
    }
    found: dict[str, Any] = {"type": "prov:Activity"}
    for member, changes in lists.items():
        found[member] = [_change(change, proofs=proofs) for change in changes]
    found["contradictions"] = [_clash(one, proofs=proofs) for one in outcome.contradictions]
    if answers is not None:
        found["answers"] = {
            "before": json.loads(answers.before),
            "after": json.loads(answers.after),
        }
    return found


def _change(change: Change, *, proofs: bool) -> dict[str, Any]:
    standings = {"before": _standing(change.before), "after": _standing(change.after)}
    return {**_step(change.proof, proofs=proofs), **standings}


def _step(proof: Proof, *, proofs: bool) -> dict[str, Any]:
    if proofs:
        return step(proof)
    found = step(replace(proof, premises=(), evidence=()))
    return {member: value for member, value in found.items() if value != []}


def _clash(clash: ContradictionProof, *, proofs: bool) -> dict[str, Any]:
    found = step(clash)
    return {**found, "premises": [_step(one, proofs=proofs) for one in clash.premises]}


def _standing(standing: Standing | None) -> dict[str, str] | None:
    if standing is None:
        return None
    held = {"heldBy": name(standing.holder)} if standing.holder else {}
    return {"hasStatus": name(standing.status.iri), **held}
