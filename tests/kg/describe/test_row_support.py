"""Which triples matched for a row of an answer, and who says them."""

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg.describe.evidence import ProvenanceReader
from kg.describe.row_support import RowTracer
from kg.describe.supporting_triples import RowSupport
from kg.errors import MalformedParameter, MalformedQuery, RefusedQuery
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, PREFIXES, XSD
from kg.sparql.query import Query
from kg.statuses import Status
from kg.store.quad_store import Store

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
C40, LONDON, PARIS = ID["C40"], ID["London"], ID["Paris"]
FOUNDED = Triple(C40, GLOCAL["foundedAt"], LONDON)
FOUNDED_PARIS = Triple(ID["UCLG"], GLOCAL["foundedAt"], PARIS)
LEADS = Triple(LONDON, GLOCAL["leads"], C40)
NEAR = Triple(LONDON, GLOCAL["near"], PARIS)
MEMBERS = Triple(C40, GLOCAL["members"], Literal(90))
CLAIMED = Triple(PARIS, GLOCAL["leads"], ID["UCLG"])
CITY = {"city": LONDON}
Row = dict[str, NamedNode | Literal]


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.in_memory(parse(PROLOGUE + TRIG, format=RdfFormat.TRIG))


def tracer(store: Store, text: str) -> RowTracer:
    return RowTracer(store, Query(PROLOGUE + text), ProvenanceReader(store))


def trace(store: Store, text: str, *rows: Row, limit: int = 10) -> list[RowSupport]:
    return tracer(store, text).trace(rows, limit)


def untraced(store: Store, text: str) -> list[str]:
    return [*map(str, tracer(store, text).untraced)]


def first_row(store: Store, text: str) -> Row:
    found = store.query(PROLOGUE + text)
    names = [one.value for one in found.variables]
    return dict(zip(names, next(iter(found)), strict=True))


def triples(support: RowSupport) -> set[Triple]:
    return {one.triple for one in support.triples}


def test_a_row_is_supported_by_its_triples_and_as_strong_as_the_weakest(store: Store) -> None:
    text = "SELECT * { ?n glocal:foundedAt ?city . ?city glocal:leads ?n }"

    [found] = trace(store, text, {"city": LONDON, "n": C40})

    founded, leads = sorted(found.triples, key=lambda one: str(one.triple))
    assert (founded.triple, leads.triple) == (FOUNDED, LEADS)
    assert {one.graph for one in founded.grounds} == {EVIDENCE["p1-fact"], EVIDENCE["p2-thesis"]}
    assert founded.strongest
    assert founded.strongest.status == Status.FACT.iri
    assert leads.strongest
    assert leads.strongest.status == Status.THESIS.iri
    assert found.ground
    assert found.ground.graph == EVIDENCE["p2-thesis"]
    assert (found.is_found, found.solutions, found.is_complete) == (True, 1, True)
    assert untraced(store, text) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?n glocal:foundedAt ?city", [FOUNDED]),
        ("?city glocal:near ?x OPTIONAL { ?n glocal:foundedAt ?city }", [NEAR, FOUNDED]),
        ("?city glocal:near ?x OPTIONAL { ?city glocal:missing ?y }", [NEAR]),
        ("{ ?city glocal:near ?x } UNION { ?city glocal:leads ?n }", [NEAR, LEADS]),
        ("{ ?city glocal:near ?x } UNION { ?city glocal:leads ?x . ?x a ?city }", [NEAR]),
        (
            "[ glocal:foundedAt ?city ; glocal:members ?m ] . ?city glocal:near ?x",
            [NEAR, FOUNDED, MEMBERS],
        ),
        ("?city glocal:near ?x . _:x glocal:foundedAt ?city", [NEAR, FOUNDED]),
        ("?city glocal:leads/glocal:members ?m", [LEADS, MEMBERS]),
        ("?city ^glocal:foundedAt/glocal:members ?m", [FOUNDED, MEMBERS]),
        ("?city glocal:near|glocal:leads|glocal:missing ?x", [NEAR, LEADS]),
        ("?city (glocal:leads|glocal:near)/glocal:members ?m", [LEADS, MEMBERS]),
        ("?city glocal:near|(glocal:leads+) ?x", [NEAR, LEADS]),
        ("?city glocal:leads/(glocal:foundedAt+) ?m", [LEADS, FOUNDED]),
        ("?city (glocal:leads/glocal:foundedAt)*/glocal:near ?m", [NEAR]),
        ("?city ^(!(glocal:near|glocal:leads)) ?n", [FOUNDED]),
        ("?city !glocal:near ?n", [LEADS]),
        ("?city glocal:missing?/glocal:leads/glocal:members ?m", [LEADS, MEMBERS]),
        ("{ SELECT ?city ?x { ?city glocal:near ?x } } ?city glocal:leads ?n", [NEAR, LEADS]),
        ("?city glocal:leads ?n BIND(STR(?n) AS ?text)", [LEADS]),
        ("?city glocal:leads ?n FILTER(?city = id:London)", [LEADS]),
        ("SELECT ?city { ?city glocal:near ?x }", []),
    ],
)
def test_variables_that_are_not_selected_get_their_values(
    store: Store, pattern: str, expected: list[Triple]
) -> None:
    [found] = trace(store, f"SELECT ?city {{ {pattern} }}", CITY)

    assert found.is_found
    assert triples(found) == {*expected}


def test_of_a_named_graph_that_graph_is_told(store: Store) -> None:
    text = "SELECT ?g ?who { GRAPH ?g { ?city glocal:leads id:UCLG } ?g glocal:heldBy ?who }"

    [found] = trace(store, text, {"g": EVIDENCE["p3-claim"], "who": ID["Doe"]})

    claim, held = found.triples
    assert (claim.triple, claim.graph) == (CLAIMED, EVIDENCE["p3-claim"])
    assert claim.strongest
    assert claim.strongest.holders == (ID["Doe"],)
    assert (held.graph, held.strongest) == (None, None)
    assert found.ground
    assert found.ground.status == Status.CLAIM.iri


def test_in_a_dataset_only_its_graphs_say_a_triple(store: Store) -> None:
    text = "SELECT ?n FROM ev:p2-thesis WHERE { ?n glocal:foundedAt [] }"

    found, other = trace(store, text, {"n": C40}, {"n": ID["UCLG"]})

    [founded] = found.triples
    assert founded.triple == FOUNDED
    assert [one.graph for one in founded.grounds] == [EVIDENCE["p2-thesis"]]
    assert not other.is_found


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("SELECT (STR(?city) AS ?text) { ?n glocal:foundedAt ?city }", {}),
        ("SELECT ?text { ?n glocal:foundedAt ?city BIND(STR(?city) AS ?text) }", {}),
        ("SELECT ?text { ?n glocal:foundedAt ?c } VALUES (?c ?text) { (id:Paris '%s') }", {}),
        ("SELECT (STR(?city) AS ?text) ?n { ?n glocal:foundedAt ?city }", {"n": ID["UCLG"]}),
    ],
)
def test_a_computed_value_chooses_among_the_solutions(store: Store, text: str, row: Row) -> None:
    [found] = trace(store, text.replace("%s", PARIS.value), {"text": Literal(PARIS.value), **row})

    assert triples(found) == {FOUNDED_PARIS}


def test_a_value_that_differs_each_time_is_not_looked_for(store: Store) -> None:
    text = "SELECT ?n (UUID() AS ?new) { ?n glocal:foundedAt ?city }"

    [found] = trace(store, text, {"n": C40, "new": NamedNode("urn:uuid:an-earlier-one")})

    assert triples(found) == {FOUNDED}


def test_a_row_without_a_value_has_only_the_solutions_without_it(store: Store) -> None:
    text = "SELECT ?n ?m { ?n glocal:foundedAt ?city OPTIONAL { ?n glocal:members ?m } }"

    with_value, without, wrong = trace(
        store, text, {"n": C40, "m": Literal(90)}, {"n": ID["UCLG"]}, {"n": C40}
    )

    assert triples(with_value) == {FOUNDED, MEMBERS}
    assert triples(without) == {FOUNDED_PARIS}
    assert not wrong.is_found


def test_of_an_aggregate_the_solutions_of_the_group_are_counted_and_listed(store: Store) -> None:
    text = "SELECT ?p (COUNT(?s) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(?s) > 1)"
    row: Row = {"p": GLOCAL["foundedAt"], "n": Literal(2)}

    [whole], [first] = trace(store, text, row), trace(store, text, row, limit=1)

    assert (whole.solutions, whole.traced) == (2, 2)
    assert triples(whole) == {FOUNDED, FOUNDED_PARIS}
    assert (first.solutions, first.traced, len(first.triples)) == (2, 1, 1)
    assert untraced(store, text) == []


@pytest.mark.parametrize(
    ("text", "kinds", "expected"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?s glocal:near ?o }", [], {NEAR}),
        ("SELECT (COUNT(*) AS ?n) { ?s glocal:far ?o }", [], set()),
        (
            "SELECT (COUNT(?s) AS ?n) { ?s glocal:foundedAt ?o } GROUP BY ?o",
            ["group"],
            {FOUNDED, FOUNDED_PARIS},
        ),
    ],
)
def test_an_aggregate_without_keys_has_all_solutions(
    store: Store, text: str, kinds: list[str], expected: set[Triple]
) -> None:
    [found] = trace(store, text, {"n": Literal(1)})

    assert found.is_found
    assert (triples(found), untraced(store, text)) == (expected, kinds)


def test_a_group_is_found_by_the_expression_that_names_it(store: Store) -> None:
    text = "SELECT ?k (COUNT(?n) AS ?m) { ?n glocal:foundedAt ?c } GROUP BY (STR(?c) AS ?k)"

    [found] = trace(store, text, {"k": Literal(LONDON.value), "m": Literal(1)})

    assert triples(found) == {FOUNDED}


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        (
            f"?city glocal:leads ?n . ?n {'/'.join(['(^glocal:leads|glocal:leads)'] * 7)} ?m",
            ["path"],
        ),
        ("?city glocal:leads ?n ; !(glocal:near|^glocal:near) ?m", ["path"]),
        ("?city glocal:leads ?n MINUS { ?city glocal:near id:Rome }", ["negation"]),
        ("?city glocal:leads ?n FILTER NOT EXISTS { ?city glocal:near id:Rome }", ["negation"]),
        ("?city glocal:leads ?n FILTER EXISTS { ?city glocal:near ?x }", ["exists"]),
        ("?city glocal:leads ?n { SELECT (COUNT(*) AS ?k) { ?a ?b ?c } }", ["aggregate"]),
        ("?city glocal:leads ?n { SELECT ?city { ?city glocal:near ?hidden } }", ["subquery"]),
        ("?city glocal:leads ?n SERVICE <http://elsewhere.example/> { ?city a ?x }", ["service"]),
    ],
)
def test_what_has_no_single_triples_is_named(store: Store, pattern: str, kinds: list[str]) -> None:
    text = f"SELECT ?city {{ {pattern} }}"

    [found] = trace(store, text, CITY)

    assert untraced(store, text) == kinds
    assert triples(found) == {LEADS}


def test_what_another_endpoint_gave_is_taken_from_the_row(store: Store) -> None:
    text = "SELECT ?city ?x { ?city glocal:leads ?n SERVICE <http://a.example/> { ?city a ?x } }"

    [found] = trace(store, text, {"city": LONDON, "x": ID["Elsewhere"]})

    assert triples(found) == {LEADS}


def test_rows_are_traced_together_each_for_itself(store: Store) -> None:
    text = "SELECT ?city { ?n glocal:foundedAt ?city } ORDER BY ?city LIMIT 1"

    paris, london, rome, again = trace(
        store, text, {"city": PARIS}, CITY, {"city": ID["Rome"]}, CITY
    )

    assert (triples(paris), triples(london)) == ({FOUNDED_PARIS}, {FOUNDED})
    assert (rome.is_found, triples(rome)) == (False, set())
    assert again == london


def test_rows_whose_solutions_are_beyond_the_limit_are_not_called_wrong(store: Store) -> None:
    numbers = " ".join(map(str, range(400)))
    many = f"VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }}"

    [found] = trace(store, f"SELECT ?city {{ ?city glocal:near ?x . {many} }}", CITY)

    assert (found.solutions, found.is_complete) == (100_000, False)
    assert triples(found) == {NEAR}


def test_a_variable_that_the_query_does_not_select_is_refused(store: Store) -> None:
    with pytest.raises(MalformedParameter, match=r"row: expected only \?city, got \?town"):
        trace(store, "SELECT ?city { ?city glocal:near ?x }", {"town": LONDON})


def test_a_literal_is_the_same_only_with_its_datatype(store: Store) -> None:
    text = "SELECT ?m { ?n glocal:members ?m }"

    number, word = trace(
        store, text, {"m": Literal("90", datatype=XSD["integer"])}, {"m": Literal("90")}
    )

    assert (number.is_found, word.is_found) == (True, False)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("ASK {}", RefusedQuery, "expected a SELECT"),
        ("SELECT * { <<( ?a ?b ?c )>> ?d ?e }", RefusedQuery, "expected SPARQL 1.1"),
        (f"SELECT * {'{' * 190} ?a ?b ?c {'}' * 190}", RefusedQuery, "fewer levels"),
        ("BASE <urn:a:> SELECT ?x { <b> ?p ?x }", RefusedQuery, "<b> is an IRI"),
        ("SELECT ?x {", MalformedQuery, "line 1, column 12"),
    ],
)
def test_what_cannot_be_traced_is_refused(
    store: Store, text: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        RowTracer(store, Query(text), ProvenanceReader(store))


@pytest.mark.parametrize(
    ("text", "rows", "statuses"),
    [
        # All variables are in the row, or none of the patterns' is.
        ("SELECT * { ?n glocal:foundedAt ?city }", [{"n": C40, **CITY}], [Status.FACT]),
        (
            "SELECT ?city { ?n glocal:foundedAt ?city . ?city glocal:leads ?n }",
            [CITY],
            [Status.THESIS],
        ),
        ("SELECT * { ?city glocal:near ?x }", [{**CITY, "x": PARIS}], [None]),
        (
            "SELECT ?city { ?n glocal:foundedAt ?city OPTIONAL { ?city glocal:leads ?n } }",
            [CITY, {"city": PARIS}, CITY],
            [Status.THESIS, Status.FACT, Status.THESIS],
        ),
        ("SELECT ?city { ?city glocal:leads/glocal:foundedAt ?city }", [CITY], [Status.THESIS]),
        ("SELECT * { GRAPH ?g { ?a glocal:leads ?b } }", [], []),
        # Absence has no status; what another test or a group without a name has matched is unknown.
        ("SELECT ?city { ?city glocal:leads ?n MINUS { ?n a ?c } }", [CITY], [Status.THESIS]),
        (
            "SELECT ?city { ?city glocal:leads ?n . ?n glocal:foundedAt+ ?x }",
            [CITY],
            [Status.THESIS],
        ),
        ("SELECT ?city { ?city glocal:leads ?n FILTER EXISTS { ?n ?p ?o } }", [CITY], [None]),
        ("SELECT (COUNT(*) AS ?m) { ?city glocal:leads ?n } GROUP BY ?city", [{}], [None]),
        (
            "SELECT ?city (COUNT(*) AS ?m) { ?city glocal:leads ?n } GROUP BY ?city",
            [CITY],
            [Status.THESIS],
        ),
    ],
)
def test_rows_of_an_answer_have_the_status_that_they_certainly_have(
    store: Store, text: str, rows: list[Row], statuses: list[Status | None]
) -> None:
    found = tracer(store, text).find_weakest(rows)

    assert found is not None
    assert [one and one.status for one in found] == [one and one.iri for one in statuses]


def test_rows_that_have_all_values_are_not_asked_for_again(store: Store) -> None:
    text = "SELECT * { ?n glocal:foundedAt ?city FILTER(?city != id:London) }"

    [found] = tracer(store, text).find_weakest([{"n": C40, **CITY}]) or [None]

    assert found
    assert found.status == Status.FACT.iri
    assert not trace(store, text, {"n": C40, **CITY})[0].is_found


def test_the_weakest_triples_of_too_many_solutions_are_not_looked_for(store: Store) -> None:
    numbers = " ".join(map(str, range(50)))
    many = f"VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }}"

    text = f"SELECT ?city {{ ?city glocal:leads ?x . {many} }}"

    assert tracer(store, text).find_weakest([CITY]) is None


def test_in_a_graph_that_only_collects_triples_each_has_the_status_that_it_has_elsewhere() -> None:
    collected = """
    graph:derived { id:London a glocal:Agent . } graph:r { id:London a glocal:Agent . }
    graph:r a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading .
    """
    quads = parse(PROLOGUE + TRIG + collected, format=RdfFormat.TRIG)
    text = "SELECT * { GRAPH ?g { ?city a glocal:Agent } }"

    rows = ({**CITY, "g": GRAPH[name]} for name in ("derived", "r"))
    found = trace(Store.in_memory(quads), text, *rows)

    assert [one.ground and one.ground.graph for one in found] == [GRAPH["r"], GRAPH["r"]]


STRENGTHS = """
ev:f glocal:hasStatus glocal:Fact . ev:t glocal:hasStatus glocal:Thesis .
ev:f { id:a glocal:p id:b . id:b glocal:q id:z . id:x glocal:p id:y . }
ev:t { id:a glocal:p id:c . id:c glocal:q id:z . id:b glocal:q id:c . id:a glocal:r id:y . }
id:a glocal:p id:b , id:c ; glocal:r id:y . id:b glocal:q id:z , id:c . id:c glocal:q id:z .
id:x glocal:p id:y .
"""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        # A row is as strong as its strongest match, what counts matches as the weakest of all.
        ("SELECT DISTINCT ?s { ?s glocal:p ?o } VALUES ?s { id:a }", Status.FACT),
        ("SELECT (COUNT(*) AS ?n) { id:a glocal:p ?o }", Status.THESIS),
        ("SELECT (COUNT(*) AS ?n) { id:b glocal:q id:z }", Status.FACT),
        ("SELECT DISTINCT ?s { { ?s glocal:p ?o } UNION { ?s glocal:r ?o } }", Status.FACT),
        (
            "SELECT (COUNT(*) AS ?n) { { id:x glocal:p ?o } UNION { id:a glocal:r ?o } }",
            Status.THESIS,
        ),
        ("SELECT ?o { id:a glocal:p/glocal:q ?o } VALUES ?o { id:z }", Status.FACT),
        ("SELECT ?o { id:a glocal:r|glocal:p ?o } VALUES ?o { id:b }", Status.FACT),
        (
            "SELECT ?s { ?s glocal:p ?o OPTIONAL { ?s glocal:r ?y } } VALUES ?s { id:a }",
            Status.THESIS,
        ),
        # Of the ways of a repeated path, the strongest counts, however long.
        ("SELECT ?o { id:a (glocal:p|glocal:q)+ ?o } VALUES ?o { id:z }", Status.FACT),
        ("SELECT ?o { id:a (glocal:p|glocal:q)* ?o } VALUES ?o { id:c }", Status.THESIS),
        ("SELECT ?s { ?s ^(^glocal:p)/!glocal:p ?o } VALUES ?s { id:a }", Status.FACT),
    ],
)
def test_a_row_is_as_strong_as_its_strongest_match(text: str, status: Status) -> None:
    small = Store.in_memory(parse(PROLOGUE + STRENGTHS, format=RdfFormat.TRIG))
    row = first_row(small, text)

    [support] = trace(small, text, row)

    assert (support.ground and support.ground.status, support.bound) == (status.iri, "exact")
    [ground] = tracer(small, text).find_weakest([row]) or [None]
    assert ground == support.ground


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("SELECT ?city { ?city glocal:leads ?n FILTER EXISTS { ?n ?p ?o } }", "at-most"),
        ("SELECT ?city { ?city glocal:leads ?n { SELECT ?city { ?city ?p ?hidden } } }", "at-most"),
        (
            "SELECT ?city { { ?city glocal:leads ?n } UNION { ?city ?p ?n "
            "FILTER EXISTS { ?n ?q ?o } } }",
            None,
        ),
        ("SELECT ?city { ?city glocal:leads ?n . %s }", "at-least"),
        ("SELECT (COUNT(*) AS ?m) { ?city glocal:leads ?n } GROUP BY ?city", "at-least"),
        ("SELECT (COUNT(*) AS ?m) { ?city glocal:leads ?n . %s }", "at-most"),
        ("SELECT ?city { ?city glocal:leads ?n . %s FILTER EXISTS { ?n ?p ?o } }", None),
    ],
)
def test_what_was_not_examined_bounds_the_strength(
    store: Store, text: str, bound: str | None
) -> None:
    many = " ".join(f"VALUES ?v{name} {{ {' '.join(map(str, range(90)))} }}" for name in "ab")
    text = text.replace("%s", many)
    row = {"m": Literal(8_100)} if "COUNT" in text else CITY

    [support] = trace(store, text, row)

    assert support.bound == bound
    assert (support.examined == support.solutions) is (many not in text)


def test_the_class_of_an_entity_is_a_fact_where_the_text_names_it() -> None:
    typed = """
    graph:entities { id:Named a glocal:City . id:Other a glocal:City . }
    id:Named a glocal:City . id:Other a glocal:City . id:Named glocal:mentionedIn passage:p1.1 .
    """
    small = Store.in_memory(parse(PROLOGUE + typed, format=RdfFormat.TRIG))

    found = trace(small, "SELECT * { ?x a glocal:City }", {"x": ID["Named"]}, {"x": ID["Other"]})

    statuses = [one.ground and one.ground.status for one in found]
    assert statuses == [Status.FACT.iri, Status.BACKGROUND.iri]
