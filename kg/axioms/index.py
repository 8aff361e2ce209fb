"""The quads of an ontology, indexed for reading axioms."""

from collections import defaultdict
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, shorten
from kg.reasoning.rules.patterns import Term

# What leads from an expression or a list to its parts.
_OWL_PARTS = (
    "intersectionOf unionOf complementOf datatypeComplementOf someValuesFrom allValuesFrom "
    "onClass onDataRange onDatatype onProperty inverseOf"
)
_PARTS = (RDF["first"], RDF["rest"], *(OWL[name] for name in _OWL_PARTS.split()))


class AxiomIndex:
    """The triples of an ontology by subject and by predicate; graph names do not matter.

    Raises:
        UnsupportedAxiom: an expression or a list is a part of itself.
    """

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[Term, NamedNode], list[Term]] = defaultdict(list)
        self._pairs: dict[NamedNode, list[tuple[Term, Term]]] = defaultdict(list)
        for quad in dict.fromkeys(quad.triple for quad in quads):
            subject, predicate, object_ = quad.subject, quad.predicate, quad.object
            self._objects[subject, predicate].append(object_)  # type: ignore[index,arg-type]
            self._pairs[predicate].append((subject, object_))  # type: ignore[arg-type]
        self._refuse_circles()

    def _refuse_circles(self) -> None:
        parts: dict[Term, list[Term]] = defaultdict(list)
        for predicate in _PARTS:
            for whole, part in self.pairs(predicate):
                if isinstance(whole, BlankNode) and isinstance(part, BlankNode):
                    parts[whole].append(part)
        try:
            TopologicalSorter(parts).prepare()
        except CycleError as error:
            node = str(error.args[1][0])
            raise UnsupportedAxiom(node, "an expression that is part of itself") from error

    @property
    def predicates(self) -> list[NamedNode]:
        """Every predicate that is used."""
        return list(self._pairs)

    def objects(self, subject: Term, predicate: NamedNode) -> list[Term]:
        """What stands in this relation to the subject."""
        return self._objects.get((subject, predicate), [])

    def pairs(self, predicate: NamedNode) -> list[tuple[Term, Term]]:
        """Subject and object of each triple with this predicate."""
        return self._pairs.get(predicate, [])

    def instances(self, kind: NamedNode) -> list[Term]:
        """What is directly typed so."""
        return [subject for subject, type_ in self.pairs(RDF["type"]) if type_ == kind]

    def is_a(self, term: Term, kind: NamedNode) -> bool:
        """Whether the term is directly typed so."""
        return kind in self.objects(term, RDF["type"])

    def described(self, subject: Term) -> list[tuple[NamedNode, Term]]:
        """Predicate and object of each triple with this subject."""
        return [
            (predicate, object_)
            for predicate in self._pairs
            for object_ in self.objects(subject, predicate)
        ]

    def items(self, node: Term) -> list[Term]:
        """The members of an RDF list.

        Raises:
            UnsupportedAxiom: it has no end, or a part without one member and one rest.
        """
        members: dict[Term, Term] = {}
        while node != RDF["nil"]:
            first, rest = self.objects(node, RDF["first"]), self.objects(node, RDF["rest"])
            if len(first) != 1 or len(rest) != 1 or node in members:
                raise UnsupportedAxiom(str(node), "a list that is not well-formed")
            members[node] = first[0]
            node = rest[0]
        return list(members.values())

    def label(self, term: Term, language: str) -> str:
        """The label in this language, or a reading of the name."""
        for label in self.objects(term, RDFS["label"]):
            if isinstance(label, Literal) and label.language == language:
                return label.value
        return term.value if isinstance(term, Literal) else local_name(term)


def local_name(term: Term) -> str:
    """What a rule's name calls the term: its local name, with the prefix of other vocabularies."""
    curie = shorten(term.value)
    prefix, _, name = curie.partition(":")
    own = prefix in {"glocal", "id"}
    # An IRI without a known prefix is called by what stands after its last slash or hash.
    text = name if own else curie.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return "".join(sign if sign.isalnum() else "-" for sign in text)
