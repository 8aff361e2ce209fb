"""Which triples matched for a row of an answer, and who says them."""

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg.describe.row_support import RowSupport, RowTracer
from kg.errors import MalformedQuery
from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES
from kg.statuses import Status
from kg.store.quad_store import Store
from kg.store.query import Query

PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
TRIG = """
id:C40 glocal:foundedAt id:London ; glocal:members 90 . id:UCLG glocal:foundedAt id:Paris .
id:London glocal:leads id:C40 ; glocal:near id:Paris .
ev:p1-fact glocal:hasStatus glocal:Fact . ev:p2-thesis glocal:hasStatus glocal:Thesis .
ev:p3-claim glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
ev:p1-fact { id:C40 glocal:foundedAt id:London . id:UCLG glocal:foundedAt id:Paris . }
ev:p2-thesis { id:London glocal:leads id:C40 . id:C40 glocal:foundedAt id:London . }
ev:p3-claim { id:Paris glocal:leads id:UCLG . }
"""
FOUNDED = Triple(ID["C40"], GLOCAL["foundedAt"], ID["London"])
LEADS = Triple(ID["London"], GLOCAL["leads"], ID["C40"])
NEAR = Triple(ID["London"], GLOCAL["near"], ID["Paris"])
MEMBERS = Triple(ID["C40"], GLOCAL["members"], Literal(90))
CITY = {"city": ID["London"]}


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.in_memory(parse(PROLOGUE + TRIG, format=RdfFormat.TRIG))


def traced(store: Store, text: str, row: dict[str, NamedNode | Literal]) -> RowSupport:
    [support] = RowTracer(store, Query(PROLOGUE + text)).trace([row])
    return support


def triples(support: RowSupport) -> list[Triple]:
    return [one.triple for one in support.triples]


def test_a_row_is_supported_by_its_triples_and_as_strong_as_the_weakest(store: Store) -> None:
    found = traced(store, "SELECT * { ?n glocal:foundedAt ?city . ?city glocal:leads ?n }", CITY)

    founded, leads = sorted(found.triples, key=lambda one: str(one.triple))
    assert (founded.triple, leads.triple) == (FOUNDED, LEADS)
    assert {one.graph for one in founded.grounds} == {EVIDENCE["p1-fact"], EVIDENCE["p2-thesis"]}
    assert (founded.status, leads.status, found.status) == (
        Status.FACT,
        Status.THESIS,
        Status.THESIS,
    )
    assert (found.untraced, found.is_complete) == ((), True)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?n glocal:foundedAt ?city", [FOUNDED]),
        ("?city glocal:near ?x OPTIONAL { ?n glocal:foundedAt ?city }", [NEAR, FOUNDED]),
        ("?city glocal:near ?x OPTIONAL { ?city glocal:missing ?y }", [NEAR]),
        ("{ ?city glocal:near ?x } UNION { ?city glocal:leads ?n }", [NEAR, LEADS]),
        (
            "[ glocal:foundedAt ?city ; glocal:members ?m ] . ?city glocal:near ?x",
            [NEAR, FOUNDED, MEMBERS],
        ),
        ("{ SELECT ?city { ?city glocal:near ?hidden } LIMIT 1 } ?city glocal:leads ?n", [LEADS]),
        ("?city glocal:near ?x . ?n glocal:members ?m FILTER(?m < 5)", []),
        ("?city glocal:leads ?n BIND(STR(?n) AS ?text)", [LEADS]),
    ],
)
def test_variables_that_are_not_selected_get_their_values(
    store: Store, pattern: str, expected: list[Triple]
) -> None:
    found = traced(store, f"SELECT ?city {{ {pattern} }}", CITY)

    members = Triple(ID["C40"], GLOCAL["members"], Literal(90))
    assert set(triples(found)) == set(
        expected if expected is not None else [NEAR, FOUNDED, members]
    )


def test_of_a_named_graph_that_graph_is_told(store: Store) -> None:
    text = "SELECT ?g ?who { GRAPH ?g { ?city glocal:leads id:UCLG } ?g glocal:heldBy ?who }"

    found = traced(store, text, {"g": EVIDENCE["p3-claim"], "who": ID["Doe"]})

    claim, held = found.triples
    assert claim.triple == Triple(ID["Paris"], GLOCAL["leads"], ID["UCLG"])
    assert (claim.graph, claim.status) == (EVIDENCE["p3-claim"], Status.CLAIM)
    assert (held.graph, held.status) == (None, None)
    assert found.status is Status.CLAIM


def test_a_computed_value_chooses_among_the_solutions(store: Store) -> None:
    text = "SELECT (STR(?city) AS ?text) { ?n glocal:foundedAt ?city }"

    found = traced(store, text, {"text": Literal(ID["Paris"].value)})

    assert triples(found) == [Triple(ID["UCLG"], GLOCAL["foundedAt"], ID["Paris"])]


@pytest.mark.parametrize(
    ("pattern", "untraced"),
    [
        ("?city glocal:leads/glocal:members ?m", ("property path",)),
        ("?city glocal:leads ?n MINUS { ?city glocal:near id:Rome }", ("negation",)),
        ("?city glocal:leads ?n FILTER NOT EXISTS { ?city glocal:near id:Rome }", ("negation",)),
        ("?city glocal:leads ?n { SELECT (COUNT(*) AS ?k) { ?a ?b ?c } }", ("aggregate",)),
    ],
)
def test_what_has_no_single_triples_is_named(
    store: Store, pattern: str, untraced: tuple[str, ...]
) -> None:
    found = traced(store, f"SELECT ?city {{ {pattern} }}", CITY)

    assert found.untraced == untraced
    assert triples(found) == ([] if "property path" in untraced else [LEADS])


def test_rows_are_traced_together_each_for_itself(store: Store) -> None:
    query = Query(PROLOGUE + "SELECT ?city { ?n glocal:foundedAt ?city } ORDER BY ?city LIMIT 1")

    found = RowTracer(store, query).trace([{"city": ID["Paris"]}, CITY, {"city": ID["Rome"]}])

    paris = Triple(ID["UCLG"], GLOCAL["foundedAt"], ID["Paris"])
    assert [triples(one) for one in found] == [[paris], [FOUNDED], []]


def test_where_a_row_comes_from_too_many_solutions_that_is_said(store: Store) -> None:
    text = "SELECT ?city { ?city glocal:near ?x . VALUES ?n { " + "1 " * 50 + "} }"

    found = traced(store, text, CITY)

    assert triples(found) == [NEAR]
    assert not found.is_complete


@pytest.mark.parametrize("text", ["ASK {}", "SELECT * { <<( ?a ?b ?c )>> ?d ?e }", "SELECT ?x {"])
def test_what_cannot_be_traced_is_refused(store: Store, text: str) -> None:
    with pytest.raises(MalformedQuery):
        RowTracer(store, Query(text))
