import pytest

from kg.federated.blocks import read_blocks
from kg.federated.restriction import restriction_of


def restriction(text: str) -> tuple[str, tuple[str, ...]] | None:
    """What the last block has to join with: the pattern in single spaces, and its variables."""
    found = restriction_of(text, read_blocks(text)[-1])
    return (" ".join(found.pattern.split()), tuple(found.variables)) if found else None


BLOCK = "SERVICE <x> { ?a <q> ?b }"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (f"ASK {{ ?a <p> 1 . {BLOCK} ?b <p> 2 }}", "{ ?a <p> 1 . }"),
        (f"ASK {{ ?a <p> 1 OPTIONAL {{ {BLOCK} }} }}", "{ ?a <p> 1 }"),
        (f"ASK {{ ?a <p> 1 OPTIONAL {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . } { ?a <p> 1 }"),
        (f"ASK {{ ?a <p> 1 . {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . } { ?a <p> 1 . }"),
        (f"ASK {{ ?a <p> 1 . {{ SELECT ?b {{ ?a <r> 2 . {BLOCK} }} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ {{ ?a <p> 1 }} UNION {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ ?b <p> 1 MINUS {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ GRAPH <g> {{ ?a <p> 1 . {BLOCK} }} }}", "GRAPH <g> { { ?a <p> 1 . } }"),
        (f"ASK {{ VALUES ?a {{ 1 2 }} {BLOCK} }}", "{ VALUES ?a { 1 2 } }"),
    ],
)
def test_what_stands_before_a_block_restricts_it(text: str, pattern: str) -> None:
    assert restriction(text) == (pattern, ("a",))


def test_beyond_an_optional_nothing_restricts_since_a_row_it_lacks_would_show() -> None:
    text = f"ASK {{ ?a <p> 1 . {{ ?c <r> 2 OPTIONAL {{ {BLOCK} }} }} }}"

    assert restriction(text) == ("{ ?c <r> 2 }", ())


@pytest.mark.parametrize(
    "text",
    [
        f"ASK {{ {BLOCK} ?a <p> 1 }}",
        f"ASK {{ ?a <p> 1 FILTER EXISTS {{ ?a <r> 2 . {BLOCK} }} }}",
        f"ASK {{ ?a <p> 1 FILTER(1 > 0 && NOT EXISTS {{ ?a <r> 2 . {BLOCK} }}) }}",
        f"SELECT (EXISTS {{ ?a <r> 2 . {BLOCK} }} AS ?c) {{ ?a <p> 1 }}",
        f"ASK {{ ?a <p> 1 LATERAL {{ ?a <r> 2 . {BLOCK} }} }}",
        f"ASK {{ BIND(RAND() AS ?a) {BLOCK} }}",
        f"ASK {{ {{ SELECT ?a {{ ?a <p> 1 }} LIMIT 1 }} {BLOCK} }}",
    ],
)
def test_what_may_be_otherwise_when_asked_twice_restricts_nothing(text: str) -> None:
    assert restriction(text) is None


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ("FILTER(?a > 1)", "FILTER(?a > 1)"),
        ("FILTER STRSTARTS(STR(?a), '(')", "FILTER STRSTARTS(STR(?a), '(')"),
        ("FILTER(?b > 1)", ""),
        ("FILTER(!BOUND(?b)) FILTER(?a < 2)", "FILTER(?a < 2)"),
        ("FILTER NOT EXISTS { ?a <r> 2 }", ""),
        ("FILTER(?a<?b&&?a>?c)", ""),
        ("OPTIONAL { ?a <r> ?b FILTER(?b > 1) }", "OPTIONAL { ?a <r> ?b FILTER(?b > 1) }"),
    ],
)
def test_a_filter_that_later_patterns_could_decide_is_left_out(filters: str, kept: str) -> None:
    found = restriction(f"ASK {{ ?a <p> 1 {filters} {BLOCK} }}")

    assert found == (" ".join(f"{{ ?a <p> 1 {kept} }}".split()), ("a", "b")[: 1 + ("?b" in kept)])


def test_a_variable_for_the_endpoint_is_told_apart() -> None:
    text = "ASK { ?a <p> ?e . SERVICE ?e { ?a <q> ?e } }"
    found = restriction_of(text, read_blocks(text)[0])

    assert found is not None
    assert (found.variables, found.endpoint) == (["a"], "e")
    asked = found.query("BASE <http://b>\n", ["e"], most_rows=9)
    assert asked == "BASE <http://b>\nSELECT DISTINCT ?e WHERE { {  ?a <p> ?e .  } } LIMIT 10"
