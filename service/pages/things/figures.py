"""The figures of a thing: its observations as a table, and the most telling of them in words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import GLOCAL, XSD
from service.pages.dates import is_date
from service.pages.terms import Term
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statements import NOT_SHOWN, Graphs, StatementWriter
from service.pages.things.units import Units

_TRUE: Final = (Literal("true", datatype=XSD["boolean"]), Literal("1", datatype=XSD["boolean"]))
_VALUE, _RANK, _UNIT = (GLOCAL[name] for name in ("value", "rank", "unit"))
# The end of a span, of which the value is the beginning.
_UPPER: Final = GLOCAL["valueUpper"]
# The properties that a value written with its unit says too; the normalised value is for programs.
_SAID_BY_VALUE: Final = frozenset({_UNIT, _UPPER, GLOCAL["normalizedValue"]})
Nodes = Mapping[Term, Sequence[Triple]]


class FigureRow(NamedTuple):
    """An observation: the cells of its columns, what else is true of it, its grounds, its node.

    `whatif` is the address of what would hold without its first figure, or "".
    """

    cells: list[Markup]
    remarks: list[NamedNode]
    grounds: Markup
    node: Term
    whatif: str


class Figure(NamedTuple):
    """An observation in words: what was measured, the figure with its unit, its dates and mark."""

    name: Markup
    value: Markup
    dates: tuple[str, ...]
    mark: Markup = Markup()


class FigureWriter:
    """Writes the observations about things in the language of `statements`.

    The ontology says which properties are dimensions, measures and attributes, as in the RDF Data
    Cube Vocabulary.
    """

    def __init__(self, roles: PropertyRoles, units: Units, statements: StatementWriter) -> None:
        self._roles, self._units = roles, units
        self._statements, self._terms = statements, statements.terms

    def tabulate(
        self, thing: NamedNode, nodes: Nodes, graphs: Graphs
    ) -> tuple[list[tuple[NamedNode, bool]], list[FigureRow]]:
        """Return a table of observations about a thing, one per node: its columns and its rows.

        The properties with resources come first, then those with literals; each column says whether
        it has numbers. A truth value has no column: what is true is a remark.
        """
        hidden = NOT_SHOWN | _SAID_BY_VALUE
        values = {
            triple.predicate: triple.object
            for triples in nodes.values()
            for triple in triples
            if triple.predicate not in hidden and triple.object != thing
        }
        columns = sorted(
            (column for column, value in values.items() if not _is_boolean(value)),
            key=lambda column: (isinstance(values[column], Literal), column.value),
        )
        rows = [self._write_row(node, nodes[node], columns, graphs) for node in nodes]
        rows.sort(key=lambda row: (row.cells, row.grounds, str(row.node)))
        return [(one, is_date(values[one]) or _is_number(values[one])) for one in columns], rows

    def tell(self, thing: NamedNode, nodes: Nodes, graphs: Graphs) -> list[Figure]:
        """Return each observation in words, the latest first: what it is on, and its measures."""
        told = []
        for triples in nodes.values():
            about = [
                triple.object
                for triple in triples
                if triple.predicate in self._roles.dimensions and triple.object != thing
            ]
            measures = dict.fromkeys(
                triple.predicate for triple in triples if triple.predicate in self._roles.measures
            )
            if about and measures:
                attributes = [t for t in triples if t.predicate in self._roles.attributes]
                dates = (one.object.value for one in attributes if is_date(one.object))
                figure = self._tell_measures(triples, [*measures], attributes)
                name = self._terms.macros["links"](about)
                found = next(graphs.get(t, ()) for t in triples if t.predicate in measures)
                mark = self._statements.mark(found)
                told.append(Figure(name, figure, tuple(sorted(dates)), mark))
        return sorted(told, key=lambda one: ([*map(_backwards, one.dates)], one.name, one.value))

    def _write_row(
        self, node: Term, triples: Sequence[Triple], columns: Sequence[NamedNode], graphs: Graphs
    ) -> FigureRow:
        statements = self._statements
        shown = [triple for triple in triples if triple.predicate not in NOT_SHOWN]
        found = dict.fromkeys(graph for triple in shown for graph in graphs.get(triple, ()))
        figures = [triple for triple in shown if _is_number(triple.object)]
        return FigureRow(
            [self._write_values(triples, column) for column in columns],
            [triple.predicate for triple in shown if triple.object in _TRUE],
            statements.write_grounds([one for one in found if not statements.is_derived([one])]),
            node,
            next((statements.without(one, graphs.get(one, ())) for one in figures), ""),
        )

    def _tell_measures(
        self,
        triples: Sequence[Triple],
        measures: Sequence[NamedNode],
        attributes: Sequence[Triple],
    ) -> Markup:
        """Write the values of measures with what qualifies them."""
        say, name = self._terms.say, self._terms.macros["name"]
        figure = say("comma").join(self._tell_measure(triples, one) for one in measures)
        qualifiers = [
            name(one.object)
            for one in attributes
            if isinstance(one.object, NamedNode) and one.predicate != _UNIT
        ]
        if not qualifiers:
            return figure
        return say("figure-qualified", figure=figure, by=say("comma").join(qualifiers))

    def _tell_measure(self, triples: Sequence[Triple], measure: NamedNode) -> Markup:
        """Write the values of a measure; one that is no value says by its name what it is."""
        written = self._write_values(triples, measure)
        if measure == _VALUE:
            return written
        if measure == _RANK:
            return self._terms.say("figure-rank", rank=written)
        return Markup(" ").join([self._terms.macros["name"](measure), written])

    def _write_values(self, triples: Sequence[Triple], predicate: NamedNode) -> Markup:
        """Write the values of a property; of texts, those in the language of the page are enough.

        The value of an observation is written with its unit, and up to the end of its span.
        """
        values = self._read(triples, predicate)
        is_text = any(isinstance(value, Literal) and value.language for value in values)
        if is_text or not all(map(_is_number, values)):
            written: Markup = self._terms.macros["links"](
                self._terms.own_texts(values) if is_text else values
            )
            return written
        units: list[Term] = []
        if predicate == _VALUE:
            values, units = values + self._read(triples, _UPPER), self._read(triples, _UNIT)
        unit = next((one for one in units if isinstance(one, NamedNode)), None)
        numbers = [Decimal(one.value) for one in values if isinstance(one, Literal)]
        return self._units.write(self._terms, numbers, unit) if numbers else Markup()

    def _read(self, triples: Sequence[Triple], predicate: NamedNode) -> list[Term]:
        return [triple.object for triple in triples if triple.predicate == predicate]


def _is_boolean(term: Term) -> bool:
    """Return whether a term is a truth value."""
    return isinstance(term, Literal) and term.datatype == XSD["boolean"]


def _is_number(term: Term) -> bool:
    if not isinstance(term, Literal) or is_date(term) or _is_boolean(term):
        return False
    return term.value.removeprefix("-").replace(".", "", 1).isdigit()


def _backwards(date: str) -> int:
    return -int("".join(filter(str.isdigit, date)) or 0)
