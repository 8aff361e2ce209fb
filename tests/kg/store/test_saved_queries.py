from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Variable, parse

from kg.errors import MalformedFile, MalformedParameter, UnknownName
from kg.namespaces import ID, PREFIXES, XSD, expand
from kg.sparql.query_header import Parameter
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery, get_query, parse_term, read_queries, read_query

TEXT = """# question (en): Where was this network
#   founded?
# question (zh): 该网络创立于何处？
# parameter (en): ?network, a network
# parameter (zh): ?network, 一个网络
# example: ?network, id:C40
# view: paper
# answer (en): one row per city, by IRI
# columns (en): ?network network, ?city city of
#     founding
# columns (zh): ?network 网络, ?city 创立城市
PREFIX glocal: <https://w3id.org/glocal/ontology#>
SELECT ?network ?city WHERE { ?network glocal:foundedAt ?city } ORDER BY ?city
"""


def saved(folder: Path, text: str = TEXT) -> SavedQuery:
    (folder / "where-founded.rq").write_text(text, encoding="utf-8")
    return read_queries(folder)["where-founded"]


def read_iri(value: str, _: str) -> NamedNode:
    """Read an IRI or CURIE, of whatever it is."""
    return expand(value)


def test_a_querys_header_says_what_it_asks_and_takes(tmp_path: Path) -> None:
    query = saved(tmp_path)

    assert query.questions == {
        "en": "Where was this network founded?",
        "zh": "该网络创立于何处？",
    }
    network = Parameter({"en": "a network", "zh": "一个网络"}, "id:C40")
    assert query.parameters == {"network": network}
    assert network.expected == "the IRI of a network"
    assert (query.answer, query.form) == ("one row per city, by IRI", "SELECT")
    assert (query.view, query.world) == ("paper", "")
    assert query.variables == ["network", "city"]


def test_a_querys_columns_have_headings_in_each_language(tmp_path: Path) -> None:
    query = saved(tmp_path)

    assert query.headings("en") == {"network": "network", "city": "city of founding"}
    assert query.headings("zh") == {"network": "网络", "city": "创立城市"}
    assert query.headings("de") == query.headings("en")


@pytest.mark.parametrize(
    ("example", "expected"),
    [("id:C40", "the IRI of a year"), ("2014", "a year"), ('"C40: one"@en', "a year")],
)
def test_the_example_decides_whether_a_value_is_a_thing(example: str, expected: str) -> None:
    assert Parameter({"en": "a year"}, example).expected == expected


def test_a_federated_query_is_tried_without_the_other_endpoint(tmp_path: Path) -> None:
    asked = "SELECT ?network ?city ?name WHERE { ?network glocal:foundedAt ?city "
    other = "SERVICE SILENT <http://127.0.0.1:1/> { ?city ?p ?name } OPTIONAL "
    text = TEXT[: TEXT.index("SELECT")] + asked + other + "{ SERVICE ?network { ?city a ?b } } }"
    path = tmp_path / "a.rq"
    path.write_text(text, encoding="utf-8")

    query = read_query(path, ["en"], is_federated=True)

    assert query.variables == ["network", "city", "name"]
    assert query.text == text
    path.write_text(text.replace("?city ?p", "?city ?p,"), encoding="utf-8")
    with pytest.raises(MalformedFile, match="valid SPARQL"):
        read_query(path, ["en"], is_federated=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SELECT (STR(?b) AS ?n) ?a FROM <http://g> WHERE { ?a ?p ?b }",
            "SELECT (STR(?b) AS ?n) ?a FROM <http://g> WHERE {\n    VALUES ?a { 1 } ?a ?p ?b }",
        ),
        (
            "CONSTRUCT { ?a a ?b } WHERE { ?a ?p ?b }",
            "CONSTRUCT { ?a a ?b } WHERE {\n    VALUES ?a { 1 } ?a ?p ?b }",
        ),
        ("ASK { ?a ?p ?b } # {", "ASK {\n    VALUES ?a { 1 } ?a ?p ?b } # {"),
        (
            "SELECT ?a { SELECT ?a { ?a ?p ?b } } ORDER BY ?a",
            "SELECT ?a {\n    VALUES ?a { 1 }\n{ SELECT ?a { ?a ?p ?b } }\n} ORDER BY ?a",
        ),
    ],
)
def test_values_stand_in_the_text_before_its_pattern(text: str, expected: str) -> None:
    query = SavedQuery(name="one", questions={"en": "?"}, text=text, form="SELECT")

    one = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert query.query_with({Variable("a"): Literal(1)}) == expected.replace("1 }", f"{one} }}")
    assert query.query_with({}) == text


@pytest.mark.parametrize(
    ("declared", "iri", "expected"),
    [
        ("", "https://w3id.org/glocal/id/C40", "PREFIX id: <https://w3id.org/glocal/id/>\n|id:C40"),
        ("PREFIX id: <https://w3id.org/glocal/id/>\n", "https://w3id.org/glocal/id/C40", "|id:C40"),
        ("PREFIX id: <http://x/>\n", "https://w3id.org/glocal/id/C40",
         "|<https://w3id.org/glocal/id/C40>"),
        ("", "http://x/y", "|<http://x/y>"),
    ],
)  # fmt: skip
def test_a_thing_stands_in_the_text_by_its_declared_name(
    declared: str, iri: str, expected: str
) -> None:
    text = f"# question\n\n{declared}ASK {{ ?a ?p ?b }}"
    query = SavedQuery(name="one", questions={"en": "?"}, text=text, form="ASK")

    prologue, name = expected.split("|")
    assert query.query_with({Variable("a"): NamedNode(iri)}) == (
        f"{prologue}{declared}ASK {{\n    VALUES ?a {{ {name} }} ?a ?p ?b }}"
    )


def test_a_query_is_run_with_its_values(tmp_path: Path) -> None:
    prefixes = f"PREFIX id: <{ID}> PREFIX glocal: <{PREFIXES['glocal']}> "
    turtle = prefixes + "id:C40 glocal:foundedAt id:London . id:UCLG glocal:foundedAt id:Paris ."
    store = Store.in_memory(parse(turtle, format=RdfFormat.TRIG))

    results = saved(tmp_path).run(store, {Variable("network"): ID["C40"]})

    assert isinstance(results, QuerySolutions)
    assert [row["city"] for row in results] == [ID["London"]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "network: is missing; expected the IRI of a network"),
        ({"netwrk": "id:C40"}, "is not a parameter of 'where-founded', which takes: network. Did"),
        ({"network": "http://e/a b"}, "'http://e/a b' is not the IRI of a network: not an IRI"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    tmp_path: Path, values: dict[str, str], message: str
) -> None:
    with pytest.raises(MalformedParameter) as caught:
        saved(tmp_path).bind(values, read_iri)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "what", "term"),
    [
        ("id:London", "the IRI of a city", ID["London"]),
        (f"<{ID}London>", "the IRI of a city", ID["London"]),
        ("climate", "a word", Literal("climate")),
        ("2014", "a year", Literal("2014", datatype=XSD["integer"])),
        ('"2014"^^xsd:gYear', "a year", Literal("2014", datatype=XSD["gYear"])),
        ('"a \\"b\\""@en', "a word", Literal('a "b"', language="en")),
    ],
)
def test_a_value_is_read_as_what_its_parameter_asks_for(
    value: str, what: str, term: object
) -> None:
    assert parse_term("p", value, what, read_iri) == term


def test_a_bad_language_tag_is_refused_as_one() -> None:
    with pytest.raises(MalformedParameter) as caught:
        parse_term("p", '"x"@toolonglanguage1', "a word", read_iri)

    assert str(caught.value).endswith(" at maximum. Expected a language tag such as @en.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "# question (zh): 该网络创立于何处？\n",
            "",
            "1:1: the header has no line '# question (zh)",
        ),
        ("# view: paper\n", "", "1:1: the header has no line '# view: …'"),
        ("view: paper", "view: papers", "'papers' is not a view. Expected: one of facts, paper"),
        ("?network, a", "network a", "4:1: the parameter has no name or no description"),
        ("# example: ?network, id:C40\n", "", "4:1: the parameter ?network has no example"),
        ("# view", "# example: ?city, id:A\n# view", "7:1: the parameter ?city has no description"),
        ("SELECT ?network ?city", "SELECT ?city", "does not return its parameter ?network"),
        ("ORDER BY ?city", "ORDER BI ?city", "13:71: found 'BI'"),
    ],
)
def test_a_file_that_is_no_saved_query_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(MalformedFile) as caught:
        saved(tmp_path, TEXT.replace(old, new))

    assert message in str(caught.value)


def test_an_unknown_query_is_answered_with_near_names(tmp_path: Path) -> None:
    queries = {"where-founded": saved(tmp_path)}

    assert get_query(queries, "where-founded").name == "where-founded"
    with pytest.raises(
        UnknownName, match=r"Unknown query 'were-found'. Did you mean: where-founded\?"
    ):
        get_query(queries, "were-found")


def test_bound_values_are_variables_with_terms(tmp_path: Path) -> None:
    bound = saved(tmp_path).bind({"network": "id:C40"}, read_iri)

    assert bound == {Variable("network"): ID["C40"]}
