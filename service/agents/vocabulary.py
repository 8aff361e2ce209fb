"""The tool about the vocabulary: classes, properties, prefixes, views and worlds."""

import asyncio
from typing import Annotated, Any, Final

from pydantic import Field
from pyoxigraph import Literal

from kg.namespaces import BASE, PREFIXES, write_iri
from kg.statuses import HYPOTHESES, PLANS
from service.agents.answers import Schema, Term, fit
from service.agents.parameters import Limit, View, World
from service.agents.tables import Rows, select

_VIEWS: Final = {
    "facts": "facts, cited data and common background",
    "paper": "these, and the theses of the text (the usual view)",
    "readings": "these, and the judgements of the curators",
}
# Of the bytes of an answer, for the classes; the properties have the rest.
_CLASS_BYTES: Final = 18_000
_SEPARATOR: Final = "\x1f"
# `%s` are the types of the terms, and the pattern of a use of ?term.
_TERMS: Final = """
SELECT ?term (COUNT(?use) AS ?uses) ?labels ?definitions ?broader WHERE {
    {
        SELECT ?term (GROUP_CONCAT(DISTINCT CONCAT(LANG(?l), " ", ?l); SEPARATOR="\x1f") AS ?labels)
            (GROUP_CONCAT(DISTINCT CONCAT(LANG(?d), " ", ?d); SEPARATOR="\x1f") AS ?definitions)
            (GROUP_CONCAT(DISTINCT STR(?b); SEPARATOR=" ") AS ?broader)
        WHERE {
            VALUES ?kind { %s } ?term a ?kind .
            FILTER(STRSTARTS(STR(?term), STR(glocal:)))
            OPTIONAL { ?term rdfs:label ?l . }
            OPTIONAL { ?term skos:definition ?d . }
            OPTIONAL {
                ?term rdfs:subClassOf|rdfs:subPropertyOf ?b .
                FILTER(?b != ?term && STRSTARTS(STR(?b), STR(glocal:)))
            }
        } GROUP BY ?term
    }
    OPTIONAL { %s }
} GROUP BY ?term ?labels ?definitions ?broader ORDER BY DESC(?uses) ?term"""
_CLASSES: Final = _TERMS % ("owl:Class", "?use a ?term .")
_PROPERTIES: Final = _TERMS % ("owl:ObjectProperty owl:DatatypeProperty", "?use ?term ?value .")
_HOLDERS: Final = """
SELECT DISTINCT ?holder WHERE {
    ?graph a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy ?holder .
} ORDER BY ?holder"""


async def schema(
    search: Annotated[str, Field(description="Words in a name, label or definition.")] = "",
    view: View = "",
    world: World = "",
    limit: Limit = 40,
) -> Schema:
    """List classes and properties with definitions and numbers of uses; prefixes, views, worlds.

    Read it before you write SPARQL. `describe` says more of one term, such as its superclasses.
    """
    classes, properties, holders = await asyncio.gather(
        *(select(query, view=view, world=world) for query in (_CLASSES, _PROPERTIES, _HOLDERS))
    )
    words = search.casefold().split()
    found_classes, found_properties = (_find(rows, words) for rows in (classes, properties))
    answer = Schema(
        classes=found_classes[:limit],
        properties=[],
        total_classes=len(found_classes),
        total_properties=len(found_properties),
        prefixes={name: str(space) for name, space in PREFIXES.items() if space.startswith(BASE)},
        views=_VIEWS,
        worlds=[
            *(write_iri(holder.value).removeprefix("id:") for (holder,) in holders.rows),
            *(HYPOTHESES.name, PLANS.name),
        ],
    )
    fit(answer, "classes", _CLASS_BYTES)
    answer.properties = found_properties[:limit]
    fit(answer, "properties")
    listed = len(answer.classes) + len(answer.properties)
    if not listed:
        answer.note = f"No class or property has the words '{search}'. Try: other words, or find"
    elif listed < answer.total_classes + answer.total_properties:
        answer.note = "The most used ones. For others: search, or limit"
    return answer


def _find(rows: Rows, words: list[str]) -> list[Term]:
    """Return the terms that have all of the words."""
    terms = map(_read_term, rows.dicts)
    return [
        term for term in terms if all(word in term.model_dump_json().casefold() for word in words)
    ]


def _read_term(row: dict[str, Any]) -> Term:
    return Term(
        id=write_iri(row["term"].value),
        label=_texts(row["labels"]),
        definition=_texts(row["definitions"]),
        broader=[*map(write_iri, row["broader"].value.split())] if row["broader"] else [],
        uses=int(row["uses"].value),
    )


def _texts(joined: Literal | None) -> dict[str, str]:
    texts = joined.value.split(_SEPARATOR) if joined else []
    pairs = (text.partition(" ") for text in texts if text)
    return {language: text for language, _, text in sorted(pairs)}
