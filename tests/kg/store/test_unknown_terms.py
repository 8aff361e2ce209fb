import pytest
from pyoxigraph import RdfFormat, parse

from kg.namespaces import BASE, GLOCAL, ID, PREFIXES
from kg.sparql.hints import QueryHint
from kg.sparql.query import Query
from kg.store.quad_store import Store
from kg.store.unknown_terms import TermChecker

TRIG = """
graph:derived { id:C40 glocal:foundedAt id:London . }
id:London a glocal:City ; glocal:memberOf id:C40 .
id:Harbour a glocal:Place .
glocal:City a owl:Class . glocal:memberOf a owl:ObjectProperty .
ev:p10.2-fact a glocal:Evidence .
"""
DECLARED = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


@pytest.fixture
def checker() -> TermChecker:
    return TermChecker(Store.in_memory(parse(DECLARED + TRIG, format=RdfFormat.TRIG)))


def unknown(checker: TermChecker, pattern: str) -> dict[str, tuple[str, ...]]:
    return {term.name: term.near for term in checker.check(Query(f"{DECLARED}ASK {{ {pattern} }}"))}


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("glocal:Citty", ("glocal:City",)),
        ("glocal:memberOff", ("glocal:memberOf",)),
        ("glocal:city", ("glocal:City",)),
        ("id:Londn", ("id:London",)),
        ("ev:p10.2-fakt", ("ev:p10.2-fact",)),
        # The same name in another namespace.
        ("glocal:London", ("id:London",)),
        ("glocal:Nothing", ()),
        ("wdt:P31", ("rdf:type",)),
        ("wd:Q515", ()),
    ],
)
def test_a_misspelt_term_is_named_with_similar_ones(
    checker: TermChecker, written: str, near: tuple[str, ...]
) -> None:
    assert unknown(checker, f"?x a {written}") == {written: near}


def test_a_warning_says_what_could_have_been_meant() -> None:
    assert str(QueryHint("unknown-term", "glocal:Citty", ("glocal:City",))) == (
        "Unknown term 'glocal:Citty'. Did you mean: glocal:City?"
    )
    assert str(QueryHint("unknown-term", "glocal:Nothing", ())) == "Unknown term 'glocal:Nothing'."


@pytest.mark.parametrize(
    "pattern",
    [
        # A subject, a predicate, an object and a graph; also in a named graph alone.
        "id:London glocal:memberOf id:C40",
        "?x glocal:foundedAt ?y ; a glocal:Place",
        "GRAPH graph:derived { ?s ?p ?o }",
        f"?x a <{GLOCAL}City>",
        # The full stop belongs to the triple.
        "?x a glocal:City.?y a glocal:City.",
        # Other namespaces may have terms that the release does not use.
        "?x a schema:Sity , <http://example.org/Citty>",
        # These are documents, which the release does not describe.
        f"?x rdfs:seeAlso <{BASE}catalog> , <{BASE}ontology/1.0.0>",
        # Other endpoints have other terms.
        "SERVICE <http://example.org/> { ?x a glocal:Citty ; wdt:P31 wd:Q515 }",
        # Texts and comments name nothing.
        "?x rdfs:label 'glocal:Citty' # glocal:Citty\n",
        "FILTER(STRSTARTS(STR(?graph), STR(ev:)) || STRSTARTS(STR(?graph), STR(ev:p10-)))",
    ],
)
def test_what_a_query_may_name_is_not_warned_of(checker: TermChecker, pattern: str) -> None:
    assert unknown(checker, pattern) == {}
    assert unknown(checker, pattern) == {}


@pytest.mark.parametrize(
    "pattern",
    [
        "?x a glocal:Citty .",
        "?x a glocal:Citty.",
        "?x glocal:memberOf/a|^glocal:Citty ?y",
        f"?x a <{GLOCAL}Citty>",
        "FILTER(?x<glocal:Citty)",
        "VALUES ?x { id:London glocal:Citty }",
    ],
)
def test_a_term_is_found_however_it_is_written_and_whatever_was_asked_before(
    checker: TermChecker, pattern: str
) -> None:
    assert unknown(checker, pattern.replace("Citty", "City")) == {}
    assert list(unknown(checker, pattern)) == ["glocal:Citty"]


def test_a_template_may_make_new_terms_and_a_pattern_may_not(checker: TermChecker) -> None:
    made = Query(f"{DECLARED}CONSTRUCT {{ ?x a glocal:Citty }} WHERE {{ ?x a glocal:Sity }}")
    both = Query(f"{DECLARED}CONSTRUCT WHERE {{ ?x a glocal:Citty }}")

    assert [term.name for term in checker.check(made)] == ["glocal:Sity"]
    assert [term.name for term in checker.check(both)] == ["glocal:Citty"]


def test_a_prefix_means_what_the_query_declares(checker: TermChecker) -> None:
    declared = f"PREFIX : <{GLOCAL}> prefix g:<{GLOCAL}>\nPREFIX glocal: <http://example.org/>"
    query = Query(f"{declared} ASK {{ ?x a :City , g:Citty , glocal:Cities , :Townn }}")

    assert [term.name for term in checker.check(query)] == ["glocal:Citty", "glocal:Townn"]


def test_the_first_three_terms_are_named_in_their_order(checker: TermChecker) -> None:
    names = [f"id:Nowhere{number}" for number in range(10)]

    assert list(unknown(checker, f"VALUES ?x {{ {' '.join(names)} }}")) == names[:3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ASK { ?x a glocal:Citty }",
        f"PREFIX glocal: <http://[/> BASE <{ID}> ASK {{ ?x a glocal:Citty }}",
        f"PREFIX id: <{ID}> ASK {{ ?x a id:%, <{ID}\\u0020x> }}",
    ],
)
def test_what_the_engine_refuses_is_left_to_it(checker: TermChecker, text: str) -> None:
    assert checker.check(Query(text)) == []
