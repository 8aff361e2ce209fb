"""Pages of collections: their triples, their JSON-LD and their table."""

import csv
import json
from io import StringIO
from typing import Any

from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.content import own_content
from kg.describe.collection import CollectionPage, select_members, write_nested, write_table
from kg.describe.json_ld_context import Context
from kg.namespaces import GLOCAL, ID, PREFIXES
from kg.paths import newest_context_file
from kg.store.quad_store import Store

CONTEXT = Context.read(newest_context_file(own_content().ontology))
TRIG = """
id:London a glocal:City, glocal:GlobalCity ; rdfs:label "London"@en , "伦敦"@zh ;
    dcterms:description "A city."@en ; glocal:foundedAt id:Rome .
id:Bern a glocal:City ; rdfs:label "Bern"@en , "Berne \\"new\\", now"@zh .
id:Gone a glocal:City ; owl:deprecated true .
id:C40 a glocal:Network .
ev:p01.1-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact .
passage:p01.1 a glocal:Passage ; glocal:page 1 ; glocal:offset 41 .
passage:p01.ma a glocal:Passage ; glocal:page 1 .
passage:p01.t a glocal:Passage ; glocal:page 1 ; glocal:offset 1 .
passage:p02.1 a glocal:Passage ; glocal:page 2 ; glocal:offset 90 .
ev:p01.2-fact { id:London glocal:near id:Bern }
"""
STORE = Store.in_memory(
    parse(
        "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items()) + TRIG,
        format=RdfFormat.TRIG,
    )
)
HOST = "http://127.0.0.1/id"


def page(*names: str) -> CollectionPage:
    others = {"first": NamedNode(f"{HOST}?page=1"), "last": NamedNode(f"{HOST}?page=2")}
    members = [ID[name] for name in names]
    return CollectionPage(NamedNode(HOST), NamedNode(f"{HOST}?page=2"), members, 7, others)


def members(**options: Any) -> list[tuple[str, str]]:
    query = select_members(**{"class_": None, "are_graphs": False, "offset": 0, **options})
    rows: Any = STORE.query(query)
    return [(row["total"].value, row["member"] and row["member"].value) for row in rows]


def test_members_are_selected_by_iri_without_those_withdrawn() -> None:
    of_class = {"namespace": ID, "class_": GLOCAL["City"]}

    assert members(namespace=ID, limit=2) == [("3", f"{ID}Bern"), ("3", f"{ID}C40")]
    assert members(**of_class, limit=1, offset=1) == [("2", f"{ID}London")]
    assert members(**of_class, limit=5, offset=2) == [("2", None)]


def test_passages_are_listed_as_they_are_read() -> None:
    options = {"namespace": PREFIXES["passage"], "limit": 3}
    names = [name.rpartition("/")[2] for _, name in members(**options, as_read=True)]

    assert names == ["p01.t", "p01.1", "p01.ma"]
    assert members(**options)[0][1].endswith("/p01.1")


def test_a_graph_is_a_member_whether_or_not_it_has_a_class() -> None:
    namespace = PREFIXES["ev"]

    assert members(namespace=namespace, are_graphs=True, limit=9) == [
        ("2", f"{namespace}p01.1-fact"),
        ("2", f"{namespace}p01.2-fact"),
    ]


def test_the_nested_document_has_the_triples_of_the_page_and_its_members_in_order() -> None:
    shown = page("London", "Bern")

    document = json.loads(write_nested(CONTEXT, "", shown, shown.triples(STORE)))

    assert [member["id"] for member in document["items"]] == ["entity:London", "entity:Bern"]
    assert document["items"][0]["label"] == {"en": "London", "zh": "伦敦"}
    assert "foundedAt" not in document["items"][0]
    assert (document["totalItems"], document["view"]["last"]) == (7, f"{HOST}?page=2")
    nquads = jsonld.to_rdf(document, {"format": "application/n-quads"})
    read = {quad.triple for quad in parse(nquads, format=RdfFormat.N_QUADS)}
    assert read == set(shown.triples(STORE))


def test_an_empty_page_has_an_empty_list() -> None:
    shown = page()

    assert json.loads(write_nested(CONTEXT, "", shown, shown.triples(STORE)))["items"] == []


def test_the_table_has_a_column_for_each_language() -> None:
    table = write_table(STORE, page("London", "Bern").members, ["en", "zh"])
    rows = list(csv.reader(StringIO(table.decode())))

    assert rows == [
        ["id", "type", "label_en", "label_zh"],
        [f"{ID}London", "glocal:City glocal:GlobalCity", "London", "伦敦"],
        [f"{ID}Bern", "glocal:City", "Bern", 'Berne "new", now'],
    ]
