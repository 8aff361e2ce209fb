"""The triples of an ontology, indexed for reading axioms and writing them in Manchester syntax."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple, Variable

from kg.errors import LimitExceeded, UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.reasoning.rules.datatypes import KNOWN_DATATYPES
from kg.reasoning.rules.patterns import Atom, Term, TermOrVariable

# Predicates that lead from an expression or list to its parts.
_OWL_PARTS: Final = (
    "intersectionOf unionOf complementOf datatypeComplementOf someValuesFrom allValuesFrom "
    "onClass onDataRange onDatatype onProperty inverseOf"
)
_PART_PREDICATES: Final = (RDF["first"], RDF["rest"], *(OWL[name] for name in _OWL_PARTS.split()))
_CONNECTIVES: Final = {OWL["intersectionOf"]: " and ", OWL["unionOf"]: " or "}
RESTRICTION_KEYWORDS: Final = {
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
_KEYWORDS: Final = {
    RDFS["subClassOf"]: "SubClassOf",
    RDFS["subPropertyOf"]: "SubPropertyOf",
    RDFS["domain"]: "Domain",
    RDFS["range"]: "Range",
    OWL["equivalentClass"]: "EquivalentTo",
    OWL["equivalentProperty"]: "EquivalentTo",
    OWL["disjointWith"]: "DisjointWith",
    OWL["propertyDisjointWith"]: "DisjointWith",
    OWL["inverseOf"]: "InverseOf",
    OWL["sameAs"]: "SameAs",
    OWL["differentFrom"]: "DifferentFrom",
    OWL["propertyChainAxiom"]: "SuperPropertyOf",
    OWL["disjointUnionOf"]: "DisjointUnionOf",
    OWL["hasKey"]: "HasKey",
}
AXIOM_PREDICATES: Final = frozenset(_KEYWORDS)
# Types of nodes that are axioms about a list of members.
GROUP_KEYWORDS: Final = {
    OWL["AllDisjointClasses"]: "DisjointClasses",
    OWL["AllDisjointProperties"]: "DisjointProperties",
    OWL["AllDifferent"]: "DifferentIndividuals",
}
# Predicates of axioms whose object is a list.
_LISTS: Final = "propertyChainAxiom disjointUnionOf hasKey intersectionOf unionOf"
_LIST_PREDICATES: Final = {OWL[name] for name in _LISTS.split()}
# Of an anonymous class in a sentence: a class may be a list of very many things.
_MAX_LABEL: Final = 400
# Of expressions and lists in each other: Python's stack is enough for twice as many.
MAX_NESTING: Final = 200
_UNKNOWN: Final = "an expression unknown to OWL"
# They relate everything or nothing; OWL 2 RL excludes them.
_TOP_AND_BOTTOM_PROPERTIES: Final = {
    OWL[f"{end}{kind}Property"] for end in ("top", "bottom") for kind in ("Object", "Data")
}


class OntologyGraph:
    """The triples of an ontology by subject and by predicate; graph names do not matter.

    An expression or list that is part of itself is an `UnsupportedAxiom`; nested more than
    `MAX_NESTING` deep, it raises LimitExceeded.
    """

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[Term, NamedNode], list[Term]] = defaultdict(list)
        self._pairs: dict[NamedNode, list[tuple[Term, Term]]] = defaultdict(list)
        self._write_iri: Callable[[str], str] = shorten
        self._max_characters: int | None = None
        self._texts: dict[Term, str] = {}
        self._by_language: dict[str, OntologyGraph] = {}
        for subject, predicate, object_ in dict.fromkeys(quad.triple for quad in quads):
            # No axiom has a triple term.
            if not isinstance(object_, Triple):
                self._objects[subject, predicate].append(object_)
                self._pairs[predicate].append((subject, object_))
        self._refuse_depth()

    def _refuse_depth(self) -> None:
        """Refuse an expression that is part of itself, or too deep for those who read it."""
        parts: dict[Term, dict[Term, int]] = defaultdict(dict)
        for predicate in _PART_PREDICATES:
            for whole, part in self.subjects_and_objects(predicate):
                if isinstance(whole, BlankNode) and isinstance(part, BlankNode):
                    parts[whole][part] = int(predicate != RDF["rest"])
        depths: dict[Term, int] = {}
        try:
            for node in TopologicalSorter(parts).static_order():
                steps = parts[node].items() if node in parts else ()
                depths[node] = max((depths[part] + step for part, step in steps), default=0)
                if depths[node] > MAX_NESTING:
                    reason = "Name some of the nested classes with owl:equivalentClass."
                    raise LimitExceeded("nested class expressions or lists", MAX_NESTING, reason)
        except CycleError as error:
            cyclic = str(error.args[1][0])
            raise UnsupportedAxiom(cyclic, "an expression that is part of itself") from error

    def naming(
        self, write_iri: Callable[[str], str], *, max_characters: int = _MAX_LABEL
    ) -> "OntologyGraph":
        """Return the same triples with another way to write IRIs in Manchester syntax.

        Of each anonymous class, only the first characters are written.
        """
        other = copy(self)
        other._write_iri, other._max_characters, other._texts = write_iri, max_characters, {}
        return other

    @property
    def predicates(self) -> list[NamedNode]:
        """Every predicate of the triples, once."""
        return list(self._pairs)

    def objects(self, subject: Term, predicate: NamedNode) -> list[Term]:
        """Return the objects of the triples with this subject and predicate."""
        return self._objects.get((subject, predicate), [])

    def subjects_and_objects(self, predicate: NamedNode) -> list[tuple[Term, Term]]:
        """Return the subject and object of each triple with this predicate."""
        return self._pairs.get(predicate, [])

    def instances(self, class_: NamedNode) -> list[Term]:
        """Return the terms that have this type directly."""
        return [term for term, type_ in self.subjects_and_objects(RDF["type"]) if type_ == class_]

    def is_a(self, term: Term, class_: NamedNode) -> bool:
        """Return whether the term has this type directly."""
        return class_ in self.objects(term, RDF["type"])

    def predicates_and_objects(self, subject: Term) -> list[tuple[NamedNode, Term]]:
        """Return the predicate and object of each triple with this subject."""
        return [(key, value) for key in self._pairs for value in self.objects(subject, key)]

    def list_members(self, node: Term) -> list[Term]:
        """Return the members of an RDF list; an `UnsupportedAxiom` if it is not well-formed."""
        members: dict[Term, Term] = {}
        while node != RDF["nil"]:
            first, rest = self.objects(node, RDF["first"]), self.objects(node, RDF["rest"])
            if len(first) != 1 or len(rest) != 1 or node in members:
                raise UnsupportedAxiom(str(node), "not a well-formed RDF list")
            members[node] = first[0]
            node = rest[0]
        return list(members.values())

    def label(self, term: Term, language: str) -> str:
        """Return the label in this language; without one, the local name or the literal's text.

        An anonymous class is written in Manchester syntax, with the labels of its parts.
        """
        if isinstance(term, BlankNode):
            return self._worded(language).describe(term) or rule_name_part(term)
        for label in self.objects(term, RDFS["label"]):
            if isinstance(label, Literal) and label.language == language:
                return label.value
        return term.value if isinstance(term, Literal) else rule_name_part(term)

    def _worded(self, language: str) -> "OntologyGraph":
        if language not in self._by_language:
            labelled = self.naming(lambda iri: self.label(NamedNode(iri), language))
            self._by_language[language] = labelled
        return self._by_language[language]

    def is_datatype(self, term: Term) -> bool:
        """Return whether the term is a datatype or a data range rather than a class."""
        if self.is_a(term, RDFS["Datatype"]) or term in KNOWN_DATATYPES:
            return True
        if isinstance(term, NamedNode):
            return term.value.startswith(XSD)
        if any(self.objects(term, OWL[key]) for key in ("onDatatype", "datatypeComplementOf")):
            return True
        # An enumeration of literals, or an intersection or union of data ranges.
        for key in ("oneOf", "intersectionOf", "unionOf"):
            for list_ in self.objects(term, OWL[key]):
                members = self.list_members(list_)
                return bool(members) and all(
                    isinstance(member, Literal) or self.is_datatype(member) for member in members
                )
        return False

    def is_qualified(self, node: Term) -> bool:
        """Return whether a cardinality restriction names the class or range of its values."""
        return any(self.objects(node, OWL[key]) for key in ("onClass", "onDataRange"))

    def filler(self, node: Term) -> Term:
        """Return the class or data range that a cardinality restriction counts, or owl:Thing."""
        fillers = [*self.objects(node, OWL["onClass"]), *self.objects(node, OWL["onDataRange"])]
        return fillers[0] if fillers else OWL["Thing"]

    def _inverted(self, node: Term) -> list[Term]:
        """Return [P] if the node is the expression `inverse (P)`."""
        return self.objects(node, OWL["inverseOf"]) if isinstance(node, BlankNode) else []

    def property_atom(
        self, node: Term, subject: TermOrVariable, object_: TermOrVariable
    ) -> tuple[Atom, str]:
        """Return the pattern of a property or inverse, and its part of a rule's name.

        An `UnsupportedAxiom` if the node is not a property, or if OWL 2 RL excludes it.
        """
        for inverted in self._inverted(node):
            atom, name = self.property_atom(inverted, object_, subject)
            return atom, f"inv-{name}"
        if not isinstance(node, NamedNode):
            raise UnsupportedAxiom(self.to_manchester(node), "not a property")
        if node in _TOP_AND_BOTTOM_PROPERTIES:
            raise UnsupportedAxiom(self.to_manchester(node), "excluded from OWL 2 RL")
        return Atom(subject, node, object_), rule_name_part(node)

    def to_manchester(self, node: Term) -> str:
        """Return a term or expression in Manchester syntax, with CURIEs."""
        if isinstance(node, NamedNode):
            return self._write_iri(node.value)
        if isinstance(node, Literal):
            return str(node)
        if self._max_characters is None:
            return self.expression_to_manchester(node)
        if node not in self._texts:
            text = self.expression_to_manchester(node)
            is_long = len(text) > self._max_characters
            self._texts[node] = f"{text[: self._max_characters]}…" if is_long else text
        return self._texts[node]

    def describe(self, node: BlankNode) -> str:
        """Return an anonymous class, data range or property in Manchester syntax; "" for others."""
        try:
            text = self.to_manchester(node)
        except UnsupportedAxiom:
            return ""
        return "" if text == _UNKNOWN else text

    def expression_to_manchester(self, node: Term) -> str:
        """Return the expression written on the node in Manchester syntax, even of a named node."""
        for inverted in self._inverted(node):
            return f"inverse ({self.to_manchester(inverted)})"
        for predicate, word in _CONNECTIVES.items():
            for members in self.objects(node, predicate):
                return f"({word.join(self.members_to_manchester(members))})"
        for members in self.objects(node, OWL["oneOf"]):
            return f"{{{', '.join(self.members_to_manchester(members))}}}"
        for key in ("complementOf", "datatypeComplementOf"):
            for negated in self.objects(node, OWL[key]):
                return f"not {self.to_manchester(negated)}"
        for base in self.objects(node, OWL["onDatatype"]):
            facets = (
                f"{rule_name_part(facet).removeprefix('xsd-')} {value.value}"
                for members in self.objects(node, OWL["withRestrictions"])
                for item in self.list_members(members)
                for facet, value in self.predicates_and_objects(item)
            )
            return f"{self.to_manchester(base)}[{', '.join(facets)}]"
        return self._restriction_text(node)

    def members_to_manchester(self, members: Term) -> list[str]:
        """Return each member of an RDF list in Manchester syntax."""
        return [self.to_manchester(member) for member in self.list_members(members)]

    def axiom_to_manchester(self, subject: Term, predicate: NamedNode, object_: Term) -> str:
        """Return the axiom of a triple in Manchester syntax."""
        keyword = _KEYWORDS.get(predicate) or self.to_manchester(predicate)
        text = self.object_to_manchester(predicate, object_)
        return f"{self.to_manchester(subject)} {keyword} {text}"

    def object_to_manchester(self, predicate: Term, object_: Term) -> str:
        """Return the object of an axiom in Manchester syntax; a list as its members, joined."""
        if predicate not in _LIST_PREDICATES:
            return self.to_manchester(object_)
        separator = " o " if predicate == OWL["propertyChainAxiom"] else ", "
        return separator.join(self.members_to_manchester(object_))

    def _restriction_text(self, node: Term) -> str:
        properties = self.objects(node, OWL["onProperty"])[:1]
        for predicate, word in RESTRICTION_KEYWORDS.items():
            for filler in self.objects(node, predicate):
                words = [*map(self.to_manchester, properties), word]
                if word != "Self":
                    is_number = isinstance(filler, Literal)
                    words.append(filler.value if is_number else self.to_manchester(filler))
                if self.is_qualified(node):
                    words.append(self.to_manchester(self.filler(node)))
                return f"({' '.join(words)})"
        return _UNKNOWN


def rule_name_part(term: Term) -> str:
    """Return the term's part of a rule's name, with a prefix for terms of other vocabularies."""
    curie = shorten(term.value)
    prefix, _, name = curie.partition(":")
    is_own = prefix in {"glocal", "id"}
    # For an IRI without a known prefix, take the text after the last slash or hash.
    text = name if is_own else curie.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return "".join(character if character.isalnum() else "-" for character in text)


def variable_names() -> Iterator[Variable]:
    """Yield the variables x, y, z, u, v, w, then x1, y1 and so on, without end."""
    for round_ in count():
        for letter in "xyzuvw":
            yield Variable(f"{letter}{round_ or ''}")
