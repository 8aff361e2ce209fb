from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg.describe.description import (
    Describer,
    Description,
    Withdrawal,
    document_node,
    find_withdrawal,
)
from kg.namespaces import (
    BASE,
    DCTERMS,
    EVIDENCE,
    FOAF,
    GLOCAL,
    GRAPH,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    VOID,
    XSD,
)
from kg.release.build import build
from kg.store.quad_store import Store
from tests.kg.release.conftest import SmallSource

LONDON, C40 = ID["London"], ID["C40"]
TRIG = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; glocal:hosted id:C40 .
id:C40 glocal:foundedAt id:London .
id:gdp glocal:subject id:London ; glocal:value 700 ; glocal:unit id:Dollars .
id:Dollars rdfs:label "US dollars"@en ; glocal:note "not of London" .
glocal:City rdfs:label "city"@en .
glocal:Observation glocal:describesThrough glocal:subject .
glocal:RecommendedAction glocal:describesThrough glocal:bearer .
ev:p1-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact ;
    glocal:fromPassage passage:p1 ; skos:note "a shade" .
ev:p2-claim a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
ev:p3-recommendation a glocal:Evidence ; glocal:hasStatus glocal:Recommendation .
graph:derived-fact-hosting glocal:hasStatus glocal:Fact .
graph:asserted rdfs:label "all that is asserted"@en .
graph:asserted { id:C40 glocal:foundedAt id:London . }
graph:derived-fact-hosting { id:London glocal:hosted id:C40 . }
ev:p1-fact { id:C40 glocal:foundedAt id:London . }
ev:p2-claim { id:London glocal:leads id:C40 . id:Other glocal:leads id:C40 . }
ev:p3-recommendation { id:rec glocal:bearer id:London ; glocal:recommendedAction id:Saving . }
"""


def store_of(trig: str) -> Store:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return Store.in_memory(parse(prefixes + trig, format=RdfFormat.TRIG))


def described(trig: str, thing: NamedNode = LONDON) -> Description:
    return Describer(store_of(trig)).describe(thing)


def objects(found: Description, predicate: NamedNode) -> list[object]:
    """Return the objects of the document's statements with this property."""
    return [one.object for one in found.about_document if one.predicate == predicate]


def test_what_holds_with_the_thing_at_either_end_is_said() -> None:
    found = described(TRIG)

    assert Triple(LONDON, GLOCAL["hosted"], C40) in found.outgoing
    assert set(found.incoming) == {
        Triple(C40, GLOCAL["foundedAt"], LONDON),
        Triple(ID["gdp"], GLOCAL["subject"], LONDON),
    }
    assert found.incoming_count == 2


def test_a_statement_node_comes_with_all_that_it_says_and_other_nodes_do_not() -> None:
    found = described(TRIG)

    subjects = {one.subject for one in found.details}
    assert subjects == {ID["gdp"]}
    assert Triple(ID["gdp"], GLOCAL["unit"], ID["Dollars"]) in found.details
    assert Literal("not of London") not in {one.object for one in found.triples}


def test_a_node_is_no_statement_node_where_the_ontology_does_not_say_so() -> None:
    silent = TRIG.replace("glocal:Observation glocal:describesThrough glocal:subject .", "")

    assert described(silent).details == ()


def test_a_blank_node_comes_with_what_is_said_of_it_at_either_end() -> None:
    found = described("""
        glocal:Club rdfs:subClassOf [ owl:onProperty glocal:in ; owl:someValuesFrom id:London ] .
        id:London glocal:governedBy [ glocal:size 25 ; glocal:part [ glocal:size 5 ] ] .
    """)

    sizes = {one.object.value for one in found.details if isinstance(one.object, Literal)}
    assert sizes == {"25", "5"}
    assert GLOCAL["in"] in {one.object for one in found.details}


def test_a_thing_comes_with_its_parts_whose_names_are_fragments_of_its() -> None:
    found = described(
        """
        id:clash glocal:hasClashingStatement <https://w3id.org/glocal/id/clash#1> , id:clash2 .
        <https://w3id.org/glocal/id/clash#1> rdf:subject id:London .
        id:clash2 rdf:subject id:C40 .
    """,
        ID["clash"],
    )

    assert found.details == (Triple(ID["clash#1"], RDF["subject"], LONDON),)


def test_the_graphs_that_hold_a_statement_are_its_sources_if_they_have_a_status() -> None:
    found = described(TRIG)

    assert found.graphs_by_statement == {
        Triple(C40, GLOCAL["foundedAt"], LONDON): (EVIDENCE["p1-fact"],),
        Triple(LONDON, GLOCAL["hosted"], C40): (GRAPH["derived-fact-hosting"],),
    }
    assert objects(found, DCTERMS["source"]) == [
        EVIDENCE["p1-fact"],
        GRAPH["derived-fact-hosting"],
    ]


def test_what_does_not_hold_is_never_said_but_where_it_stands_is() -> None:
    found = described(TRIG)

    assert GLOCAL["leads"] not in {one.predicate for one in found.triples}
    assert ID["rec"] not in {one.subject for one in found.triples}
    assert objects(found, DCTERMS["references"]) == [
        EVIDENCE["p2-claim"],
        EVIDENCE["p3-recommendation"],
    ]
    assert Triple(EVIDENCE["p2-claim"], GLOCAL["heldBy"], ID["Doe"]) in found.graph_links


def test_what_does_not_hold_is_kept_by_graph_with_statement_nodes_whole() -> None:
    found = described(TRIG)

    assert found.not_holding_by_graph == {
        EVIDENCE["p2-claim"]: (Triple(LONDON, GLOCAL["leads"], C40),),
        EVIDENCE["p3-recommendation"]: (
            Triple(ID["rec"], GLOCAL["bearer"], LONDON),
            Triple(ID["rec"], GLOCAL["recommendedAction"], ID["Saving"]),
        ),
    }


def test_evidence_is_given_by_reference_without_its_notes() -> None:
    found = described(TRIG)

    passage = NamedNode(f"{BASE}source/wang/p1")
    assert Triple(EVIDENCE["p1-fact"], GLOCAL["fromPassage"], passage) in found.graph_links
    assert Literal("a shade") not in {one.object for one in found.triples if one.object}
    assert GRAPH["derived-fact-hosting"] not in {one.subject for one in found.graph_links}


def test_of_a_derived_graph_only_what_qualifies_its_statements_is_given() -> None:
    graph = GRAPH["derived-fact-hosting"]
    found = described(f"{TRIG} <{graph.value}> glocal:hasDegree glocal:Mainly .")

    links = [one for one in found.graph_links if one.subject == graph]
    assert links == [Triple(graph, GLOCAL["hasDegree"], GLOCAL["Mainly"])]


def test_of_the_evidence_that_is_from_a_passage_the_passage_tells_the_status() -> None:
    found = described(TRIG, NamedNode(f"{PREFIXES['passage']}p1"))

    assert Triple(EVIDENCE["p1-fact"], GLOCAL["hasStatus"], GLOCAL["Fact"]) in found.graph_links
    assert all(one.subject == EVIDENCE["p1-fact"] for one in found.graph_links)


def test_every_iri_that_is_mentioned_comes_with_its_labels() -> None:
    found = described(TRIG)

    assert {(one.subject, one.object) for one in found.labels} == {
        (LONDON, Literal("London", language="en")),
        (LONDON, Literal("伦敦", language="zh")),
        (GLOCAL["City"], Literal("city", language="en")),
        (ID["Dollars"], Literal("US dollars", language="en")),
    }


def test_no_triple_is_given_twice_and_those_of_the_thing_come_first() -> None:
    found = described(f"{TRIG} id:London glocal:twinOf id:London .")

    assert len(found.triples) == len(set(found.triples))
    first = [one.subject for one in found.triples[: len(found.outgoing)]]
    assert set(first) == {LONDON}


def test_the_document_names_its_topic_and_the_licence_of_the_ontology() -> None:
    header = "<https://w3id.org/glocal/ontology> dcterms:license <http://e/by> ."

    found = described(TRIG + header)

    document = NamedNode("https://w3id.org/glocal/data/id/London")
    assert found.document == document
    assert Triple(document, FOAF["primaryTopic"], LONDON) in found.about_document
    assert objects(found, DCTERMS["license"]) == [NamedNode("http://e/by")]


@pytest.mark.parametrize("count", [100, 101])
def test_of_many_that_point_to_a_thing_a_hundred_are_said_and_all_are_counted(count: int) -> None:
    found = described(" ".join(f"id:n{number} glocal:likes id:London ." for number in range(count)))

    rest = NamedNode("https://w3id.org/glocal/data/id/London#incoming")
    counted = Triple(rest, VOID["triples"], Literal(str(count), datatype=XSD["integer"]))
    assert (len(found.incoming), found.incoming_count) == (100, count)
    assert objects(found, RDFS["seeAlso"])[:1] == [rest] * (count > 100)
    assert (counted in found.triples) == (count > 100)


@pytest.mark.parametrize(
    ("thing", "document"),
    [
        ("https://w3id.org/glocal/id/London", "data/id/London"),
        ("https://w3id.org/glocal/ontology#City", "data/ontology/City"),
        ("https://w3id.org/glocal/source/wang/p1", "data/source/wang/p1"),
    ],
)
def test_a_document_is_named_after_its_thing(thing: str, document: str) -> None:
    assert document_node(NamedNode(thing)) == NamedNode(f"{BASE}{document}")


def test_a_thing_of_somebody_else_has_a_document_without_a_name() -> None:
    thing = NamedNode("http://e/x")

    found = described("<http://e/x> glocal:likes id:London .", thing)

    assert Triple(found.document, FOAF["primaryTopic"], thing) in found.triples
    assert not isinstance(found.document, NamedNode)


WITHDRAWN = """
id:Old owl:deprecated true ; dcterms:isReplacedBy id:New , id:Another ;
    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;
    skos:changeNote "Two things."@en , "实为二物。"@zh .
id:Gone owl:deprecated true .
id:New owl:deprecated false .
"""
STORE = store_of(WITHDRAWN)


@pytest.mark.slow
def test_a_release_carries_what_the_curated_files_withdraw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = SmallSource()
    project.write(
        "curated/withdrawn/cities.ttl",
        "id:Londinium owl:deprecated true ; dcterms:isReplacedBy id:London ;\n"
        '    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;\n'
        '    skos:changeNote "The same city."@en , "同一城市。"@zh .\n',
    )
    release = build(Path("release"), content=project.content)

    found = find_withdrawal(Store.open(release), ID["Londinium"])
    assert found is not None
    assert found.successors == (ID["London"],)


def test_a_withdrawn_name_says_since_when_why_and_what_to_use() -> None:
    assert find_withdrawal(STORE, ID["Old"]) == Withdrawal(
        ID["Old"],
        "2026-12-01T00:00:00Z",
        {"en": "Two things.", "zh": "实为二物。"},
        (ID["Another"], ID["New"]),
    )


def test_a_name_can_be_withdrawn_without_a_word() -> None:
    assert find_withdrawal(STORE, ID["Gone"]) == Withdrawal(ID["Gone"], "", {}, ())


def test_a_name_that_is_in_use_is_not_withdrawn() -> None:
    assert find_withdrawal(STORE, ID["New"]) is None
    assert find_withdrawal(STORE, ID["Another"]) is None
