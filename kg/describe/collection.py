"""A page of a collection of resources, as triples, as nested JSON-LD and as a table.

Source: Hydra Core Vocabulary, collections (https://www.hydra-cg.com/spec/latest/core/).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import literals, sorted_iris
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_writer import Document, NodeWriter, encode_json, make_compacted
from kg.namespaces import DCTERMS, GLOCAL, HYDRA, OWL, RDF, RDFS, SKOS, shorten
from kg.store.quad_store import Store

_TYPE: Final = RDF["type"]
_MEMBER: Final = HYDRA["member"]
_VIEW: Final = HYDRA["view"]
# What is said of a member: its names, what it is, and for evidence who says so and where.
_SUMMARY: Final = (
    *(_TYPE, RDFS["label"], SKOS["definition"], DCTERMS["description"], GLOCAL["ruleSentence"]),
    *(GLOCAL["hasStatus"], GLOCAL["heldBy"], GLOCAL["fromPassage"]),
)


@dataclass(frozen=True)
class CollectionPage:
    """Some members of a collection, in their order, of `total`.

    `collection` and `address` are the URLs of the whole and of the page; `others` has those of
    other pages by relation: first, previous, next, last.
    """

    collection: NamedNode
    address: NamedNode
    members: Sequence[NamedNode]
    total: int
    others: Mapping[str, NamedNode]

    def triples(self, store: Store) -> list[Triple]:
        """Return the triples about the collection, the page and each member."""
        return [
            Triple(self.collection, _TYPE, HYDRA["Collection"]),
            Triple(self.collection, HYDRA["totalItems"], Literal(self.total)),
            Triple(self.collection, _VIEW, self.address),
            Triple(self.address, _TYPE, HYDRA["PartialCollectionView"]),
            *(Triple(self.address, HYDRA[name], page) for name, page in self.others.items()),
            *(Triple(self.collection, _MEMBER, member) for member in self.members),
            *(triple for member in self.members for triple in _summarize(store, member)),
        ]


def select_members(
    namespace: str,
    class_: NamedNode | None,
    *,
    are_graphs: bool,
    limit: int,
    offset: int,
    as_read: bool = False,
) -> str:
    """Return a query for the members with IRIs in this namespace, by IRI, and their number.

    Passages are in the order of their source if they are to be listed `as_read`; those without a
    place, such as lost notes, come last on their page.

    Without a class, all that have one are members, and all graphs if the members are graphs. Each
    row has ?total; ?member is unbound if no member is left after `offset`.
    """
    typed = f"?member a {'?class' if class_ is None else class_} ."
    if are_graphs and class_ is None:
        typed = f"{{ {typed} }} UNION {{ GRAPH ?member {{}} }}"
    # Distinct before they are filtered, since a member has several classes.
    members = f"""{{ SELECT DISTINCT ?member WHERE {{ {typed} }} }}
        FILTER (STRSTARTS(STR(?member), "{namespace}"))
        MINUS {{ ?member {OWL["deprecated"]} true }}"""
    place, order = "", "?member"
    if as_read:
        place = f"OPTIONAL {{ ?member {GLOCAL['page']} ?page }}"
        place += f" OPTIONAL {{ ?member {GLOCAL['offset']} ?offset }}"
        order = "?page (!BOUND(?offset)) ?offset ?member"
    return f"""SELECT ?total ?member WHERE {{
    {{ SELECT (COUNT(?member) AS ?total) WHERE {{ {members} }} }}
    OPTIONAL {{ SELECT ?member ?page ?offset WHERE {{ {members} {place} }}
        ORDER BY {order} LIMIT {limit} OFFSET {offset} }}
}} ORDER BY {order}"""


def _summarize(store: Store, member: NamedNode) -> list[Triple]:
    found = (triple for name in _SUMMARY for triple in store.triples(member, name))
    return sorted(found, key=lambda triple: (_SUMMARY.index(triple.predicate), str(triple)))


def write_nested(
    context: Context, address: str, page: CollectionPage, triples: Iterable[Triple]
) -> bytes:
    """Write compacted JSON-LD in which the members stand in a list, even if there are none.

    Without the `address` of the context, the document contains it.
    """

    def make(writer: NodeWriter) -> Document:
        nodes: dict[Any, Document] = {}
        for triple in triples:
            node = nodes.setdefault(triple.subject, writer.node(triple.subject))
            if triple.predicate not in (_VIEW, _MEMBER):
                writer.add(node, triple.predicate, triple.object)
        collection = nodes[page.collection]
        writer.embed(collection, _VIEW, nodes[page.address])
        for member in page.members:
            writer.embed(collection, _MEMBER, nodes.get(member) or writer.node(member))
        if not page.members:
            names = (term.name for term in context.terms.get(_MEMBER.value, ()))
            collection[next(names, _MEMBER.value)] = []
        return collection

    return encode_json(make_compacted(context, address, make))


def write_table(store: Store, members: Iterable[NamedNode], languages: Sequence[str]) -> bytes:
    """Write members as CSV: IRI, classes as CURIEs, and a label in each language."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["id", "type", *(f"label_{language}" for language in languages)])
    for member in members:
        types = sorted_iris(triple.object for triple in store.triples(member, _TYPE))
        labels = {label.language: label.value for label in literals(store, member, RDFS["label"])}
        texts = (labels.get(language, "") for language in languages)
        writer.writerow([member.value, " ".join(shorten(type_.value) for type_ in types), *texts])
    return table.getvalue().encode()
