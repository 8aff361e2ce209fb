from pathlib import Path

import pytest
from pyoxigraph import (
    Literal,
    QuerySolutions,
    RdfFormat,
    Variable,
    parse,
)

from kg.errors import BrokenRelease, MalformedParameter, MalformedQuery, RefusedQuery, UnknownName
from kg.namespaces import ASSERTED, GLOCAL, GRAPH, ID, PREFIXES, RDFS
from kg.sparql.dataset import QueryDataset
from kg.store.quad_store import Store, serialize_results
from kg.store.release_folder import write_release

TRIG = """
graph:asserted { id:C40 glocal:foundedAt id:London . }
graph:derived { id:London glocal:hosted id:C40 . }
graph:derived-fact-prp-inv { id:London glocal:hosted id:C40 . }
ev:p10.2-fact { id:C40 glocal:foundedAt id:London . }
id:C40 glocal:foundedAt id:London .
id:London glocal:hosted id:C40 ; rdfs:label "伦敦"@zh ; glocal:hasPart [ glocal:page 7 ] .
"""
PROLOGUE = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
GRAPHS_OF_LONDON = PROLOGUE + "SELECT ?g { GRAPH ?g { id:London ?p ?o } } ORDER BY ?g"
FROM_DERIVED = (
    "PREFIX graph: <https://w3id.org/glocal/graph/> PREFIX ev: <https://w3id.org/glocal/evidence/> "
    "SELECT ?s FROM graph:derived WHERE { ?s ?p ?o } ORDER BY ?s"
)
HOSTED = PROLOGUE + "SELECT ?what { id:London glocal:hosted ?what }"


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.in_memory(
        parse(PROLOGUE.replace(" PREFIX", "\nPREFIX") + TRIG, format=RdfFormat.TRIG)
    )


@pytest.fixture
def release(store: Store, tmp_path: Path) -> Path:
    return write_release(store.quads(), {"version": "1.0.0"}, tmp_path / "release")


def rows(store: Store, text: str, **options: object) -> list[list[str]]:
    results = store.query(text, **options)  # type: ignore[arg-type]
    assert isinstance(results, QuerySolutions)
    return [[str(term) for term in row] for row in results]


def test_a_release_folder_is_opened_and_answers_like_its_quads(release: Path) -> None:
    store = Store.open(release)

    assert (store.manifest["version"], store.manifest["quads"]) == ("1.0.0", 9)
    assert rows(store, HOSTED) == [[str(ID["C40"])]]


def test_a_release_that_is_not_there_or_not_whole_is_refused_by_name(release: Path) -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        Store.open(release / "nowhere")
    (release / "store" / "CURRENT").write_text("rubbish", encoding="utf-8")
    with pytest.raises(BrokenRelease, match="the store cannot be opened"):
        Store.open(release)


def test_without_entailment_derived_triples_and_derived_graphs_are_absent(store: Store) -> None:
    named = "SELECT ?g { GRAPH ?g { } } ORDER BY ?g"

    assert rows(store, HOSTED, entailment="none") == []
    assert rows(store, named, entailment="none") == [
        [f"<{PREFIXES['ev']}p10.2-fact>"],
        [str(ASSERTED)],
    ]
    assert rows(store, GRAPHS_OF_LONDON) == [
        [str(GRAPH["derived"])],
        [str(GRAPH["derived-fact-prp-inv"])],
    ]


def test_without_entailment_a_querys_own_dataset_loses_its_derived_graphs(store: Store) -> None:
    everything = FROM_DERIVED.replace("WHERE", "FROM ev:p10.2-fact WHERE")

    assert rows(store, everything) == [[str(ID["C40"])], [str(ID["London"])]]
    assert rows(store, everything, entailment="none") == [[str(ID["C40"])]]


def test_an_escaped_character_hides_no_derived_graph(store: Store) -> None:
    escaped = FROM_DERIVED.replace("graph:derived", r"<https://w3id.org/glocal/graph/deriv\u0065d>")

    assert rows(store, escaped) == [[str(ID["London"])]]
    assert rows(store, escaped, entailment="none") == []


def test_a_dataset_given_beside_the_query_overrides_its_own(store: Store) -> None:
    assert rows(store, FROM_DERIVED, dataset=QueryDataset([ASSERTED])) == [[str(ID["C40"])]]
    assert rows(store, FROM_DERIVED, dataset=QueryDataset(named=[ASSERTED])) == []


def test_an_entailment_that_there_is_not_is_refused(store: Store) -> None:
    with pytest.raises(MalformedParameter, match="expected 'all' or 'none', got 'owl'"):
        store.query("ASK { }", entailment="owl")


def test_a_value_is_bound_as_a_term_and_never_as_text(store: Store) -> None:
    text = PROLOGUE + "SELECT ?who ?what { ?who glocal:hosted ?what }"
    sly = Literal('" } ; DROP ALL')

    assert rows(store, text, substitutions={Variable("who"): ID["London"]}) == [
        [str(ID["London"]), str(ID["C40"])]
    ]
    assert rows(store, text, substitutions={Variable("who"): ID["C40"]}) == []
    assert rows(store, text, substitutions={Variable("what"): sly}) == []


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("SELECT * {\n  ?s a ?o ;; }\nLIMIT x", 3, 7, "found 'x', expected a digit"),
        ("SELECT * { ?s ?p '中文' . ?s x:y 1 }", 1, 28, "the prefix 'x:' is not declared"),
        ("SELECT * { ?s ?p", 1, 17, "found the end of the text"),
        ("", 1, 1, "found the end of the text"),
        ("INSERT DATA { <a:a> <a:b> 1 }", 1, 1, "INSERT is an update; expected a query"),
        ("SELECT (1 AS ?a) (2 AS ?a) { }", 1, 31, "Duplicated variable name in SELECT"),
    ],
)
def test_a_malformed_query_says_where_and_what(
    store: Store, text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(MalformedQuery) as caught:
        store.query(text)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert reason in caught.value.reason


def test_service_and_unknown_functions_are_refused(store: Store) -> None:
    with pytest.raises(RefusedQuery, match="SERVICE"):
        store.query("SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { } }")
    with pytest.raises(RefusedQuery, match="function <x:f> is not supported"):
        store.query("SELECT (<x:f>(1) AS ?x) { }")


def test_a_description_has_the_subjects_triples_and_follows_blank_nodes(store: Store) -> None:
    found = store.describe(ID["London"])

    about_london = {triple.predicate for triple in found if triple.subject == ID["London"]}
    assert about_london == {RDFS["label"], GLOCAL["hasPart"], GLOCAL["hosted"]}
    assert (found[3].predicate, str(found[3].object)[:3]) == (GLOCAL["page"], '"7"')
    assert len(found) == 4


def test_what_is_a_subject_or_a_graph_is_known_and_nothing_else(store: Store) -> None:
    assert store.contains_iri(ID["London"])
    assert store.contains_iri(GRAPH["derived"])
    assert not store.contains_iri(ID["Paris"])
    assert store.known_iris[-1] == ID["London"].value


def test_results_are_written_in_the_named_format_or_refused(store: Store) -> None:
    triples = PROLOGUE + "CONSTRUCT { ?s glocal:hosted ?o } { ?s glocal:hosted ?o }"

    assert serialize_results(store.query(HOSTED)) == f"what\r\n{ID['C40'].value}\r\n".encode()
    assert serialize_results(store.query("ASK { }"), "json") == b'{"head":{},"boolean":true}'
    assert b"id:London glocal:hosted id:C40 ." in serialize_results(store.query(triples))
    with pytest.raises(MalformedParameter, match="triples cannot be written as 'csv'"):
        serialize_results(store.query(triples), "csv")
    with pytest.raises(MalformedParameter, match="a character that XML cannot carry"):
        serialize_results(store.query('SELECT ("\\u0000" AS ?x) {}'), "xml")
