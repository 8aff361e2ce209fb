"""Write proofs and what-ifs of anybody's data as JSON-LD and Turtle, in the terms of PROV-O.

The documents have the members of those of a release, see `kg.reasoning.proofs.linked_data`, but
none of the project's vocabulary: each has its own context, with the prefixes of the data, and rules
are named by URNs. The anonymous classes that are mentioned are described in it, too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.namespaces import DCTERMS, PROV, RDF, SCHEMA, XSD
from kg.reasoning.proofs.linked_data import json_ld_to_turtle
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.rules.rule import Rule
from kg.reasoning.upkeep.explanation import Gap
from kg.reasoning.upkeep.suppositions import SupposedOutcome
from kg.sources.prefixes import PrefixTable

# The beginning of the names of rules, and the class of contradictions.
RULE_PREFIX: Final = "urn:x-glocal:rule:"
CONTRADICTION: Final = "urn:x-glocal:Contradiction"
NO_PREFIXES: Final = PrefixTable(is_closed=True)
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
    "included": "@included",
    **{name: {"@id": iri.value, "@container": "@set"} for name, iri in _SETS.items()},
    "hadMember": None,
    "counts": None,
    "resolved": None,
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


def write_proofs(
    proofs: Sequence[AnyProof],
    *,
    as_turtle: bool = False,
    prefixes: PrefixTable = NO_PREFIXES,
    nodes: Sequence[Triple] = (),
) -> bytes:
    """Return proofs as a `prov:Collection`, each with its premises nested in it.

    IRIs are shortened by the prefixes that the table declares. `nodes` are the triples of the
    anonymous classes that the proofs mention, see `read_classes`.
    """
    return _DocumentWriter(as_turtle, prefixes, nodes).write_proofs(proofs)


def write_outcome(
    outcome: SupposedOutcome,
    *,
    with_proofs: bool,
    as_turtle: bool = False,
    prefixes: PrefixTable = NO_PREFIXES,
    nodes: Sequence[Triple] = (),
) -> bytes:
    """Return what a patch would change as a `prov:Activity`; without proofs, with last rules.

    For the rest see `write_proofs`.
    """
    writer = _DocumentWriter(as_turtle, prefixes, nodes)
    return writer.write_outcome(outcome, with_proofs=with_proofs)


def write_gaps(gaps: Sequence[Gap], rules: Iterable[Rule], nodes: Sequence[Triple] = ()) -> bytes:
    """Return as JSON which premises are missing, and rules that can conclude the triple.

    A variable is a blank node that nothing is said of. For `nodes` see `write_proofs`.
    """
    return _DocumentWriter(False, NO_PREFIXES, nodes).write_gaps(gaps, rules)


class _DocumentWriter:
    def __init__(self, as_turtle: bool, prefixes: PrefixTable, nodes: Sequence[Triple]) -> None:
        self._nodes, self._as_turtle = nodes, as_turtle
        self._prefixes = PrefixTable(prefixes.declared, is_closed=True)
        self._used = NO_PREFIXES

    def write_proofs(self, proofs: Sequence[AnyProof]) -> bytes:
        self._choose_prefixes(proofs)
        numbered = [
            {"position": number, **self._proof(proof)} for number, proof in enumerate(proofs, 1)
        ]
        return self._write({"type": ["prov:Collection"], "proofs": numbered})

    def write_outcome(self, outcome: SupposedOutcome, *, with_proofs: bool) -> bytes:
        changes = [*outcome.gained, *outcome.lost]
        self._choose_prefixes([*changes, *outcome.contradictions])
        own, of_clashes = (None, None) if with_proofs else (0, 1)
        document = {
            "type": ["prov:Activity"],
            "counts": outcome.counts,
            "resolved": outcome.resolved,
            "gained": [self._proof(proof, own) for proof in outcome.gained],
            "lost": [self._proof(proof, own) for proof in outcome.lost],
            "contradictions": [self._proof(clash, of_clashes) for clash in outcome.contradictions],
        }
        return self._write(document)

    def write_gaps(self, gaps: Iterable[Gap], rules: Iterable[Rule]) -> bytes:
        nearest = [
            {
                "plan": self._rule(gap.rule),
                "missing": self._terms(gap.missing),
                "present": [self._terms(triple) for triple in gap.present],
            }
            for gap in gaps
        ]
        return self._write({"nearest": nearest, "rules": [*map(self._rule, rules)]})

    def _choose_prefixes(self, proofs: Iterable[AnyProof]) -> None:
        """Choose the prefixes that shorten an IRI and mean nothing else in the context."""
        taken = {name for name, iri in CONTEXT.items() if iri != self._prefixes.declared.get(name)}
        steps = (step for proof in proofs for step in proof.steps())
        terms = [term for step in steps for term in (*step.triple, *_graphs(step))]
        terms += (term for triple in self._nodes for term in triple)
        self._used = self._prefixes.for_json_ld(_iris(terms), taken)

    def _proof(self, proof: AnyProof, depth: int | None = None) -> dict[str, Any]:
        """Return a statement or contradiction, with premises down to a depth (None: all)."""
        if isinstance(proof, ContradictionProof):
            document: dict[str, Any] = {"type": [CONTRADICTION, "prov:Entity"]}
        else:
            document = {
                "type": ["rdf:Statement", "prov:Entity"],
                **self._terms(proof.triple),
            }
        if proof.rule is not None:
            association = {"type": ["prov:Association"], "plan": self._rule(proof.rule)}
            document["derivation"] = {"type": ["prov:Activity"], "association": association}
            if depth != 0:
                rest = None if depth is None else depth - 1
                document["premises"] = [self._proof(each, rest) for each in proof.premises]
        elif isinstance(proof, Proof):
            document["evidence"] = [{"id": self._name(graph)} for graph in _graphs(proof)]
        return document

    def _terms(self, terms: Iterable[Any]) -> dict[str, Any]:
        subject, predicate, object_ = terms
        return {
            "subject": self._name(subject),
            "predicate": self._name(predicate),
            "object": self._value(object_),
        }

    def _rule(self, rule: Rule) -> dict[str, Any]:
        shorten = self._prefixes.shorten_in
        return {
            "id": f"{RULE_PREFIX}{quote(rule.name, safe='')}",
            "type": ["prov:Plan"],
            "name": rule.name,
            "ruleSentence": {language: shorten(text) for language, text in rule.sentence.items()},
            "description": {name or "none": shorten(text) for name, text in rule.sources.items()},
        }

    def _described(self) -> list[dict[str, Any]]:
        """Return the anonymous classes as node objects."""
        nodes: dict[Any, dict[str, Any]] = {}
        for subject, predicate, object_ in self._nodes:
            node = nodes.setdefault(subject, {"id": self._name(subject)})
            is_type = predicate == RDF["type"] and not isinstance(object_, Literal)
            key = "type" if is_type else self._name(predicate)
            value = self._name(object_) if is_type else self._value(object_)
            node.setdefault(key, []).append(value)
        return [*nodes.values()]

    def _name(self, term: Any) -> str:
        """Return the IRI or CURIE of a term, or a blank node as in N-Triples."""
        if isinstance(term, Variable):
            return f"_:any-{term.value}"
        return self._used.shorten(term.value) if isinstance(term, NamedNode) else str(term)

    def _value(self, term: Any) -> dict[str, str]:
        if isinstance(term, NamedNode | BlankNode | Variable):
            return {"id": self._name(term)}
        if not isinstance(term, Literal):
            return {"@value": str(term)}
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype == XSD["string"]:
            return {"@value": term.value}
        return {"@value": term.value, "@type": self._name(term.datatype)}

    def _write(self, document: Mapping[str, Any]) -> bytes:
        whole = {"@context": {**CONTEXT, **self._used.declared}, **document}
        if self._nodes:
            whole["included"] = self._described()
        if self._as_turtle:
            return json_ld_to_turtle(whole, self._prefixes.declared)
        return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _graphs(proof: AnyProof) -> list[NamedNode]:
    return [each.graph for each in proof.evidence] if isinstance(proof, Proof) else []


def _iris(terms: Iterable[Any]) -> Iterator[str]:
    for term in terms:
        named = term.datatype if isinstance(term, Literal) else term
        if isinstance(named, NamedNode):
            yield named.value
