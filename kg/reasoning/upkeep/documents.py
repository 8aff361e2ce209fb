"""Write proofs and what-ifs of anybody's data as JSON-LD and Turtle, in the terms of PROV-O.

The documents have the members of those of a release, see `kg.reasoning.proofs.linked_data`, but
none of the project's vocabulary: each has its own context, and rules are named by URNs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import DCTERMS, PROV, RDF, SCHEMA, XSD
from kg.reasoning.proofs.linked_data import json_ld_to_turtle
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.rules.rule import Rule
from kg.reasoning.upkeep.suppositions import SupposedOutcome

# The beginning of the names of rules, and the class of contradictions.
RULE_PREFIX: Final = "urn:x-glocal:rule:"
CONTRADICTION: Final = "urn:x-glocal:Contradiction"
_SETS: Final = {
    "proofs": PROV["hadMember"],
    "premises": PROV["wasDerivedFrom"],
    "evidence": PROV["wasQuotedFrom"],
    "gained": PROV["generated"],
    "lost": PROV["invalidated"],
    "contradictions": PROV["generated"],
}
CONTEXT: Final[dict[str, Any]] = {
    "rdf": str(RDF),
    "prov": str(PROV),
    "xsd": str(XSD),
    "id": "@id",
    "type": {"@id": "@type", "@container": "@set"},
    "none": "@none",
    **{name: {"@id": iri.value, "@container": "@set"} for name, iri in _SETS.items()},
    "hadMember": None,
    "counts": None,
    "position": {"@id": SCHEMA["position"].value, "@type": "xsd:integer"},
    "subject": {"@id": "rdf:subject", "@type": "@id"},
    "predicate": {"@id": "rdf:predicate", "@type": "@id"},
    "object": "rdf:object",
    "derivation": "prov:wasGeneratedBy",
    "association": "prov:qualifiedAssociation",
    "plan": "prov:hadPlan",
    "name": DCTERMS["identifier"].value,
    "description": {"@id": DCTERMS["source"].value, "@container": "@language"},
    "ruleSentence": {"@id": DCTERMS["description"].value, "@container": "@language"},
}


def write_proofs(proofs: Sequence[AnyProof], *, as_turtle: bool = False) -> bytes:
    """Return proofs as a `prov:Collection`, each with its premises nested in it."""
    numbered = [
        {"position": number, **proof_document(proof)} for number, proof in enumerate(proofs, 1)
    ]
    return _write({"type": ["prov:Collection"], "proofs": numbered}, as_turtle=as_turtle)


def write_outcome(outcome: SupposedOutcome, *, with_proofs: bool, as_turtle: bool = False) -> bytes:
    """Return what a patch would change as a `prov:Activity`; without proofs, with last rules."""

    def listed(proofs: Iterable[AnyProof]) -> list[dict[str, Any]]:
        return [proof_document(proof, depth=None if with_proofs else 0) for proof in proofs]

    clashes = [
        proof_document(clash, depth=None if with_proofs else 1) for clash in outcome.contradictions
    ]
    document = {
        "type": ["prov:Activity"],
        "counts": outcome.counts,
        "gained": listed(outcome.gained),
        "lost": listed(outcome.lost),
        "contradictions": clashes,
    }
    return _write(document, as_turtle=as_turtle)


def proof_document(proof: AnyProof, depth: int | None = None) -> dict[str, Any]:
    """Return a statement or contradiction as JSON-LD, with premises down to a depth (None: all)."""
    if isinstance(proof, ContradictionProof):
        document: dict[str, Any] = {"type": [CONTRADICTION, "prov:Entity"]}
    else:
        document = {
            "type": ["rdf:Statement", "prov:Entity"],
            "subject": str_of(proof.triple.subject),
            "predicate": str_of(proof.triple.predicate),
            "object": _value(proof.triple.object),
        }
    if proof.rule is not None:
        association = {"type": ["prov:Association"], "plan": _rule(proof.rule)}
        document["derivation"] = {"type": ["prov:Activity"], "association": association}
        if depth != 0:
            rest = None if depth is None else depth - 1
            document["premises"] = [proof_document(each, rest) for each in proof.premises]
    elif isinstance(proof, Proof):
        document["evidence"] = [{"id": str_of(each.graph)} for each in proof.evidence]
    return document


def str_of(term: Any) -> str:
    """Return the IRI of a term, or a blank node as in N-Triples."""
    return term.value if isinstance(term, NamedNode) else str(term)


def _value(term: Any) -> dict[str, str]:
    if isinstance(term, NamedNode | BlankNode):
        return {"id": str_of(term)}
    if not isinstance(term, Literal):
        return {"@value": str(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype == XSD["string"]:
        return {"@value": term.value}
    return {"@value": term.value, "@type": term.datatype.value}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": f"{RULE_PREFIX}{quote(rule.name, safe='')}",
        "type": ["prov:Plan"],
        "name": rule.name,
        "ruleSentence": dict(rule.sentence),
        "description": {language or "none": text for language, text in rule.sources.items()},
    }


def _write(document: Mapping[str, Any], *, as_turtle: bool) -> bytes:
    whole = {"@context": CONTEXT, **document}
    if as_turtle:
        return json_ld_to_turtle(whole)
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()
