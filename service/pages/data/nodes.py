"""Write blank nodes of any data: class expressions as in the Manchester syntax, others as lists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup
from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import OWL, RDF
from kg.reasoning.axioms.ontology_graph import RESTRICTION_KEYWORDS
from service.pages.terms import TermWriter

# Blank nodes within blank nodes; a deeper one is shown without its parts.
_MOST_LEVELS: Final = 12
_CONNECTIVES: Final = {OWL["intersectionOf"]: "and", OWL["unionOf"]: "or"}
_COMPLEMENTS: Final = (OWL["complementOf"], OWL["datatypeComplementOf"])
_FILLERS: Final = (OWL["onClass"], OWL["onDataRange"])
# What an expression is says nothing beyond its parts.
_NOT_TOLD: Final = frozenset({OWL["Class"], OWL["Restriction"], RDF["List"], OWL["DataRange"]})


# The triples of blank nodes, by subject.
Nodes = Mapping[Any, Sequence[Triple]]
NO_NODES: Final[Nodes] = {}


class NodeWriter:
    """Writes terms, with the blank nodes in `nodes` as what is stated about them."""

    def __init__(self, terms: TermWriter, nodes: Nodes) -> None:
        self._terms, self._nodes = terms, nodes

    def write(self, term: Any, levels: int = _MOST_LEVELS) -> Markup:
        """Write a term; of a blank node within too many others, only that it is one."""
        if not isinstance(term, BlankNode):
            return self._terms.link(term)
        if not levels or term not in self._nodes:
            return self._terms.say("something")
        said: dict[NamedNode, list[Any]] = {}
        for triple in self._nodes[term]:
            said.setdefault(triple.predicate, []).append(triple.object)
        return self._write_expression(said, levels - 1) or self._write_parts(said, levels - 1)

    def _write_expression(self, said: Mapping[NamedNode, list[Any]], levels: int) -> Markup | None:
        """Write a class expression, data range, inverse property or list; None for others."""
        for property_, word in _CONNECTIVES.items():
            for members in said.get(property_, ()):
                separator = Markup(" {} ").format(self._word(word))
                return Markup("({})").format(self._join(members, separator, levels))
        for members in said.get(OWL["oneOf"], ()):
            return Markup("{{{}}}").format(self._join(members, Markup(", "), levels))
        for property_ in _COMPLEMENTS:
            for negated in said.get(property_, ()):
                return Markup("{} {}").format(self._word("not"), self.write(negated, levels))
        if OWL["onProperty"] in said:
            return self._write_restriction(said, levels)
        for base in said.get(OWL["onDatatype"], ()):
            facets = self._items(next(iter(said.get(OWL["withRestrictions"], ())), None))
            written = [self.write(facet, levels) for facet in facets]
            return Markup("{} {}").format(self._terms.link(base), Markup(", ").join(written))
        for inverted in said.get(OWL["inverseOf"], ()):
            return Markup("{} {}").format(self._word("inverse"), self.write(inverted, levels))
        if RDF["first"] in said:
            items = [*said[RDF["first"]], *self._items(next(iter(said.get(RDF["rest"], ())), None))]
            return Markup("({})").format(Markup(", ").join(self._written(items, levels)))
        return None

    def _write_restriction(self, said: Mapping[NamedNode, list[Any]], levels: int) -> Markup | None:
        """Write a restriction: its property, a keyword, and what its values are or how many."""
        for property_, word in RESTRICTION_KEYWORDS.items():
            for filler in said.get(property_, ()):
                parts = [self.write(said[OWL["onProperty"]][0], levels), self._word(word)]
                if word != "Self":
                    parts.append(self.write(filler, levels))
                parts += (self.write(one, levels) for key in _FILLERS for one in said.get(key, ()))
                return Markup("({})").format(Markup(" ").join(parts))
        return None

    def _write_parts(self, said: Mapping[NamedNode, list[Any]], levels: int) -> Markup:
        """Write any node as a list of its properties with their values."""
        lines = [
            self._terms.space.join(
                [
                    self._terms.macros["verb"](property_, self._terms.macros["name"](property_)),
                    self._terms.say("comma").join(self._written(values, levels)),
                ]
            )
            for property_, values in sorted(said.items(), key=lambda pair: str(pair[0]))
            if set(values) - _NOT_TOLD
        ]
        written: Markup = self._terms.macros["lines_of_node"](lines)
        return written

    def _written(self, values: Iterable[Any], levels: int) -> list[Markup]:
        return [self.write(value, levels) for value in values if value not in _NOT_TOLD]

    def _join(self, members: Any, separator: Markup, levels: int) -> Markup:
        return separator.join(self.write(member, levels) for member in self._items(members))

    def _items(self, members: Any) -> list[Any]:
        """Return the items of a list from its first node; a damaged list ends where it breaks."""
        items, seen = list[Any](), set[Any]()
        while members in self._nodes and members not in seen:
            seen.add(members)
            said = {one.predicate: one.object for one in self._nodes[members]}
            items += [said[RDF["first"]]] if RDF["first"] in said else []
            members = said.get(RDF["rest"])
        return items

    def _word(self, word: str) -> str:
        return self._terms.words.get(f"manchester-{word}", word)
