"""The page of links to other data sets: each with what it links, how sure it is, and its reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import Literal

from kg.linking.mapping_sets import MappingSet
from kg.namespaces import shorten
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.terms import TermWriter


def write_links_page(
    store: Store, sets: Mapping[str, MappingSet], language: Language, path: str, spoken: str
) -> bytes:
    """Write the page of these sets, by file name; `spoken` is the language of their texts."""
    terms = TermWriter(store, language)
    title = terms.words["links-title"]
    rows = [row for one in sets.values() for row in _rows(one, spoken, terms)]
    rows.sort(key=lambda row: row["subject"].value)
    # Where a resource is linked several times, its first row has the anchor.
    firsts = {row["subject"]: number for number, row in reversed([*enumerate(rows)])}
    return terms.write_page(
        "links.html",
        title=title,
        path=path,
        place="data",
        way=[terms.macros["local_link"]("/data", terms.words["place-data"]), title],
        files={name: len(one.rows) for name, one in sets.items()},
        rows=rows,
        shared=_shared(rows),
        anchors={number: shorten(subject.value) for subject, number in firsts.items()},
    )


def _shared(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all rows say alike, so that the page says it once: justification and author."""
    return {
        key: values.pop()
        for key in ("justification", "author")
        if len(values := {row[key] for row in rows}) == 1
    }


def _rows(links: MappingSet, spoken: str, terms: TermWriter) -> Iterator[dict[str, Any]]:
    for row in links.rows:
        author = row.get("author_id", "")
        yield {
            "subject": links.term(row["subject_id"]),
            "relation": row["predicate_id"],
            "object": links.term(row["object_id"]),
            "object_id": row["object_id"],
            "object_label": Literal(row.get("object_label", ""), language=spoken),
            "confidence": row.get("confidence", ""),
            "comments": terms.own_texts(links.comments(row, spoken)),
            "justification": row["mapping_justification"],
            "date": row.get("mapping_date", ""),
            "author": links.term(author) if author else None,
        }
