"""The figures of a thing: its observations as a table, and the most telling of them in words."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeGuard

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import XSD
from service.pages.terms import Term, TermWriter
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statements import NOT_SHOWN, Graphs, StatementWriter

_TRUE: Final = (Literal("true", datatype=XSD["boolean"]), Literal("1", datatype=XSD["boolean"]))
_DATES: Final = frozenset(XSD[name] for name in ("gYear", "gYearMonth", "date", "dateTime"))
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
    """An observation in words: what was measured, the figure with its unit, and its dates."""

    name: Markup
    value: Markup
    dates: tuple[str, ...]


def is_date(term: object) -> TypeGuard[Literal]:
    """Return whether a term is a year, month, day or time."""
    return isinstance(term, Literal) and term.datatype in _DATES


def tabulate(
    statements: StatementWriter, thing: NamedNode, nodes: Nodes, graphs: Graphs
) -> tuple[list[tuple[NamedNode, bool]], list[FigureRow]]:
    """Return a table of observations about a thing, one per node: its columns and its rows.

    The properties with resources come first, then those with literals; each column says whether it
    has numbers. A truth value has no column: what is true is a remark.
    """
    values = {
        triple.predicate: triple.object
        for triples in nodes.values()
        for triple in triples
        if triple.predicate not in NOT_SHOWN and triple.object != thing
    }
    columns = sorted(
        (column for column, value in values.items() if not _is_boolean(value)),
        key=lambda column: (isinstance(values[column], Literal), column.value),
    )
    write, rows = statements.terms.macros["links"], []
    for node, triples in nodes.items():
        shown = [triple for triple in triples if triple.predicate not in NOT_SHOWN]
        found = dict.fromkeys(graph for triple in shown for graph in graphs.get(triple, ()))
        figures = [triple for triple in shown if _is_number(triple.object)]
        asserting = [graph for graph in found if not statements.is_derived([graph])]
        rows.append(
            FigureRow(
                [write(_read(statements.terms, triples, column)) for column in columns],
                [triple.predicate for triple in shown if triple.object in _TRUE],
                statements.write_grounds(asserting),
                node,
                next((statements.without(one, graphs.get(one, ())) for one in figures), ""),
            )
        )
    rows.sort(key=lambda row: (row.cells, row.grounds, str(row.node)))
    return [(column, _is_number(values[column])) for column in columns], rows


def tell_figures(
    roles: PropertyRoles, statements: StatementWriter, thing: NamedNode, nodes: Nodes
) -> list[Figure]:
    """Return each observation in words, the latest first: dimensions, measures with attributes.

    The ontology says which properties are of these kinds, as in the RDF Data Cube Vocabulary.
    """
    terms = statements.terms
    write, name = terms.macros["links"], terms.macros["name"]
    told = []
    for triples in nodes.values():
        about = [t.object for t in triples if t.predicate in roles.dimensions and t.object != thing]
        units = [t.object for t in triples if t.predicate in roles.attributes]
        dates = tuple(sorted(one.value for one in units if is_date(one)))
        named = [term for term in units if isinstance(term, NamedNode)]
        # Nobody says of what is counted that it is a count.
        names = [one for one in named if one not in roles.plain_units]
        found = [triple for triple in triples if triple.predicate in roles.measures]
        if about and found:
            # A figure without a unit, such as a rank, says by its property what it is.
            before = [] if named else [found[0].predicate]
            measured = dict.fromkeys(triple.predicate for triple in found)
            figure = write([one for each in measured for one in _read(terms, triples, each)])
            parts = [*map(name, before), figure, *map(name, names)]
            told.append(Figure(write(about), Markup(" ").join(parts), dates))
    return sorted(told, key=lambda one: ([*map(_backwards, one.dates)], one.name, one.value))


def _read(terms: TermWriter, triples: Sequence[Triple], predicate: NamedNode) -> list[Term]:
    """Return the values of a property; of texts, those in the language of the page are enough."""
    values = [triple.object for triple in triples if triple.predicate == predicate]
    is_text = any(isinstance(value, Literal) and value.language for value in values)
    return [*terms.own_texts(values)] if is_text else values


def _is_boolean(term: Term) -> bool:
    """Return whether a term is a truth value."""
    return isinstance(term, Literal) and term.datatype == XSD["boolean"]


def _is_number(term: Term) -> bool:
    return isinstance(term, Literal) and term.value.replace(".", "", 1).isdigit()


def _backwards(date: str) -> int:
    return -int("".join(filter(str.isdigit, date)) or 0)
