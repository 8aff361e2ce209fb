"""What HermiT derives and the rules do not, and the other way round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.description_logic.rule_closure import close_by_rules
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms

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
