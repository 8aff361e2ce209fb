"""Read the classes, properties and graphs of any data, with their sizes, and examples.

Each part is read apart: where one takes longer than a query may, the others are still there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import OWL, RDF, RDFS, SKOS, VOID, is_in
from service.excerpts.names import NAMES, Names, in_list, read_names
from service.excerpts.reader import BEYOND_LIMITS, DataReader, Row, anywhere

_MOST_TERMS: Final = 2_000
_MOST_GRAPHS: Final = 1_000
# Classes of which examples are read, and examples of each.
_MOST_CLASSES, _MOST_OF_CLASS = 12, 2
# The vocabularies in which ontologies are written; what they name is no subject of the data.
_OF_SCHEMA: Final = (OWL, RDF, RDFS)

# Each over the default graph, and over named graphs, which often have the same statements: they
# count only for what the default graph lacks. To count both at once takes ten times as long.
_CLASSES: Final = "?thing a ?term FILTER(isIRI(?term))"
_PROPERTIES: Final = "?thing ?term ?value"
_COUNT: Final = """SELECT ?term (COUNT(*) AS ?count) WHERE {{
  {pattern} }} GROUP BY ?term ORDER BY DESC(?count) ?term LIMIT {most}"""
_DEFAULT_SIZE: Final = "SELECT ?graph (COUNT(*) AS ?count) WHERE { ?s ?p ?o } GROUP BY ?graph"
_GRAPH_SIZES: Final = f"""SELECT ?graph (COUNT(*) AS ?count) WHERE {{
  GRAPH ?graph {{ ?s ?p ?o }} }} GROUP BY ?graph ORDER BY ?graph LIMIT {_MOST_GRAPHS}"""
_THINGS: Final = f"""SELECT DISTINCT ?thing WHERE {{
  {{ ?thing ?p ?o }} UNION {{ ?s ?p ?thing }}
  UNION {{ GRAPH ?graph {{ {{ ?thing ?p ?o }} UNION {{ ?s ?p ?thing }} }} }} FILTER(isIRI(?thing))
}} LIMIT {_MOST_TERMS + 1}"""
_KINDS: Final = {
    **dict.fromkeys((OWL["Class"], RDFS["Class"]), True),
    **dict.fromkeys(
        [
            RDF["Property"],
            *(OWL[f"{kind}Property"] for kind in ("Object", "Datatype", "Annotation")),
        ],
        False,
    ),
}
# With the classes as constants: the engine would read all types to compare them with a list.
_DECLARED: Final = (
    "SELECT DISTINCT ?term ?kind WHERE { "
    + " UNION ".join(
        f"{{ {anywhere(f'?term a {kind}')} BIND({kind} AS ?kind) }}" for kind in _KINDS
    )
    + f" FILTER(isIRI(?term)) }} LIMIT {_MOST_TERMS}"
)
_DATASETS: Final = (
    OWL["Ontology"],
    VOID["Dataset"],
    NamedNode("http://www.w3.org/ns/dcat#Dataset"),
    SKOS["ConceptScheme"],
)
_TITLES: Final = (
    "SELECT DISTINCT ?kind ?property ?name WHERE { "
    + " UNION ".join(
        f"{{ {anywhere(f'?set a {kind} ; ?property ?name')} BIND({kind} AS ?kind) }}"
        for kind in _DATASETS
    )
    + f" FILTER(?property IN ({in_list(NAMES)}) && isLiteral(?name)) }} LIMIT 100"
)


@dataclass(frozen=True)
class Overview:
    """The parts of any data; a part is None if it could not be read within the limits.

    Attributes:
        classes: the number of members of each class, the largest first.
        properties: the number of statements of each property, the most used first.
        graphs: the number of triples of each graph; the default graph has the key None.
        examples: some members of the largest classes.
        names: the names of all of these.
    """

    classes: Mapping[NamedNode, int] | None
    properties: Mapping[NamedNode, int] | None
    graphs: Mapping[NamedNode | None, int] | None
    examples: Sequence[NamedNode]
    names: Names = field(default_factory=dict)

    @property
    def triples(self) -> int | None:
        """The number of triples: those of the default graph, or of all graphs if it is empty."""
        if self.graphs is None:
            return None
        return self.graphs.get(None) or sum(self.graphs.values())

    @property
    def own_classes(self) -> dict[NamedNode, int]:
        """The classes without those that ontologies are written with."""
        return _own(self.classes or {})

    @property
    def own_properties(self) -> dict[NamedNode, int]:
        """The properties without those that ontologies are written with."""
        return _own(self.properties or {})

    @property
    def schema_terms(self) -> dict[NamedNode, int]:
        """The other classes and properties, the most used first."""
        terms = {**(self.classes or {}), **(self.properties or {})}
        own = self.own_classes.keys() | self.own_properties.keys()
        return _largest_first({one: count for one, count in terms.items() if one not in own})


async def read_terms(
    reader: DataReader,
) -> tuple[Mapping[NamedNode, int] | None, Mapping[NamedNode, int] | None]:
    """Return the classes and the properties with their uses, those that are only declared too.

    Either is None if it could not be counted within the limits.
    """
    classes = await _count_terms(reader, _CLASSES)
    properties = await _count_terms(reader, _PROPERTIES)
    declared = await _try(reader, _DECLARED) or []
    for row in declared:
        terms = classes if _KINDS[row["kind"]] else properties
        if terms is not None:
            terms.setdefault(row["term"], 0)
    both = (classes, properties)
    classes, properties = (None if one is None else _largest_first(one) for one in both)
    return classes, properties


async def read_things(reader: DataReader) -> list[NamedNode] | None:
    """Return everything that the data mentions, or None if that is too much for a list."""
    rows = await _try(reader, _THINGS)
    return None if rows is None or len(rows) > _MOST_TERMS else [row["thing"] for row in rows]


async def read_overview(reader: DataReader) -> Overview:
    """Read what the data consists of."""
    classes, properties = await read_terms(reader)
    default, named = await _try(reader, _DEFAULT_SIZE), await _try(reader, _GRAPH_SIZES)
    graphs: dict[NamedNode | None, int] | None = None
    if default is not None and named is not None:
        graphs = {row["graph"]: _count(row) for row in (*default, *named)}
    overview = Overview(classes, properties, graphs, ())
    examples = await _read_examples(reader, [*overview.own_classes][:_MOST_CLASSES])
    mentioned = [*(classes or ()), *(properties or ()), *(graphs or ()), *examples]
    names = await read_names(reader, mentioned)
    return Overview(classes, properties, graphs, examples, names)


async def read_titles(reader: DataReader) -> list[Literal]:
    """Return the titles of the ontologies or data sets that the data describes.

    For the errors see `DataReader`.
    """
    rows = await reader.rows(_TITLES)
    rows.sort(key=lambda row: (_DATASETS.index(row["kind"]), NAMES.index(row["property"])))
    return [row["name"] for row in rows]


async def _count_terms(reader: DataReader, pattern: str) -> dict[NamedNode, int] | None:
    """Return how often each class or property is used; None beyond the limits of queries."""
    named = f"GRAPH ?graph {{ {pattern} }}"
    queries = (_COUNT.format(pattern=one, most=_MOST_TERMS) for one in (pattern, named))
    default, others = [await _try(reader, query) for query in queries]
    if default is None:
        return None
    counts = {row["term"]: _count(row) for row in default}
    return {**{row["term"]: _count(row) for row in others or ()}, **counts}


async def _read_examples(reader: DataReader, classes: Sequence[NamedNode]) -> list[NamedNode]:
    if not classes:
        return []
    branches = (
        f"{{ SELECT DISTINCT ?thing WHERE {{ {anywhere(f'?thing a {one}')} "
        f"FILTER(isIRI(?thing)) }} LIMIT {_MOST_OF_CLASS} }}"
        for one in classes
    )
    rows = await _try(reader, f"SELECT DISTINCT ?thing WHERE {{ {' UNION '.join(branches)} }}")
    return [row["thing"] for row in rows or ()]


async def _try(reader: DataReader, query: str) -> list[Row] | None:
    """Return the rows of a query, or None if they are beyond its limits."""
    try:
        return await reader.rows(query)
    except BEYOND_LIMITS:
        return None


def _count(row: Mapping[str, Any]) -> int:
    return int(row["count"].value)


def _own(terms: Mapping[NamedNode, int]) -> dict[NamedNode, int]:
    return {one: count for one, count in terms.items() if not is_in(one, *_OF_SCHEMA)}


def _largest_first(terms: Mapping[NamedNode, int]) -> dict[NamedNode, int]:
    return dict(sorted(terms.items(), key=lambda pair: (-pair[1], pair[0].value)))
