"""Say why a premise is outside OWL 2 RL, where the rules do not find everything that follows.

The reasons may be more than the profile demands: then "not entailed" becomes "undecided".

Source: OWL 2 Profiles, sections 4.2 and 4.3 (theorem PR1).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.fixed_rules import datatype_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.entailment.premise_rules import PremiseRules
from kg.reasoning.entailment.sources import Premise
from kg.reasoning.entailment.vocabulary import (
    ANNOTATIONS,
    CHARACTERISTICS,
    DECLARATIONS,
    DIFFERENT,
    GROUPS,
    NEGATIVE,
    NOTHING,
    SAME_AS,
    STRUCTURE,
    THING,
    TYPE,
    is_reserved,
    owl,
)

# OWL 2 RL lacks these; some of them are supported here all the same.
_BEYOND: Final = owl(
    "hasSelf onDatatype datatypeComplementOf disjointUnionOf minCardinality "
    "minQualifiedCardinality onDataRange"
)
_AXIOMS: Final = owl(
    "equivalentClass disjointWith equivalentProperty inverseOf propertyDisjointWith "
    "propertyChainAxiom hasKey sameAs differentFrom disjointUnionOf annotatedSource "
    "annotatedProperty annotatedTarget"
) | frozenset(RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range"))
_TYPES: Final = (
    DECLARATIONS
    | CHARACTERISTICS
    | GROUPS
    | owl("Axiom Annotation Ontology Thing")
    | {
        NEGATIVE,
        NOTHING,
    }
)
_KNOWN: Final = STRUCTURE | _AXIOMS | ANNOTATIONS
_CONDITIONS: Final = frozenset(RDFS[name] for name in ("subClassOf", "domain", "range")) | owl(
    "equivalentClass disjointWith"
)


def reasons_outside_rl(
    premise: Premise, axioms: Sequence[Triple], compiled: PremiseRules
) -> list[str]:
    """Return a reason for each axiom or other part that is outside OWL 2 RL, each once."""
    return list(dict.fromkeys(_reasons(premise, axioms, compiled)))


def _reasons(premise: Premise, axioms: Sequence[Triple], compiled: PremiseRules) -> Iterator[str]:
    yield from compiled.uncompiled
    graph = compiled.graph
    if premise.assertions.left_out:
        yield f"{premise.assertions.left_out:,} triples with triple terms are left out"
    if compiled.has_axioms_from_facts:
        yield "axioms follow from facts"
    for triple in axioms:
        reason = _reason(triple, graph)
        if reason:
            terms = (triple.subject, triple.predicate, triple.object)
            yield f"{' '.join(map(graph.to_manchester, terms))}: {reason}"  # type: ignore[arg-type]
    yield from _unknown_datatypes(premise)


def _reason(triple: Triple, graph: OntologyGraph) -> str:
    """Return why a triple is outside OWL 2 RL, or an empty text."""
    subject, predicate, object_ = triple.subject, triple.predicate, triple.object
    if predicate in _BEYOND or (predicate == TYPE and object_ == OWL["ReflexiveProperty"]):
        return "not in OWL 2 RL"
    if predicate == TYPE:
        return "not an axiom of OWL 2" if is_reserved(object_) and object_ not in _TYPES else ""
    if predicate not in _KNOWN:
        return "not an axiom of OWL 2"
    if _is_odd(subject) or (predicate in _CONDITIONS and _is_odd(object_)):
        return "an axiom about the vocabulary of OWL itself"
    if not isinstance(subject, Triple) and graph.is_a(subject, OWL["AnnotationProperty"]):
        return "an axiom about annotations" if predicate in _AXIOMS else ""
    if predicate == OWL["oneOf"] and not isinstance(object_, Triple):
        members = graph.list_members(object_)
        has_literal = any(isinstance(each, Literal) for each in members)
        return "an enumeration of literals is not in OWL 2 RL" if has_literal else ""
    return ""


def _is_odd(term: object) -> bool:
    """Return whether a term of the reserved vocabulary is no class that axioms may mention."""
    if not is_reserved(term) or term in {THING, NOTHING, RDF["nil"]}:
        return False
    return term not in _DATATYPES


def _unknown_datatypes(premise: Premise) -> Iterator[str]:
    vocabulary = premise.assertions.vocabulary
    seen = set[str]()
    for spelling in vocabulary.codes.literals[1:]:
        _, mark, datatype = spelling.rpartition("^^<")
        if mark and datatype not in seen:
            seen.add(datatype)
            if NamedNode(datatype[:-1]) not in _DATATYPES:
                yield f"literals of <{datatype}: not a datatype of OWL 2 RL"


_DATATYPES: Final[frozenset[object]] = frozenset(
    atom.subject for rule in datatype_rules() for atom in rule.head
) | {RDF["langString"]}


def keys_and_unnamed_things(axioms: Sequence[Triple], premise: Premise) -> Iterator[str]:
    """Yield a reason if keys, which are about named things, meet things without a name."""
    if not any(each.predicate == OWL["hasKey"] for each in axioms):
        return
    vocabulary = premise.assertions.vocabulary
    for predicate, (subjects, objects) in premise.assertions.columns.items():
        term = vocabulary.decode(predicate)
        codes = {*subjects, *objects}
        if term == TYPE:
            pairs = zip(subjects, objects, strict=True)
            codes = {one for one, type_ in pairs if not is_reserved(vocabulary.decode(type_))}
        elif is_reserved(term) and term not in {SAME_AS, DIFFERENT}:
            continue
        if any(code > 0 and vocabulary.spelling(code).startswith("_:") for code in codes):
            yield "keys apply to named things only, and there are things without names"
            return
