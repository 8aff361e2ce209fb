"""Each saved query is an example for SPARQL editors, word for word."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.content import own_content
from kg.namespaces import EXAMPLE, PREFIXES, RDF, RDFS, SCHEMA, SH, SPEX
from kg.release.examples import describe_examples
from kg.sparql.query_header import Parameter
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery, read_queries

ENDPOINT = NamedNode("http://127.0.0.1:8000/sparql")
WIKIDATA = "https://query.wikidata.org/sparql"


def saved(text: str, **parameters: str) -> SavedQuery:
    question = {"en": "What is it?", "zh": "这是什么？"}
    told = {key: Parameter({"en": text}, "id:A") for key, text in parameters.items()}
    return SavedQuery(
        name="what-it-is", questions=question, parameters=told, text=text, form="SELECT"
    )


def described(query: SavedQuery, store: Store | None = None) -> dict[NamedNode, set[object]]:
    """The values of the only example, by property."""
    triples = describe_examples([query], store or Store.in_memory([]), ENDPOINT)
    about = [one for one in triples if one.subject == EXAMPLE[query.name]]
    return {
        name: {one.object for one in about if one.predicate == name}
        for name in {one.predicate for one in about}
    }


@pytest.fixture(scope="module")
def examples(release: Store) -> Store:
    federated = read_queries(own_content().queries / "federated", are_federated=True)
    queries = [*read_queries().values(), *federated.values()]
    triples = describe_examples(queries, release, ENDPOINT)
    return Store.in_memory(Quad(one.subject, one.predicate, one.object) for one in triples)


def test_the_editor_finds_every_saved_query_word_for_word(examples: Store, ask) -> None:
    files = {path.stem: path.read_text("utf-8") for path in own_content().queries.rglob("*.rq")}
    found = ask(
        examples,
        "SELECT DISTINCT ?sq ?query { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; "
        "sh:select|sh:ask|sh:construct|sh:describe ?query }",
    )

    assert found == {(EXAMPLE[name].value, text) for name, text in files.items()}


def test_each_question_stands_in_both_languages(examples: Store, ask) -> None:
    number = len(list(own_content().queries.rglob("*.rq")))
    found = ask(
        examples,
        "SELECT ?l (COUNT(DISTINCT ?sq) AS ?n) { ?sq rdfs:comment ?c BIND (LANG(?c) AS ?l) } "
        "GROUP BY ?l",
    )

    assert found == {("en", str(number)), ("zh", str(number))}


def test_the_editor_finds_the_prefixes(examples: Store, ask) -> None:
    found = ask(
        examples, "SELECT DISTINCT ?p ?n { [] sh:namespace ?n ; sh:prefix ?p . ?q sh:prefixes ?x }"
    )

    assert found == set(PREFIXES.items())


def test_those_that_ask_others_say_whom(examples: Store, ask) -> None:
    found = ask(examples, "SELECT ?other { ?sq spex:federatesWith ?other }")

    assert (WIKIDATA,) in found
    twins = EXAMPLE["twin-cities-at-wikidata"]
    assert ask(examples, f"SELECT ?o {{ {twins} spex:federatesWith ?o }}") == {(WIKIDATA,)}


def test_a_parameter_is_told_and_may_be_left_out() -> None:
    query = saved("SELECT ?who { ?who ?p ?o }", who="somebody")
    triples = set(describe_examples([query], Store.in_memory([]), ENDPOINT))

    parameter = EXAMPLE["what-it-is.who"]
    assert Triple(EXAMPLE["what-it-is"], SH["parameter"], parameter) in triples
    assert Triple(parameter, SH["path"], EXAMPLE["who"]) in triples
    described_as = Literal("the IRI of somebody", language="en")
    assert Triple(parameter, SH["description"], described_as) in triples


@pytest.mark.parametrize("form", ["select", "ask", "construct", "describe"])
def test_the_form_decides_the_property(form: str) -> None:
    body = {"select": "* {}", "ask": "{}", "construct": "{} WHERE {}", "describe": "<urn:x>"}[form]
    text = f"# a comment that says SELECT\n{form.upper()} {body}"
    found = described(saved(text))

    space = SPEX if form == "describe" else SH
    kind = space[f"SPARQL{form.capitalize()}Executable"]
    assert found[RDF["type"]] == {SH["SPARQLExecutable"], kind}
    assert found[SH[form]] == {Literal(text)}
    assert (SPEX["describe"] in found) is (form == "describe")
    assert found[SCHEMA["target"]] == {ENDPOINT}


def test_keywords_are_the_labels_of_the_terms(release: Store) -> None:
    found = described(saved("SELECT * { ?city a glocal:City ; rdfs:label ?name }"), release)

    assert found[SCHEMA["keywords"]] == {
        Literal("city", language="en"),
        Literal("城市", language="zh"),
    }
    assert found[RDFS["comment"]] == {
        Literal("What is it?", language="en"),
        Literal("这是什么？", language="zh"),
    }
