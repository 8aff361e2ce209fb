import pytest

from kg.sparql.query import Query
from kg.sparql.select_clauses import find_unbound


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "SELECT ?d { ?c a ?class }",
            ["The variable ?d is nowhere bound. Did you mean: ?c, ?class?"],
        ),
        (
            "SELECT ?City { ?city ?p ?name ; ?q ?other } ORDER BY ?nmae # ?City",
            [
                "The variable ?City is nowhere bound. Did you mean: ?city?",
                "The variable ?nmae is nowhere bound. Did you mean: ?name?",
            ],
        ),
        (
            "SELECT ?city ?label ?founded { ?city ?p ?labl FILTER(LANG(?label) = 'en') }",
            [
                "The variable ?label is nowhere bound. Did you mean: ?labl?",
                "The variable ?founded is nowhere bound. Did you mean: ?city, ?p, ?labl?",
            ],
        ),
        (
            "SELECT ?city { ?city ?p ?year FILTER REGEX(?yaer, '20') BIND(?yeer + 1 AS ?next) }",
            [
                "The variable ?yaer is nowhere bound. Did you mean: ?year?",
                "The variable ?yeer is nowhere bound. Did you mean: ?year?",
            ],
        ),
        (
            "SELECT (COUNT(?nam) AS ?n) { ?a ?p ?name } ORDER BY ?n",
            ["The variable ?nam is nowhere bound. Did you mean: ?name?"],
        ),
    ],
)
def test_a_variable_that_the_pattern_lacks_is_named_with_similar_ones(
    text: str, said: list[str]
) -> None:
    assert [*map(str, find_unbound(Query(text)))] == said


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a (?b + 1 AS ?c) (?c + 1 AS ?d) { ?a ?p ?b } ORDER BY ?d",
        "SELECT * { ?a ?p ?b } GROUP BY (STR(?a) AS ?key)",
        "SELECT ?key { ?a ?p ?b } GROUP BY (STR(?a) AS ?key)",
        "SELECT ?x ?y { ?a ?p ?b } VALUES (?x ?y) { (1 2) }",
        "SELECT ?a { ?a ?p ?b } ORDER BY EXISTS { ?a ?p ?other }",
        "SELECT $a { ?a ?p '}' }",
        "PREFIX a: <http://a?b> SELECT ?x { ?x ?y a:c } # Why ?z",
        "CONSTRUCT { ?a ?b ?c } { ?a ?b ?d }",
        "SELECT ?a { BIND(1 AS ?a) FILTER(?a > 0 && EXISTS { ?s ?p ?o FILTER(?o = ?a) }) }",
        "SELECT ?a { ?a ?p ?b FILTER NOT EXISTS { ?a ?q ?c FILTER(?c > ?b) } }",
        "SELECT ?x",
        "SELECT ?x { ?y",
        "SELECT ?d WHERE { { SELECT ?d { ?d ?e ?f } } }",
    ],
)
def test_what_is_bound_somewhere_is_not_named(text: str) -> None:
    assert find_unbound(Query(text)) == []


@pytest.mark.parametrize(
    ("selected", "known"),
    [
        (" ".join(f"?a{n}" for n in range(5_000)), " ".join(f"?b{n}" for n in range(5_000))),
        ("?" + "ab" * 20_000, "?" + "ba" * 20_000),
    ],
)
def test_similar_variables_are_found_among_many_and_in_long_names(
    selected: str, known: str
) -> None:
    query = Query(f"SELECT {selected} {{ VALUES ({known}) {{}} }}")

    assert 1 <= len(find_unbound(query)) <= 3
