"""Find things in any data by a part of a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode

from service.excerpts.names import NAMES, Names, read_names
from service.excerpts.reader import DataReader

MOST_FOUND: Final = 100


@dataclass(frozen=True)
class Found:
    """Things that a search found, each with the first of its classes if it has any.

    There may be more of them than are listed. `names` has the names of all that is mentioned.
    """

    things: Sequence[NamedNode]
    classes: dict[NamedNode, NamedNode] = field(default_factory=dict)
    has_more: bool = False
    names: Names = field(default_factory=dict)


async def find_things(reader: DataReader, asked: str) -> Found:
    """Find the things that have a name with this text in it, or an IRI that ends so.

    Upper and lower case are the same. Those whose name is the text come first, then those whose
    name begins with it.
    """
    text = Literal(asked.strip().lower())
    named = " UNION ".join(
        f"{{ ?thing {one} ?name }} UNION {{ GRAPH ?graph {{ ?thing {one} ?name }} }}"
        for one in NAMES
    )
    query = f"""SELECT ?thing (MIN(?rank) AS ?best) WHERE {{
  {{ SELECT DISTINCT ?thing ?name WHERE {{ {named}
    FILTER(CONTAINS(LCASE(STR(?name)), {text}) && isIRI(?thing)) }} LIMIT 1000 }}
  BIND(IF(LCASE(STR(?name)) = {text}, 0, IF(STRSTARTS(LCASE(STR(?name)), {text}), 1, 2)) AS ?rank)
}} GROUP BY ?thing ORDER BY ?best ?thing LIMIT {MOST_FOUND + 1}"""
    rows = await reader.rows(query)
    things = [row["thing"] for row in rows] or await _find_by_iri(reader, text)
    shown = things[:MOST_FOUND]
    classes = await _read_classes(reader, shown)
    names = await read_names(reader, [*shown, *classes.values()])
    return Found(shown, classes, len(things) > MOST_FOUND, names)


async def _find_by_iri(reader: DataReader, text: Literal) -> list[NamedNode]:
    """Return things without such a name whose IRI ends with the text."""
    rows = await reader.rows(
        f"""SELECT DISTINCT ?thing WHERE {{
  {{ ?thing ?property ?value }} UNION {{ GRAPH ?graph {{ ?thing ?property ?value }} }}
  FILTER(isIRI(?thing) && STRENDS(LCASE(STR(?thing)), {text})) }} LIMIT {MOST_FOUND + 1}"""
    )
    return [row["thing"] for row in rows]


async def _read_classes(
    reader: DataReader, things: Sequence[NamedNode]
) -> dict[NamedNode, NamedNode]:
    if not things:
        return {}
    rows = await reader.rows(
        f"SELECT ?thing (MIN(?class) AS ?first) WHERE {{ VALUES ?thing {{ "
        f"{' '.join(map(str, things))} }} "
        "{ ?thing a ?class } UNION { GRAPH ?graph { ?thing a ?class } } FILTER(isIRI(?class)) "
        "} GROUP BY ?thing"
    )
    return {row["thing"]: row["first"] for row in rows}
