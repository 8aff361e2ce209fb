"""The formats of `glocal query` and `glocal describe`, and what the engine calls them."""

from typing import Annotated, Final

import typer
from pyoxigraph import QueryResultsFormat, RdfFormat

TABLE: Final = "table"
JSON_LD: Final = "jsonld"
ROWS: Final = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
GRAPHS: Final = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "rdfxml": RdfFormat.RDF_XML,
}
WITH_GRAPHS: Final = ("trig", "nquads", JSON_LD)
# The endings of files, as the service takes them too.
_OTHER_NAMES: Final = {
    "json-ld": JSON_LD,
    "nq": "nquads",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "ttl": "turtle",
}
# A format of rows that a graph is asked for in is its nearest relative.
_OF_GRAPHS: Final = {TABLE: "turtle", "json": JSON_LD, "xml": "rdfxml"}
_DESCRIBING: Final = (*GRAPHS, JSON_LD)
_QUERYING: Final = (TABLE, *ROWS, *_DESCRIBING)


def of_graph(name: str) -> str:
    """The format in which triples are written where this one was asked for."""
    return _OF_GRAPHS.get(name, name)


def _read(value: str, known: tuple[str, ...]) -> str:
    name = _OTHER_NAMES.get(value.lower(), value.lower())
    if name not in known:
        raise typer.BadParameter(f"'{value}' is none of {', '.join(known)}")
    return name


def _querying(value: str) -> str:
    return _read(value, _QUERYING)


def _describing(value: str) -> str:
    return _read(of_graph(value), _DESCRIBING)


QueryFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_querying,
        metavar="|".join(_QUERYING),
        help="By default a table in a terminal, else csv; triples as turtle.",
    ),
]
GraphFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=_describing,
        metavar="|".join(_DESCRIBING),
        help="By default turtle, or trig; the endings of files, such as ttl and nt, do as well.",
    ),
]
