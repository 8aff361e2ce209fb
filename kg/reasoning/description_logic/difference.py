"""Compare the entailments of HermiT with the derivations of the rules, as the same triples."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

_SUBCLASS, _SUBPROPERTY = RDFS["subClassOf"], RDFS["subPropertyOf"]
_INVERSE, _TYPE = OWL["inverseOf"], RDF["type"]
_HIERARCHIES: Final = (_SUBCLASS, _SUBPROPERTY, _INVERSE)
_Above = Mapping[object, set[NamedNode]]


@dataclass(frozen=True)
class Difference:
    """Triples that only one of the two derives: hierarchies, then types, then relations.

    Those of HermiT are left out that follow from others of them by HermiT's hierarchies. The rules
    derive more only where they had more input. `compared` counts HermiT's triples of these kinds.
    """

    by_description_logic: tuple[Triple, ...]
    by_rules: tuple[Triple, ...]
    compared: int


def compare_with_rules(
    ontology: Sequence[Quad], facts: Sequence[Quad], entailed: Iterable[Triple]
) -> Difference:
    """Compare HermiT with the rules compiled from the axioms; rule files are not used.

    Compares the hierarchies of the classes and properties that the ontology declares, the types of
    individuals in those classes, and the relations between named individuals by those properties.
    Trivial triples, and those about owl:Thing or undeclared terms, are ignored. The axioms and
    facts are those that hold; `entailed` is the result of `compute_entailments` for both. Fails as
    `close_by_rules` does.
    """
    declared, triples = _Declared(ontology), (quad.triple for quad in (*ontology, *facts))
    closed = close_by_rules(compile_axioms(ontology).rules, triples, declared.samples())
    derived = {triple for triple in closed if declared.is_comparable(triple)}
    by_hermit = {triple for triple in entailed if declared.is_comparable(triple)}
    additional = by_hermit - derived
    additional -= set(_implied(derived | additional, by_hermit, additional))
    return Difference(_ordered(additional), _ordered(derived - by_hermit), len(by_hermit))


def close_by_rules(
    rules: Sequence[Rule], facts: Iterable[Triple], samples: Mapping[NamedNode, Triple]
) -> set[Triple]:
    """Return the facts, what follows from them, and the hierarchies of the sampled names.

    A class is a subclass of another if its sample, a fresh member, is derived to be a member of the
    other; properties are compared in the same way, with a fresh pair. Each sample is claimed by a
    holder of its own, so that reasoning keeps it apart from other samples and from the facts.
    Raises `Contradiction` and `LimitExceeded` as `derive` does.
    """
    holding = [rule for rule in rules if rule.status is None or rule.status.holds]
    fact_premises = [Premise(fact, Status.FACT) for fact in facts]
    claims = [Premise(sample, Status.CLAIM, name) for name, sample in samples.items()]
    closure = {premise.triple for premise in fact_premises}
    below_inverses: set[tuple[NamedNode, NamedNode, NamedNode]] = set()
    for derivation in derive([*fact_premises, *claims], holding).derivations:
        derived, world = derivation.triple, derivation.standing.world
        if world is None or world.holder is None:
            closure.add(derived)
            continue
        name = world.holder
        sample = samples[name]
        if derived.subject == sample.subject:
            if sample.predicate == _TYPE == derived.predicate:
                closure.add(Triple(name, _SUBCLASS, derived.object))
            elif sample.predicate != _TYPE and derived.object == sample.object:
                closure.add(Triple(name, _SUBPROPERTY, derived.predicate))
        if derived.subject == sample.object and derived.object == sample.subject:
            below_inverses.add((name, _INVERSE, derived.predicate))
    # Two properties are inverses of each other if each is below the inverse of the other.
    closure |= {Triple(*terms) for terms in below_inverses if terms[::-1] in below_inverses}
    return closure


class _Declared:
    """The names that an ontology declares."""

    def __init__(self, ontology: Sequence[Quad]) -> None:
        kinds: dict[object, set[NamedNode]] = defaultdict(set)
        for quad in ontology:
            name = quad.subject if quad.predicate == _TYPE else None
            if isinstance(name, NamedNode) and not name.value.startswith(OWL):
                kinds[quad.object].add(name)
        self.classes = kinds[OWL["Class"]]
        self.object_properties = kinds[OWL["ObjectProperty"]]
        self.data_properties = kinds[OWL["DatatypeProperty"]]

    def samples(self) -> dict[NamedNode, Triple]:
        """Return a triple with fresh nodes for each name, as `close_by_rules` takes them."""
        return {
            **{name: Triple(BlankNode(), _TYPE, name) for name in self.classes},
            **{name: Triple(BlankNode(), name, BlankNode()) for name in self.object_properties},
            **{name: Triple(BlankNode(), name, Literal("any")) for name in self.data_properties},
        }

    def is_comparable(self, triple: Triple) -> bool:
        """Return whether both reasoners can derive such a triple, and it is not trivial."""
        subject, predicate, value = triple
        if not (isinstance(subject, NamedNode) and isinstance(value, NamedNode)):
            return False
        ends = {subject, value}
        if predicate == _SUBCLASS:
            return subject != value and ends <= self.classes
        if predicate == _SUBPROPERTY:
            return subject != value and ends <= self.object_properties | self.data_properties
        if predicate == _INVERSE:
            return ends <= self.object_properties
        return value in self.classes if predicate == _TYPE else predicate in self.object_properties


def _implied(
    known: set[Triple], by_hermit: set[Triple], additional: set[Triple]
) -> Iterator[Triple]:
    """Yield the triples that follow from a known one by the hierarchies that HermiT found."""
    above = {relation: _above(by_hermit, relation) for relation in _HIERARCHIES}
    for triple in known:
        subject, predicate, value = triple
        if predicate in (_SUBCLASS, _SUBPROPERTY):
            if value in _strictly_above(subject, above[predicate]):
                for broader in _strictly_above(value, above[predicate]):
                    yield Triple(subject, predicate, broader)
        elif predicate == _TYPE:
            for broader in _strictly_above(value, above[_SUBCLASS]):
                yield Triple(subject, _TYPE, broader)
        else:
            for broader in _strictly_above(predicate, above[_SUBPROPERTY]):
                yield Triple(subject, broader, value)
            inverses = {_INVERSE} if predicate == _INVERSE else above[_INVERSE].get(predicate, ())
            for inverse in inverses:
                inverted = Triple(value, inverse, subject)
                # If both are additional, each implies the other; this keeps one of them.
                if triple not in additional or str(triple) < str(inverted):
                    yield inverted


def _above(triples: Iterable[Triple], predicate: NamedNode) -> _Above:
    above: defaultdict[object, set[NamedNode]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == predicate and isinstance(triple.object, NamedNode):
            above[triple.subject].add(triple.object)
    return above


def _strictly_above(name: object, above: _Above) -> set[NamedNode]:
    """Return the names above this one that are not equivalent to it."""
    return {broader for broader in above.get(name, ()) if name not in above.get(broader, ())}


def _ordered(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    ranks = {predicate: rank for rank, predicate in enumerate((*_HIERARCHIES, _TYPE))}
    return tuple(sorted(triples, key=lambda each: (ranks.get(each.predicate, 4), str(each))))
