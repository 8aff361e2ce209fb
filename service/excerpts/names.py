"""The names of things in any data, by the properties that vocabularies name things with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import DCTERMS, FOAF, RDFS, SCHEMA, SKOS
from kg.reasoning.upkeep.entailment import DERIVED
from service.excerpts.reader import DataReader, anywhere

# By preference. Those of versions of vocabularies that are still common are among them.
NAMES: Final = (
    RDFS["label"],
    SKOS["prefLabel"],
    SCHEMA["name"],
    NamedNode("http://schema.org/name"),
    DCTERMS["title"],
    NamedNode("http://purl.org/dc/elements/1.1/title"),
    FOAF["name"],
    NamedNode("http://www.w3.org/2008/05/skos-xl#literalForm"),
    NamedNode("http://www.w3.org/2006/vcard/ns#fn"),
)
_TRUE: Final = Literal(True)
_AT_ONCE: Final = 500
# A name that is longer is a text, and would push everything else aside.
_MAX_CHARACTERS: Final = 300

# The names of things, the preferred ones first.
Names = Mapping[NamedNode, Sequence[Literal]]
NO_NAMES: Final[Names] = {}


def in_list(terms: Iterable[NamedNode]) -> str:
    """Write IRIs as the values of a FILTER with IN."""
    return ", ".join(map(str, terms))


async def read_names(reader: DataReader, terms: Iterable[Any]) -> Names:
    """Return the names of those of the terms that are IRIs and have names.

    Derived ones come last: they may be those of an equal thing.
    """
    iris = sorted(set(_iris_in(terms)), key=str)
    found: dict[NamedNode, list[tuple[bool, int, Literal]]] = {}
    for start in range(0, len(iris), _AT_ONCE):
        several = iris[start : start + _AT_ONCE]
        # A filter, since the engine would join two lists of values before it looks anything up.
        query = (
            f"SELECT DISTINCT ?thing ?property ?name ?derived WHERE {{ VALUES ?thing {{ "
            f"{' '.join(map(str, several))} }} "
            f"{anywhere('?thing ?property ?name')} "
            f"FILTER(?property IN ({in_list(NAMES)}) && isLiteral(?name)) "
            f"BIND(EXISTS {{ GRAPH {DERIVED} {{ ?thing ?property ?name }} }} AS ?derived) }}"
        )
        for row in await reader.rows(query):
            if len(row["name"].value) <= _MAX_CHARACTERS and row["name"].value.strip():
                rank = row["derived"] == _TRUE, NAMES.index(row["property"])
                found.setdefault(row["thing"], []).append((*rank, row["name"]))
    return {
        thing: [one[-1] for one in sorted(names, key=lambda one: (*one[:-1], str(one[-1])))]
        for thing, names in found.items()
    }


def _iris_in(terms: Iterable[Any]) -> Iterable[NamedNode]:
    for term in terms:
        if isinstance(term, NamedNode):
            yield term
        elif isinstance(term, Triple):
            yield from _iris_in(term)
