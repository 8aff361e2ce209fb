"""The page of links to other data sets: each with what it links, how sure it is, and its reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.linking.mapping_sets import MappingSet
from kg.namespaces import shorten
from kg.sources.sssom import MAPPING_EXTENSION
from kg.store.quad_store import Store
from service.errors import PageBeyondEnd
from service.http.negotiation import Language
from service.pages.name_order import order_of_name
from service.pages.search_page import ListAddress
from service.pages.terms import TermWriter

_PAGE_SIZE: Final = 50


def write_links_page(
    store: Store,
    sets: Mapping[str, MappingSet],
    language: Language,
    address: ListAddress,
    *,
    chosen: str,
    subject: NamedNode | None,
    page: int,
    spoken: str,
    reconciliation: str,
) -> bytes:
    """Write a page of the links of these sets, by file name, or of the chosen one if it is not "".

    Only those from a subject, if there is one; `spoken` is the language of their texts, and
    `reconciliation` the address that OpenRefine wants.
    """
    terms = TermWriter(store, language)
    title = terms.words["links-title"]
    rows = [
        row
        for name, one in sets.items()
        if name == (chosen or name)
        for row in _rows(one, spoken, terms)
        if subject in (None, row["subject"])
    ]
    last = max(1, -(-len(rows) // _PAGE_SIZE))
    if page > last:
        raise PageBeyondEnd(page, last)
    rows.sort(
        key=lambda row: (order_of_name(terms.label(row["subject"]).value), row["subject"].value)
    )
    shown = rows[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
    # Where a resource is linked several times, its first row has the anchor.
    firsts = {row["subject"]: number for number, row in reversed([*enumerate(shown)])}
    return terms.write_page(
        "links.html",
        title=title,
        path=address.without("lang"),
        address=address,
        place="data",
        way=[terms.macros["local_link"]("/data", terms.words["place-data"]), title],
        sets=[
            (name.removesuffix(MAPPING_EXTENSION), name, len(one.rows), name == chosen)
            for name, one in sets.items()
        ],
        chosen=chosen,
        reconciliation=reconciliation,
        subject=subject,
        answer={"total": len(rows), "page": page, "pages": last},
        rows=shown,
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
