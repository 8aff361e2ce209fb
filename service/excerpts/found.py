"""Find things in any data by a part of a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import OWL, RDFS
from kg.reasoning.upkeep.entailment import DERIVED
from service.excerpts.names import NAMES, Names, in_list, read_names
from service.excerpts.reader import DataReader, anywhere

MOST_FOUND: Final = 100
# Names that are compared, and classes that are read.
_MOST_NAMES: Final = 1000
# They tell nothing about a thing.
_CLASSES_OF_ALL: Final = (OWL["Thing"], OWL["NamedIndividual"], RDFS["Resource"])


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
    text, name = Literal(asked.strip().lower()), "LCASE(STR(?name))"
    named = " UNION ".join(anywhere(f"?thing {one} ?name") for one in NAMES)
    query = f"""SELECT ?thing (MIN(?rank) AS ?best) WHERE {{
  {{ SELECT DISTINCT ?thing ?name WHERE {{ {named}
    FILTER(CONTAINS({name}, {text}) && isIRI(?thing)) }} LIMIT {_MOST_NAMES} }}
  BIND(IF({name} = {text}, 0, IF(STRSTARTS({name}, {text}), 1, 2)) AS ?rank)
}} GROUP BY ?thing ORDER BY ?best ?thing LIMIT {MOST_FOUND + 1}"""
    things = [row["thing"] for row in await reader.rows(query)]
    if len(things) > MOST_FOUND:
        # Those with just this name may be beyond the names that were read.
        exact = f"{named} FILTER({name} = {text} && isIRI(?thing))"
        query = f"SELECT DISTINCT ?thing {{ {exact} }} ORDER BY ?thing LIMIT {MOST_FOUND}"
        things = [*dict.fromkeys([*(row["thing"] for row in await reader.rows(query)), *things])]
    things = things or await _find_by_iri(reader, text)
    shown = things[:MOST_FOUND]
    classes = await _read_classes(reader, shown)
    names = await read_names(reader, [*shown, *classes.values()])
    return Found(shown, classes, len(things) > MOST_FOUND, names)


async def _find_by_iri(reader: DataReader, text: Literal) -> list[NamedNode]:
    """Return things without such a name whose IRI ends with the text."""
    rows = await reader.rows(
        f"""SELECT DISTINCT ?thing WHERE {{ {anywhere("?thing ?property ?value")}
  FILTER(isIRI(?thing) && STRENDS(LCASE(STR(?thing)), {text})) }} LIMIT {MOST_FOUND + 1}"""
    )
    return [row["thing"] for row in rows]


async def _read_classes(
    reader: DataReader, things: Sequence[NamedNode]
) -> dict[NamedNode, NamedNode]:
    """Return the first class of each thing by IRI; a derived one if none is stated."""
    if not things:
        return {}
    rows = await reader.rows(
        f"SELECT DISTINCT ?thing ?class ?derived WHERE {{ VALUES ?thing {{ "
        f"{' '.join(map(str, things))} }} {anywhere('?thing a ?class')} "
        f"FILTER(isIRI(?class) && ?class NOT IN ({in_list(_CLASSES_OF_ALL)})) "
        f"BIND(EXISTS {{ GRAPH {DERIVED} {{ ?thing a ?class }} }} AS ?derived) }} "
        f"ORDER BY DESC(?derived) DESC(?class) LIMIT {_MOST_NAMES}"
    )
    # The last one of each thing stays.
    return {row["thing"]: row["class"] for row in rows}
