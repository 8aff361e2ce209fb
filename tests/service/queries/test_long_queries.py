"""Queries of 100,000 characters on a running service, and what no stack or time is enough for."""

from collections.abc import Callable, Iterator

import pytest

from tests.service.conftest import Running, serve

LENGTH = 100_000
pytestmark = pytest.mark.slow


def repeat(start: str, part: Callable[[int], str], end: str, between: str = " ") -> str:
    """Return the longest query of at most `LENGTH` characters that repeats a part."""
    parts: list[str] = []
    left = LENGTH - len(start) - len(end)
    while (left := left - len(new := part(len(parts))) - len(between)) >= 0:
        parts.append(new)
    return start + between.join(parts) + end


def nest(opening: str, inner: str, closing: str, length: int = LENGTH) -> str:
    """Return a query of at most this length that nests a group as often as possible."""
    depth = (length - len(f"SELECT * {{ {inner} }}")) // len(opening + closing)
    return f"SELECT * {{ {opening * depth}{inner}{closing * depth} }}"


def branch(number: int, length: int) -> str:
    start = f"{{ ?s <http://e/p{number}> ?o FILTER(?o != '"
    return start + "x" * (length - len(start) - 4) + "') }"


ANSWERED = {
    "union of 100 characters": repeat("SELECT * {", lambda n: branch(n, 100), "}", "UNION"),
    "union of 300 characters": repeat("SELECT * {", lambda n: branch(n, 300), "}", "UNION"),
    "bind": repeat("SELECT * { ?s ?p ?o ", lambda n: f"BIND({n} AS ?v{n})", "}"),
    "minus": repeat("SELECT * { ?s ?p ?o ", lambda n: f"MINUS {{ ?s <http://e/p{n}> ?x }}", "}"),
    "values": repeat("SELECT * { VALUES ?x { ", str, " } }"),
    "alternatives": repeat("SELECT * { ?s ", lambda n: f"<http://e/p{n}>", " ?o }", "|"),
    "subqueries": nest("{ SELECT * ", "{ ?s ?p ?o }", "}"),
    "subqueries with a projection": nest("{ SELECT ?o ?s ", "{ ?s ?p ?o }", "}"),
    "groups": nest("{", "?s ?p ?o", "}"),
    "brackets": "SELECT * { FILTER(" + "(" * 49_900 + "1" + ")" * 49_900 + ") }",
    "exists": nest("?s ?p ?o FILTER EXISTS {", "?s ?p ?o", "}"),
    "concat": repeat("SELECT (CONCAT(", lambda n: f"'{n}'", ") AS ?x) { }", ","),
    "a comparison before values": repeat(
        "SELECT * { ?s ?p ?o FILTER(?o<?s||'>'='#') VALUES ?v {", lambda n: f"'{n}'", "} }"
    ),
}
TOO_SLOW = {
    "optionals": "SELECT * { ?s ?p ?o "
    + " ".join(f"OPTIONAL {{ ?s <http://e/p{n}> ?o{n} }}" for n in range(500))
    + "}",
    "path": "SELECT * { ?s " + "/".join(["<p>"] * 12_000) + " ?o }",
}


@pytest.fixture(scope="module")
def patient() -> Iterator[Running]:
    """A service that waits longer than by default, since tests beside this one slow it down."""
    with serve("--scratch", max_query_seconds=60, log_requests=False) as running:
        yield running


@pytest.mark.parametrize("name", ANSWERED)
def test_a_query_of_the_allowed_length_is_answered(patient: Running, name: str) -> None:
    query = ANSWERED[name]
    assert LENGTH * 0.95 < len(query) <= LENGTH

    response = patient.ask(query, seconds=90)

    assert (response.status_code, response.text[:300]) == (200, response.text[:300])


def test_what_the_engine_plans_too_slowly_ends_at_the_time_limit() -> None:
    with serve("--scratch", max_query_seconds=1, log_requests=False) as running:
        for text in TOO_SLOW.values():
            problem = running.ask(text).json()

            assert (problem["status"], problem["type"]) == (504, "/problems/query-timed-out")
            assert problem["detail"] == "The query was stopped: it took more than 1 s."


def test_what_overflows_even_a_large_stack_is_its_clients_mistake_and_nobody_elses() -> None:
    text = nest("{", "?s ?p ?o", "}", 1_000_000)
    with serve("--scratch", max_query_characters=1_000_000, max_query_seconds=60) as running:
        problem = running.ask(text, seconds=90)

        assert (problem.status_code, problem.json()["type"]) == (400, "/problems/stack-overflowed")
        assert running.ask("ASK { }").status_code == 200
