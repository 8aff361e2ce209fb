import pytest
from pyoxigraph import NamedNode

from kg.errors import MalformedQuery
from kg.namespaces import ASSERTED, DERIVED, GRAPH
from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query


def named(*iris: str) -> list[NamedNode]:
    return [NamedNode(iri) for iri in iris]


def test_the_graphs_after_from_are_found_with_their_prefixes_and_base() -> None:
    text = """BASE <http://e/base/> PREFIX g: <http://e/graph/>
        SELECT * FROM <a> FROM NAMED g:b FROM NAMED <http://e/c> { ?s ?p ' FROM <d> ' }"""

    expected = QueryDataset(named("http://e/base/a"), named("http://e/graph/b", "http://e/c"))
    assert Query(text).dataset == expected


def test_escaped_characters_in_the_names_of_graphs_are_read_as_the_engine_does() -> None:
    text = r"""PREFIX g: <http://e/\u0067raph/> SELECT * FROM <http://e/d\U00000065r>
        FROM g:derived\-fact { }"""

    assert Query(text).dataset == QueryDataset(
        named("http://e/der", "http://e/graph/derived-fact"), []
    )


def test_a_prefix_keeps_the_empty_fragment_in_which_it_ends() -> None:
    text = "PREFIX g: <http://e/graphs#> SELECT * FROM g:a FROM NAMED <#b> { }"

    assert Query(text, "http://e/sparql").dataset == QueryDataset(
        named("http://e/graphs#a"), named("http://e/sparql#b")
    )


@pytest.mark.parametrize(
    "text",
    ["BASE <http://[x/> SELECT * FROM <a> { }", "PREFIX g: <http://[x/> SELECT * FROM g:a { }"],
)
def test_a_base_or_prefix_that_is_no_iri_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(MalformedQuery, match="not an IRI") as caught:
        _ = Query(text, "http://e/sparql").dataset

    assert caught.value.column == text.index("<") + 1


def test_a_query_without_from_has_no_dataset_of_its_own() -> None:
    assert Query("SELECT ?from { ?from ?p 'FROM <a>' }").dataset is None


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT *\nFROM <relative> { }", 2, 6),
        ("SELECT * FROM NAMED", 1, 20),
        (r"SELECT * FROM <http://e/\u0020> { }", 1, 15),
    ],
)
def test_from_without_an_iri_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(MalformedQuery) as caught:
        _ = Query(text).dataset

    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason.startswith("expected an absolute IRI after FROM")


def test_the_derived_graphs_are_left_out_and_no_other() -> None:
    given = QueryDataset([ASSERTED, DERIVED], [GRAPH["derived-fact-prp-inv"], GRAPH["derivedness"]])

    assert given.without_derived() == QueryDataset([ASSERTED], [GRAPH["derivedness"]])
