"""One thing in any data: what is stated about it, what refers to it, and in which graphs.

Of each property only the first values are read, and the number of all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Triple

from kg.errors import UnknownName
from kg.reasoning.upkeep.entailment import DERIVED
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from service.errors import ResultTooLarge
from service.excerpts.names import Names, read_names
from service.excerpts.reader import DataReader, Row

# Values of one property that a page shows, in each direction.
MOST_VALUES: Final = 30
# Properties of one thing whose values a page shows, in each direction.
_MOST_PROPERTIES: Final = 100
# Statements that are counted, in each direction, and graphs that are read.
MOST_COUNTED: Final = 50_000
_MOST_GRAPHS: Final = 100
_MOST_EXAMPLES: Final = 20
# Blank nodes between a thing and a named one in whose description it is, such as those of a list.
_MOST_NODES: Final = 8
_OUT, _IN, _GRAPH, _USED, _HELD = range(5)

# One row of each property and direction; of each graph; and of the thing as a property and a graph.
_PARTS: Final = """SELECT ?part ?property ?graph ?count WHERE {{
  {{ SELECT (0 AS ?part) ?property (COUNT(*) AS ?count) WHERE {{
    {{ SELECT DISTINCT ?property ?value WHERE {{
      {{ {thing} ?property ?value }} UNION {{ GRAPH ?any {{ {thing} ?property ?value }} }}
    }} LIMIT {most} }} }} GROUP BY ?property }}
  UNION {{ SELECT (1 AS ?part) ?property (COUNT(*) AS ?count) WHERE {{
    {{ SELECT DISTINCT ?property ?value WHERE {{
      {{ ?value ?property {thing} }} UNION {{ GRAPH ?any {{ ?value ?property {thing} }} }}
    }} LIMIT {most} }} }} GROUP BY ?property }}
  UNION {{ SELECT DISTINCT (2 AS ?part) ?graph WHERE {{ GRAPH ?graph {{ {thing} ?p ?o }} }}
    LIMIT {graphs} }}
  UNION {{ SELECT (3 AS ?part) (COUNT(*) AS ?count) WHERE {{
    {{ SELECT DISTINCT ?s ?o WHERE {{
      {{ ?s {thing} ?o }} UNION {{ GRAPH ?any {{ ?s {thing} ?o }} }} }} LIMIT {most} }} }} }}
  UNION {{ SELECT (4 AS ?part) (COUNT(*) AS ?count) WHERE {{
    {{ SELECT ?s WHERE {{ GRAPH {thing} {{ ?s ?p ?o }} }} LIMIT {most} }} }} }}
}}"""
# The first values of one property, with every graph that has the statement. Those that are not
# derived come first: the branches of a union are evaluated one after another.
_VALUES: Final = """{{ SELECT ({number} AS ?part) ?value ?graph WHERE {{
  {{ SELECT DISTINCT ?value WHERE {{
    {{ {pattern} FILTER NOT EXISTS {{ GRAPH {derived} {{ {pattern} }} }} }}
    UNION {{ {pattern} }} UNION {{ GRAPH ?any {{ {pattern} }} }} }} LIMIT {most} }}
  OPTIONAL {{ GRAPH ?graph {{ {pattern} }} }} }} }}"""
_EXAMPLES: Final = """SELECT ?s ?o ?graph WHERE {{
  {{ SELECT DISTINCT ?s ?o WHERE {{
    {{ ?s {thing} ?o }} UNION {{ GRAPH ?any {{ ?s {thing} ?o }} }} }} LIMIT {most} }}
  OPTIONAL {{ GRAPH ?graph {{ ?s {thing} ?o }} }} }}"""


@dataclass(frozen=True)
class Values:
    """The values of a property: the first ones, and the number of all, at most `MOST_COUNTED`."""

    predicate: NamedNode
    shown: Sequence[Any]
    count: int

    @property
    def others(self) -> int:
        """The number of those that are not shown."""
        return max(0, self.count - len(self.shown))


@dataclass(frozen=True)
class ThingExcerpt:
    """The parts of a thing's page.

    Attributes:
        thing: its IRI.
        outgoing: the values of each of its properties.
        incoming: the things that refer to it, by property.
        nodes: the triples of the blank nodes that belong to it, by subject.
        graphs: the named graphs that have each statement, if any have it.
        owners: things in whose description it is, such as a class by a restriction on it.
        uses: some of the statements whose property it is.
        times_used: the number of those statements, at most `MOST_COUNTED`.
        graph_size: the number of triples in the graph with this name, likewise.
        names: the names of everything that is mentioned.
        entailment: "none" if what is derived has been left out.
    """

    thing: NamedNode
    outgoing: Sequence[Values]
    incoming: Sequence[Values]
    nodes: Mapping[Any, Sequence[Triple]] = field(default_factory=dict)
    graphs: Mapping[Triple, Sequence[NamedNode]] = field(default_factory=dict)
    owners: Sequence[NamedNode] = ()
    uses: Sequence[Triple] = ()
    times_used: int = 0
    graph_size: int = 0
    names: Names = field(default_factory=dict)
    entailment: str = ENTAILMENTS[0]


def description_query(thing: NamedNode) -> str:
    """Return the query for the description of a thing: its statements, those of blank nodes too."""
    return f"DESCRIBE {thing}"


async def find_dataset(reader: DataReader, thing: NamedNode) -> QueryDataset:
    """Return the graphs that describe a thing as one default graph; UnknownName if none does.

    A thing that others only refer to, or that is a property or graph, has an empty description.
    """
    return _dataset(await _read_parts(reader, thing))


async def read_thing(reader: DataReader, thing: NamedNode) -> ThingExcerpt:
    """Read what a page shows of a thing; UnknownName if the data does not mention it."""
    parts = await _read_parts(reader, thing)
    counts = {number: int(row["count"].value) for number, row in _numbered(parts, _USED, _HELD)}
    asked = [
        (number, row["property"], int(row["count"].value))
        for way in (_OUT, _IN)
        for number, row in [*_numbered(parts, way)][:_MOST_PROPERTIES]
    ]
    values, graphs = await _read_values(reader, thing, asked)
    both: dict[int, list[Values]] = {_OUT: [], _IN: []}
    for (way, property_, count), several in zip(asked, values, strict=True):
        both[way].append(Values(property_, several, count))
    dataset = _dataset(parts)
    nodes = await _read_nodes(reader, thing, dataset) if _has_blank(both[_OUT]) else {}
    owners = await _read_owners(reader, thing) if _has_blank(both[_IN]) else []
    uses = await _read_uses(reader, thing) if counts[_USED] else {}
    graphs |= {triple: several for triple, several in uses.items() if several}
    mentioned: list[Any] = [thing, *owners, *(term for triple in uses for term in triple)]
    mentioned += (term for one in (*both[_OUT], *both[_IN]) for term in (one.predicate, *one.shown))
    mentioned += (term for several in nodes.values() for triple in several for term in triple)
    mentioned += (graph for several in graphs.values() for graph in several)
    return ThingExcerpt(
        thing,
        both[_OUT],
        both[_IN],
        nodes,
        graphs,
        owners,
        [*uses],
        counts[_USED],
        counts[_HELD],
        await read_names(reader, mentioned),
        reader.entailment,
    )


async def _read_parts(reader: DataReader, thing: NamedNode) -> list[Row]:
    query = _PARTS.format(thing=thing, most=MOST_COUNTED, graphs=_MOST_GRAPHS)
    rows = await reader.rows(query)
    if not any(row["graph"] or int(row["count"].value) for row in rows):
        raise UnknownName(thing.value, kind="resource")
    return sorted(rows, key=lambda row: str(row["property"]))


def _numbered(parts: Iterable[Row], *numbers: int) -> Iterable[tuple[int, Row]]:
    return ((number, row) for row in parts if (number := int(row["part"].value)) in numbers)


def _dataset(parts: Iterable[Row]) -> QueryDataset:
    return QueryDataset((DefaultGraph(), *(row["graph"] for _, row in _numbered(parts, _GRAPH))))


async def _read_values(
    reader: DataReader, thing: NamedNode, asked: Sequence[tuple[int, NamedNode, int]]
) -> tuple[list[list[Any]], dict[Triple, list[NamedNode]]]:
    """Return the first values of each property in its direction, and the graphs of statements."""
    if not asked:
        return [], {}
    patterns = [
        f"{thing} {property_} ?value" if way == _OUT else f"?value {property_} {thing}"
        for way, property_, _ in asked
    ]
    branches = (
        _VALUES.format(number=number, pattern=pattern, most=MOST_VALUES, derived=DERIVED)
        for number, pattern in enumerate(patterns)
    )
    query = f"SELECT ?part ?value ?graph WHERE {{ {' UNION '.join(branches)} }}"
    values: list[dict[Any, None]] = [{} for _ in asked]
    graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)
    for row in await reader.rows(query):
        number, value, graph = int(row["part"].value), row["value"], row["graph"]
        values[number][value] = None
        if graph is not None:
            way, property_, _ = asked[number]
            ends = (thing, value) if way == _OUT else (value, thing)
            graphs[Triple(ends[0], property_, ends[1])].append(graph)
    return [[*several] for several in values], dict(graphs)


async def _read_nodes(
    reader: DataReader, thing: NamedNode, dataset: QueryDataset
) -> dict[Any, list[Triple]]:
    """Return the triples of the blank nodes in the description of a thing, by subject."""
    nodes: defaultdict[Any, list[Triple]] = defaultdict(list)
    try:
        triples = await reader.triples(description_query(thing), dataset)
    except ResultTooLarge:
        # The page shows each of them as an unnamed thing.
        return {}
    for triple in triples:
        if isinstance(triple.subject, BlankNode):
            nodes[triple.subject].append(triple)
    return dict(nodes)


def _has_blank(several: Iterable[Values]) -> bool:
    return any(isinstance(value, BlankNode) for one in several for value in one.shown)


async def _read_owners(reader: DataReader, thing: NamedNode) -> list[NamedNode]:
    """Return named things in whose description this is, by blank nodes in the default graph."""
    # One pattern for each length of the chain of blank nodes; a path would go on beyond its end.
    steps = [f"?n1 ?p1 {thing} FILTER(isBlank(?n1))"]
    steps += (
        f"?n{number} ?p{number} ?n{number - 1} FILTER(isBlank(?n{number}))"
        for number in range(2, _MOST_NODES + 1)
    )
    branches = (
        f"{{ {' '.join(steps[:length])} ?owner ?p ?n{length} FILTER(isIRI(?owner)) }}"
        for length in range(1, _MOST_NODES + 1)
    )
    chains = " UNION ".join(branches)
    query = f"""SELECT DISTINCT ?owner WHERE {{ {chains} FILTER(?owner != {thing}) }}
ORDER BY ?owner LIMIT {MOST_VALUES}"""
    return [row["owner"] for row in await reader.rows(query)]


async def _read_uses(reader: DataReader, thing: NamedNode) -> dict[Triple, list[NamedNode]]:
    """Return some of the statements whose property is this, each with the graphs that have it."""
    uses: dict[Triple, list[NamedNode]] = {}
    for row in await reader.rows(_EXAMPLES.format(thing=thing, most=_MOST_EXAMPLES)):
        several = uses.setdefault(Triple(row["s"], thing, row["o"]), [])
        several += [row["graph"]] if row["graph"] is not None else []
    return uses
