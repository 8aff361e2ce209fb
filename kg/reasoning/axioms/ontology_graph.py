"""The quads of an ontology, indexed for reading axioms.

The expressions of an ontology: what they are, and their text in words.
"""

from collections import defaultdict
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.reasoning.rules.datatypes import KNOWN_DATATYPES
from kg.reasoning.rules.patterns import Atom, Slot, Term

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


_CONNECTIVES = {OWL["intersectionOf"]: " and ", OWL["unionOf"]: " or "}
_RESTRICTIONS = {
    OWL["someValuesFrom"]: "some",
    OWL["allValuesFrom"]: "only",
    OWL["hasValue"]: "value",
    OWL["hasSelf"]: "Self",
    OWL["cardinality"]: "exactly",
    OWL["minCardinality"]: "min",
    OWL["maxCardinality"]: "max",
    OWL["qualifiedCardinality"]: "exactly",
    OWL["minQualifiedCardinality"]: "min",
    OWL["maxQualifiedCardinality"]: "max",
}
_OBJECT_KINDS = "Object InverseFunctional Symmetric Asymmetric Transitive Reflexive Irreflexive"
_OBJECT_PROPERTIES = {OWL[f"{kind}Property"] for kind in _OBJECT_KINDS.split()}
# They relate everything, or nothing, and OWL 2 RL leaves them out.
_EXTREME_PROPERTIES = {
    OWL[f"{end}{kind}Property"] for end in ("top", "bottom") for kind in ("Object", "Data")
}


class OntologyGraph(AxiomIndex):
    """The triples of an ontology, and what OWL's vocabulary makes of them."""

    def is_datatype(self, term: Term) -> bool:
        """Whether the term names or builds a range of literals rather than a class."""
        if self.is_a(term, RDFS["Datatype"]) or term in KNOWN_DATATYPES:
            return True
        if isinstance(term, NamedNode):
            return term.value.startswith(XSD)
        if any(self.objects(term, OWL[key]) for key in ("onDatatype", "datatypeComplementOf")):
            return True
        # An enumeration of literals; an intersection or union of data ranges.
        listed = [
            self.items(members)
            for key in ("oneOf", "intersectionOf", "unionOf")
            for members in self.objects(term, OWL[key])
        ]
        members = listed[0] if listed else []
        return bool(members) and all(
            isinstance(member, Literal) or self.is_datatype(member) for member in members
        )

    def may_relate_individuals(self, property_: Term) -> bool:
        """Whether the property, or inverse of one, is not said to have literals alone."""
        return not self.is_a(property_, OWL["DatatypeProperty"])

    def may_have_literals(self, property_: Term) -> bool:
        """Whether nothing says that the property relates individuals."""
        kinds = set(self.objects(property_, RDF["type"]))
        return isinstance(property_, NamedNode) and not kinds & _OBJECT_PROPERTIES

    def is_qualified(self, node: Term) -> bool:
        """Whether a restriction on a number says of which values."""
        return any(self.objects(node, OWL[key]) for key in ("onClass", "onDataRange"))

    def filler(self, node: Term) -> Term:
        """The class or data range that a restriction on a number counts; else owl:Thing."""
        fillers = [*self.objects(node, OWL["onClass"]), *self.objects(node, OWL["onDataRange"])]
        return fillers[0] if fillers else OWL["Thing"]

    def inverse_of(self, node: Term) -> Term | None:
        """P, where the node is the expression `inverse (P)`."""
        inverted = self.objects(node, OWL["inverseOf"]) if isinstance(node, BlankNode) else []
        return inverted[0] if inverted else None

    def property_atom(self, node: Term, subject: Slot, object_: Slot) -> tuple[Atom, str]:
        """The pattern of a property or an inverse of one, and its part of a rule's name."""
        inverted = self.inverse_of(node)
        if inverted is not None:
            atom, name = self.property_atom(inverted, object_, subject)
            return atom, f"inv-{name}"
        if not isinstance(node, NamedNode):
            raise UnsupportedAxiom(self.text(node), "no property")
        if node in _EXTREME_PROPERTIES:
            raise UnsupportedAxiom(self.text(node), "left out of OWL 2 RL")
        return Atom(subject, node, object_), local_name(node)

    def text(self, node: Term) -> str:
        """A term or expression in the words of the Manchester syntax, with CURIEs."""
        if isinstance(node, NamedNode):
            return shorten(node.value)
        return str(node) if isinstance(node, Literal) else self.described_text(node)

    def described_text(self, node: Term) -> str:
        """The text of what is said of the node, though it may have a name."""
        inverted = self.inverse_of(node)
        if inverted is not None:
            return f"inverse ({self.text(inverted)})"
        for predicate, word in _CONNECTIVES.items():
            for members in self.objects(node, predicate):
                return f"({word.join(self.texts(members))})"
        for members in self.objects(node, OWL["oneOf"]):
            return f"{{{', '.join(self.texts(members))}}}"
        for negated in self.objects(node, OWL["complementOf"]):
            return f"not {self.text(negated)}"
        for negated in self.objects(node, OWL["datatypeComplementOf"]):
            return f"not {self.text(negated)}"
        for base in self.objects(node, OWL["onDatatype"]):
            return f"{self.text(base)}[{', '.join(self._facet_texts(node))}]"
        return self._restriction_text(node)

    def texts(self, members: Term) -> list[str]:
        """The texts of the members of a list."""
        return [self.text(member) for member in self.items(members)]

    def _facet_texts(self, node: Term) -> list[str]:
        return [
            f"{local_name(facet).removeprefix('xsd-')} {value.value}"
            for members in self.objects(node, OWL["withRestrictions"])
            for item in self.items(members)
            for facet, value in self.described(item)
        ]

    def _restriction_text(self, node: Term) -> str:
        properties = self.objects(node, OWL["onProperty"])
        for predicate, word in _RESTRICTIONS.items():
            for filler in self.objects(node, predicate):
                number = filler.value if isinstance(filler, Literal) else self.text(filler)
                fillers = [self.filler(node)] if self.is_qualified(node) else []
                words = [self.text(properties[0]), word] if properties else [word]
                words += [] if word == "Self" else [number]
                return f"({' '.join(words + [self.text(each) for each in fillers])})"
        return "an expression that OWL does not have"


def variable_names() -> Iterable[Variable]:
    """Variables x, y, z, u, v, w, then x1, y1 …, without end."""
    round_ = 0
    while True:
        for letter in "xyzuvw":
            yield Variable(f"{letter}{round_ or ''}")
        round_ += 1
