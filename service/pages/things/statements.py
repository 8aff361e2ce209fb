"""Statements as pages show them: by property, with their grounds.

The grounds of a statement are the status, the holder and the passage of each graph that contains
it. From each statement, links lead to its explanation and to what would hold without it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import quote

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.namespaces import DCTERMS, GLOCAL, GRAPH, QB, RDF, RDFS, XSD, is_in, shorten
from kg.statuses import (
    DEFAULT_VIEW,
    QUALIFYING,
    TIMES,
    Status,
    standing_of,
    status_of,
    view_parameters,
)
from service.pages.name_order import order_of_name
from service.pages.terms import Term, TermWriter
from service.pages.things.statement_groups import Statement

_MAX_CACHED: Final = 65_536
# An entity may be mentioned in dozens of passages; the first ones are shown.
_MAX_PASSAGES: Final = 3
_NUMBERS: Final = (XSD["integer"], XSD["decimal"])
# The properties of a graph that its grounds say.
SAID_BY_GROUNDS: Final = frozenset(
    {
        *(*QUALIFYING, *TIMES, DCTERMS["source"]),
        *(GLOCAL[name] for name in ("hasStatus", "heldBy", "followsFromClaimOf")),
        *(GLOCAL[name] for name in ("fromPassage", "citedFrom", "hasPurpose")),
    }
)
# Properties of statement nodes that tell a reader nothing.
NOT_SHOWN: Final = frozenset({RDF["type"], RDFS["label"], QB["dataSet"]})

Graphs = Mapping[Triple, Sequence[NamedNode]]
# The graphs that assert statements, and those that are derived; the strongest ones first.
_Grounds = tuple[list[GraphProvenance], list[GraphProvenance]]


class Row(NamedTuple):
    """A statement in a list: its property and its other end, or a whole sentence.

    Attributes:
        property: the property as a link; empty before a sentence.
        words: the other end, or the sentence.
        is_again: whether the row above has the same property.
        grounds: written in full, or only the status if they are those of the row above.
        why: the address of the explanation of what is derived, claimed, hoped or planned, or "".
        whatif: the address of what would hold without this, if it is asserted, or "".
    """

    property: Markup
    words: Markup
    is_again: bool
    modes: Sequence[NamedNode]
    grounds: Markup
    why: str
    whatif: str


class NodeRows(NamedTuple):
    """The rows of a statement node: the grounds of most of its parts, and others with theirs."""

    node: Term
    grounds: Markup
    rows: Sequence[Row]


class StatementWriter:
    """Writes statements and their grounds, for many pages in the language of `terms`."""

    def __init__(self, terms: TermWriter, provenance: ProvenanceReader) -> None:
        self.terms, self._provenance = terms, provenance
        keep = lru_cache(_MAX_CACHED)
        self._grounds, self._written_grounds = keep(self._read_grounds), keep(self._write_grounds)
        self._parameter, self._removed = keep(_encode_parameter), keep(_encode_for_patch)
        self._property = keep(self._write_property)

    def in_order(self, statements: Iterable[Statement]) -> list[Statement]:
        """Return statements by property and name of the other end, as `rows` writes them."""
        return sorted(self._in_language(statements), key=self._order)

    def rows(
        self,
        statements: Iterable[Statement],
        graphs: Graphs,
        *,
        modes: Mapping[Term, Sequence[NamedNode]] = MappingProxyType({}),
        holds: bool = True,
    ) -> list[Row]:
        """Write statements by property, in order of the names of their other ends.

        The property of incoming statements has their object after it. Of texts in several
        languages, those in the language of the page are enough.
        """
        rows: list[Row] = []
        above: tuple[object, Sequence[NamedNode]] = None, ()
        for statement in self.in_order(statements):
            triple, several = statement.triple, graphs.get(statement.triple, ())
            property_ = triple.predicate, triple.object if statement.is_incoming else None
            is_again = property_ == above[0]
            rows.append(
                Row(
                    self._property(*property_),
                    self._write_value(statement.other),
                    is_again,
                    modes.get(statement.other, ()),
                    self.write_grounds(several, is_repeated=is_again and several == above[1]),
                    *self._addresses(triple, several, holds),
                )
            )
            above = property_, several
        return rows

    def node_rows(
        self,
        node: Term,
        statements: Sequence[Statement],
        graphs: Graphs,
        *,
        holds: bool = True,
        with_grounds: bool = True,
    ) -> NodeRows:
        """Write the statements of a node by property, as the parts of one entry."""
        told = [one for one in statements if one.triple.predicate not in NOT_SHOWN]
        rows = self.rows(told, graphs, holds=holds)
        if not with_grounds:
            return NodeRows(node, Markup(), [row._replace(grounds=Markup()) for row in rows])
        written = [self.write_grounds(graphs.get(one.triple, ())) for one in self.in_order(told)]
        heading = Counter(written).most_common(1)[0][0] if written else Markup()
        return NodeRows(
            node,
            heading,
            [
                row._replace(grounds=Markup() if own == heading else own)
                for row, own in zip(rows, written, strict=True)
            ],
        )

    def sentences(self, graphs: Graphs, *, with_grounds: bool = True) -> list[Row]:
        """Write triples as sentences, in their order; they may not hold in the view."""
        rows: list[Row] = []
        above: Sequence[NamedNode] = ()
        for statement in self._in_language(map(Statement, graphs)):
            triple, several = statement.triple, graphs[statement.triple]
            grounds = self.write_grounds(several, is_repeated=several == above)
            addresses = self._addresses(triple, several, holds=False)
            words, shown = self.terms.statement(triple), grounds if with_grounds else Markup()
            rows.append(Row(Markup(), words, False, (), shown, *addresses))
            above = several
        return rows

    def is_derived(self, graphs: Sequence[NamedNode]) -> bool:
        """Return whether statements in these graphs are only derived, not asserted."""
        asserted, derived = self._grounds(tuple(graphs))
        return bool(derived) and not asserted

    def has_grounds(self, graph: NamedNode) -> bool:
        """Return whether a resource is a graph that has a status."""
        return self._provenance.get(graph) is not None

    def strongest(self, graphs: Sequence[NamedNode]) -> GraphProvenance | None:
        """Return the strongest of the grounds of a statement, an asserted one if there is any."""
        asserted, derived = self._grounds(tuple(graphs))
        return next(iter([*asserted, *derived]), None)

    def write_grounds(self, graphs: Sequence[NamedNode], *, is_repeated: bool = False) -> Markup:
        """Write the grounds of a statement in these graphs, the asserted ones first.

        If they are repeated from the statement above, their status is enough.
        """
        ground = self.strongest(graphs) if is_repeated else None
        if ground is None or ground.is_derived:
            return self._written_grounds(tuple(graphs))
        written: Markup = self.terms.macros["repeated"](ground.status)
        return written

    def mark(self, graphs: Sequence[NamedNode]) -> Markup:
        """Write the mark of the strongest status of a statement in these graphs, if it has one."""
        ground = self.strongest(graphs)
        if ground is None:
            return Markup()
        mark: Markup = self.terms.macros["mark"](ground.status, ground.is_derived)
        # It does not begin a line without what it marks.
        return Markup("\N{NO-BREAK SPACE}{}").format(mark)

    def declare(self, row: Row, passages: Sequence[NamedNode]) -> Row:
        """Ground a row that has no grounds in the list of entities: a fact, by these passages."""
        if row.grounds:
            return row
        graph, shown = GRAPH["entities"], tuple(passages[:_MAX_PASSAGES])
        ground = GraphProvenance(graph, Status.FACT.iri, is_derived=False, passages=shown)
        return row._replace(grounds=self.terms.macros["provenance"]([ground]))

    def without(self, triple: Triple, graphs: Sequence[NamedNode]) -> str:
        """Return the address of what would hold without a triple; "" if no graph asserts it.

        What is only claimed or read falls in the world, or at the base, where it stands.
        """
        asserted, _ = self._grounds(tuple(graphs))
        if not asserted:
            return ""
        status, holder = status_of(asserted[0].status), next(iter(asserted[0].holders), None)
        standing = standing_of(status, holder)
        parameters: dict[str, str] = {}
        if standing and standing.base > DEFAULT_VIEW.base:
            parameters |= view_parameters(standing)
        if standing and standing.world:
            parameters["world"] = standing.world.name
        removed = "%20".join(map(self._removed, triple))
        return self.terms.local(f"/whatif?remove={removed}", **parameters)

    def _addresses(
        self, triple: Triple, graphs: Sequence[NamedNode], holds: bool
    ) -> tuple[str, str]:
        """Return the addresses of the explanation of a triple and of what holds without it."""
        asserted, derived = self._grounds(tuple(graphs))
        why = ""
        if derived or any(one.holders or not status_of(one.status).holds for one in asserted):
            subject, predicate, object_ = map(self._parameter, triple)
            why = f"/explain?subject={subject}&predicate={predicate}&object={object_}"
            why = self.terms.local(why) if holds else self.terms.in_language(why)
        return why, self.without(triple, graphs)

    def _read_grounds(self, graphs: tuple[NamedNode, ...]) -> _Grounds:
        """Return the provenance of the graphs that assert statements, and of those derived."""
        grounds: _Grounds = [], []
        for ground in filter(None, map(self._provenance.get, sorted(set(graphs), key=str))):
            grounds[ground.is_derived].append(ground)
        for several in grounds:
            several.sort(key=lambda ground: status_of(ground.status).rank)
        return grounds

    def _write_grounds(self, graphs: tuple[NamedNode, ...]) -> Markup:
        asserted, derived = self._grounds(graphs)
        # One derivation is enough: the link to its explanation leads to the strongest proof.
        written: Markup = self.terms.macros["provenance"]([*asserted, *derived[:1]])
        return written

    def _write_property(self, predicate: NamedNode, end: Term | None) -> Markup:
        """Write a property; that of incoming statements with their object, which is `end`."""
        if not isinstance(end, NamedNode):
            return self.terms.link(predicate)
        text = self.terms.relation_text(predicate, self.terms.label(end).value)
        written: Markup = self.terms.macros["incoming"](predicate, text)
        return written

    def _write_value(self, term: Term) -> Markup:
        if isinstance(term, Literal) and term.datatype == XSD["boolean"]:
            return self.terms.say("yes" if term.value in {"true", "1"} else "no")
        if isinstance(term, Literal) and term.datatype in _NUMBERS:
            number: Markup = self.terms.macros["number"](Decimal(term.value))
            return number
        return self.terms.link(term)

    def _in_language(self, statements: Iterable[Statement]) -> list[Statement]:
        """Leave out texts in other languages of pages if the page's language has a text."""
        members, language = [*statements], self.terms.language
        tags = [getattr(member.other, "language", None) for member in members]
        if not any(tags):
            return members
        about = [(member.triple.subject, member.triple.predicate) for member in members]
        told = {key for key, tag in zip(about, tags, strict=True) if tag == language}
        return [
            member
            for member, key, tag in zip(members, about, tags, strict=True)
            if tag in (None, language) or key not in told
        ]

    def _order(self, statement: Statement) -> tuple[bool, bool, str, bytes, str]:
        """Order by property, those of the ontology first, then by the name of the other end."""
        predicate, other = statement.triple.predicate, statement.other
        name = self.terms.label(other).value if isinstance(other, NamedNode) else ""
        is_outside = not is_in(predicate, GLOCAL)
        return (
            statement.is_incoming,
            is_outside,
            predicate.value,
            order_of_name(name),
            str(other),
        )


def _encode_parameter(term: Term) -> str:
    """Encode a term as the value of a parameter of `/explain`."""
    return quote(shorten(term.value) if isinstance(term, NamedNode) else str(term), safe="")


def _encode_for_patch(term: Term) -> str:
    """Encode a term as the parameter `remove` of `/whatif` has it: a CURIE, `<IRI>` or literal."""
    name = shorten(term.value) if isinstance(term, NamedNode) else ""
    return quote(str(term) if not name or name == getattr(term, "value", "") else name, safe="")
