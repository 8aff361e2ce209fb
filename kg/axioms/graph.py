"""The quads of an ontology, indexed for reading axioms, and their text in words."""

from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.rules.patterns import Atom, Slot, Term

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


class OntologyGraph:
    """The triples of an ontology by subject and by predicate; graph names do not matter."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[Term, NamedNode], list[Term]] = defaultdict(list)
        self._pairs: dict[NamedNode, list[tuple[Term, Term]]] = defaultdict(list)
        for quad in dict.fromkeys(quad.triple for quad in quads):
            subject, predicate, object_ = quad.subject, quad.predicate, quad.object
            self._objects[subject, predicate].append(object_)  # type: ignore[index,arg-type]
            self._pairs[predicate].append((subject, object_))  # type: ignore[arg-type]

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

    def is_datatype(self, term: Term) -> bool:
        """Whether the term names or builds a range of literals rather than a class."""
        if self.is_a(term, RDFS["Datatype"]):
            return True
        named = isinstance(term, NamedNode) and term.value.startswith(XSD)
        return named or term in {RDFS["Literal"], RDF["langString"], RDF["PlainLiteral"]}

    def items(self, node: Term) -> list[Term]:
        """The members of an RDF list."""
        members: list[Term] = []
        while node != RDF["nil"]:
            first, rest = self.objects(node, RDF["first"]), self.objects(node, RDF["rest"])
            if len(first) != 1 or len(rest) != 1:
                raise UnsupportedAxiom(str(node), "a list that is not well-formed")
            members.append(first[0])
            node = rest[0]
        return members

    def label(self, term: Term, language: str) -> str:
        """The label in this language, or a reading of the name."""
        for label in self.objects(term, RDFS["label"]):
            if isinstance(label, Literal) and label.language == language:
                return label.value
        return term.value if isinstance(term, Literal) else local_name(term)

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
        return Atom(subject, node, object_), local_name(node)

    def text(self, node: Term) -> str:
        """A term or expression in the words of the Manchester syntax, with CURIEs."""
        if isinstance(node, NamedNode):
            return shorten(node.value)
        if isinstance(node, Literal):
            return str(node)
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
        return self._restriction_text(node)

    def texts(self, members: Term) -> list[str]:
        """The texts of the members of a list."""
        return [self.text(member) for member in self.items(members)]

    def _restriction_text(self, node: Term) -> str:
        properties = self.objects(node, OWL["onProperty"])
        for predicate, word in _RESTRICTIONS.items():
            for filler in self.objects(node, predicate):
                number = filler.value if isinstance(filler, Literal) else self.text(filler)
                fillers = self.objects(node, OWL["onClass"])
                words = [self.text(properties[0]), word] if properties else [word]
                words += [] if word == "Self" else [number]
                return f"({' '.join(words + [self.text(each) for each in fillers])})"
        return "an expression that OWL does not have"


def local_name(term: Term) -> str:
    """What a rule's name calls the term: its local name, with the prefix of other vocabularies."""
    curie = shorten(term.value)
    prefix, _, name = curie.partition(":")
    own = prefix in {"glocal", "id"}
    # An IRI without a known prefix is called by what stands after its last slash or hash.
    text = name if own else curie.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return "".join(sign if sign.isalnum() else "-" for sign in text)


def variable_names() -> Iterable[Variable]:
    """Variables x, y, z, u, v, w, then x1, y1 …, without end."""
    round_ = 0
    while True:
        for letter in "xyzuvw":
            yield Variable(f"{letter}{round_ or ''}")
        round_ += 1
