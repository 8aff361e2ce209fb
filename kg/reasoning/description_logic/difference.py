"""What the rules made of an ontology's axioms derive, in the form in which HermiT answers.

What HermiT derives and the rules do not, and the other way round.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.levels import Derivation, Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


def close_by_rules(
    rules: Sequence[Rule],
    facts: Iterable[Triple],
    *,
    classes: Iterable[NamedNode] = (),
    object_properties: Iterable[NamedNode] = (),
    data_properties: Iterable[NamedNode] = (),
) -> set[Triple]:
    """The facts, what follows from them, and the hierarchies of these classes and properties.

    A class is below another if a fresh member of the one is derived to be a member of the
    other; likewise a property, by a fresh pair. Each such member or pair is claimed by a holder
    of its own, so that reasoning keeps it apart from the others and from what holds.

    Raises:
        Contradiction: the facts contradict the rules.
        LimitExceeded: there is more to derive than allowed.
    """
    holding = [rule for rule in rules if rule.status is None or rule.status.holds]
    stated = [Premise(fact, Status.FACT) for fact in facts]
    samples = {
        **{name: Triple(BlankNode(), RDF["type"], name) for name in classes},
        **{name: Triple(BlankNode(), name, BlankNode()) for name in object_properties},
        **{name: Triple(BlankNode(), name, Literal("any")) for name in data_properties},
    }
    claimed = [Premise(sample, Status.CLAIM, name) for name, sample in samples.items()]
    found = {one.triple for one in stated}
    turned: set[tuple[NamedNode, NamedNode, NamedNode]] = set()
    for one in derive([*stated, *claimed], holding).derivations:
        if one.holder is None:
            found.add(one.triple)
        elif one.holder in samples:
            found.update(_below(one, one.holder, samples[one.holder]))
            turned.update(_below_turned(one, one.holder, samples[one.holder]))
    found |= {Triple(*pair) for pair in turned if pair[::-1] in turned}
    return found


def _below(derivation: Derivation, name: NamedNode, sample: Triple) -> Iterator[Triple]:
    derived = derivation.triple
    if derived.subject != sample.subject:
        return
    if sample.predicate == RDF["type"] == derived.predicate:
        yield Triple(name, RDFS["subClassOf"], derived.object)
    elif sample.predicate != RDF["type"] and derived.object == sample.object:
        yield Triple(name, RDFS["subPropertyOf"], derived.predicate)


def _below_turned(
    derivation: Derivation, name: NamedNode, sample: Triple
) -> Iterator[tuple[NamedNode, NamedNode, NamedNode]]:
    """Of two such, one for each direction, comes an `owl:inverseOf`."""
    derived = derivation.triple
    if derived.subject == sample.object and derived.object == sample.subject:
        yield name, OWL["inverseOf"], derived.predicate


_SUBCLASS: Final = RDFS["subClassOf"]
_SUBPROPERTY: Final = RDFS["subPropertyOf"]
_INVERSE: Final = OWL["inverseOf"]
_TYPE: Final = RDF["type"]
_Above = Mapping[object, set[NamedNode]]


@dataclass(frozen=True)
class Difference:
    """Triples that one of the two derives: hierarchies, then types, then relations.

    Attributes:
        by_description_logic: without what follows from these by HermiT's hierarchies.
        by_rules: all of them; empty unless HermiT was not shown all that the rules were.
        compared: how many triples HermiT entails of the kinds that are compared.
    """

    by_description_logic: tuple[Triple, ...]
    by_rules: tuple[Triple, ...]
    compared: int


def compare(
    ontology: Sequence[Quad], facts: Sequence[Quad], entailed: Iterable[Triple]
) -> Difference:
    """Compares HermiT with the rules of the axioms; rule files have no part in it.

    Hierarchies of the classes and properties that the ontology declares, types in those classes,
    relations between named individuals by those properties. Trivial ones, of owl:Thing and of
    vocabularies that the ontology only mentions, are no difference of two reasoners.

    Args:
        ontology: the axioms that hold.
        facts: what holds among individuals.
        entailed: as `entail` gives it for both.

    Raises:
        Contradiction, LimitExceeded: as `close_by_rules`.
    """
    declared = _Declared(ontology)
    ours = {
        triple
        for triple in close_by_rules(
            compile_axioms(ontology).rules,
            (quad.triple for quad in (*ontology, *facts)),
            classes=declared.classes,
            object_properties=declared.object_properties,
            data_properties=declared.data_properties,
        )
        if declared.speaks(triple)
    }
    theirs = {triple for triple in entailed if declared.speaks(triple)}
    more = theirs - ours
    more -= set(_implied(ours | more, theirs, more))
    return Difference(_ordered(more), _ordered(ours - theirs), len(theirs))


class _Declared:
    """The names that an ontology declares, and which triples speak of them alone."""

    def __init__(self, ontology: Sequence[Quad]) -> None:
        self.classes = self._instances(ontology, "Class")
        self.object_properties = self._instances(ontology, "ObjectProperty")
        self.data_properties = self._instances(ontology, "DatatypeProperty")
        self._properties = self.object_properties | self.data_properties

    @staticmethod
    def _instances(ontology: Iterable[Quad], kind: str) -> set[NamedNode]:
        return {
            quad.subject
            for quad in ontology
            if quad.predicate == _TYPE
            and quad.object == OWL[kind]
            and isinstance(quad.subject, NamedNode)
            and not quad.subject.value.startswith(OWL)
        }

    def speaks(self, triple: Triple) -> bool:
        """Whether the triple is of a kind that both reasoners can derive, and says something."""
        subject, predicate, value = triple
        if not (isinstance(subject, NamedNode) and isinstance(value, NamedNode)):
            return False
        if predicate == _SUBCLASS:
            return subject != value and {subject, value} <= self.classes
        if predicate == _SUBPROPERTY:
            return subject != value and {subject, value} <= self._properties
        if predicate == _INVERSE:
            return {subject, value} <= self.object_properties
        return value in self.classes if predicate == _TYPE else predicate in self.object_properties


def _implied(known: set[Triple], theirs: set[Triple], more: set[Triple]) -> Iterator[Triple]:
    """What follows from one of the known triples by the hierarchies that HermiT found."""
    above = {way: _above(theirs, way) for way in (_SUBCLASS, _SUBPROPERTY, _INVERSE)}
    for triple in known:
        subject, predicate, value = triple
        if predicate in (_SUBCLASS, _SUBPROPERTY):
            way = above[predicate]
            if value in _strictly(subject, way):
                yield from (Triple(subject, predicate, each) for each in _strictly(value, way))
        elif predicate == _TYPE:
            broader = _strictly(value, above[_SUBCLASS])
            yield from (Triple(subject, _TYPE, each) for each in broader)
        else:
            broader = _strictly(predicate, above[_SUBPROPERTY])
            yield from (Triple(subject, each, value) for each in broader)
            inverses = {_INVERSE} if predicate == _INVERSE else above[_INVERSE].get(predicate, ())
            for each in inverses:
                turned = Triple(value, each, subject)
                # Two that are new would else stand for each other.
                if triple not in more or str(triple) < str(turned):
                    yield turned


def _above(triples: Iterable[Triple], predicate: NamedNode) -> _Above:
    found: defaultdict[object, set[NamedNode]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == predicate and isinstance(triple.object, NamedNode):
            found[triple.subject].add(triple.object)
    return found


def _strictly(name: object, above: _Above) -> set[NamedNode]:
    """What is above the name and not below it too."""
    return {one for one in above.get(name, ()) if name not in above.get(one, ())}


def _ordered(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    kinds = [_SUBCLASS, _SUBPROPERTY, _INVERSE, _TYPE]

    def key(triple: Triple) -> tuple[int, str]:
        known = triple.predicate in kinds
        return kinds.index(triple.predicate) if known else len(kinds), str(triple)

    return tuple(sorted(triples, key=key))
