import re
from collections.abc import Sequence
from random import Random

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions

from kg.sparql.query import Query
from kg.store.quad_store import Store, serialize_results

PROLOGUE = "PREFIX e: <http://e/> "
STORE = Store.in_memory([])
NAMES = "zyxwabcd"


def variables(text: str) -> list[str]:
    results = STORE.query(PROLOGUE + text)
    assert isinstance(results, QuerySolutions)
    return [variable.value for variable in results.variables]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT * { ?z ?a ?m }", "z a m"),
        ("SELECT*WHERE{$z ?a ?z}", "z a"),
        ("select distinct * FROM e:g { ?z e:p|^e:q* ?a ; e:r ?m , ?b }", "z a m b"),
        ("SELECT REDUCED * { [ e:p ?z ] ?c ( ?y ?b ) }", "z c y b"),
        ("SELECT * { FILTER(?c > 1) ?z ?p ?c }", "c z p"),
        ("SELECT * { FILTER NOT EXISTS { ?c ?b ?a } ?z ?p ?c }", "c z p"),
        ("SELECT * { ?z ?p ?c FILTER STRSTARTS(?y, '}') MINUS { ?c ?b ?a } ?x e:p 1 }", "z p c x"),
        ("SELECT * { ?z ?p ?c BIND(EXISTS { ?a ?b ?x } || ?y AS ?k) }", "z p c k"),
        ("SELECT * { ?z ?p ?c BIND(1AS?k) } ORDER BY ?o", "z p c k"),
        ("SELECT * { VALUES (?z ?y) { (1 UNDEF) } VALUES ?x { '?w' } ?y ?p 1 }", "z y x p"),
        ("SELECT * { ?z ?y ?x } VALUES ?a { 1 }", "z y x a"),
        ("SELECT * { GRAPH ?z { ?b ?a 1 } OPTIONAL { ?y e:p ?d } }", "z b a y d"),
        ("SELECT * { { ?z e:p 1 } UNION { ?b e:p ?a } LATERAL { ?a e:q ?d } }", "z b a d"),
        ("SELECT * { << ?z e:p ?b ~ ?y >> ?x <<( ?a e:p ?d )>> }", "z b y x a d"),
        ("SELECT * { ?z e:p ?b ~ ?y {| e:q ?x ; ?a ?d |} }", "z b y x a d"),
        ("SELECT * { { SELECT ?z (COUNT(*) AS ?n) { ?z ?a ?b } GROUP BY ?z } ?b e:p 1 }", "z n b"),
        ("SELECT * { { SELECT * { ?z ?y 1 } ORDER BY ?b VALUES ?x { 1 } } ?b e:p 1 }", "z y b x"),
        ("SELECT * { SELECT * { SELECT ?y ?x { ?x ?y ?z } VALUES ?a { 1 } } }", "y x"),
        ("SELECT * { ?z ?p ?o # ?comment }\n }", "z p o"),
        ("SELECT * { ?z ?p ?o FILTER(?a<?b&&?c>?d) ?y ?x 1 }", "z p o y x"),
    ],
)
def test_a_star_returns_the_variables_in_scope_as_they_first_appear(text: str, names: str) -> None:
    assert variables(text) == names.split()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?z e:p ?b FILTER(?a<(?b)&&?b>'>') }",
        "SELECT * { ?z e:p ?b FILTERregex(?c, 'a') }",
        "SELECT * { ?z e:p ?b FILTERNOT EXISTS { ?a ?b ?c } }",
        "PREFIX : <http://www.w3.org/2001/XMLSchema#> SELECT * { ?z e:p ?b FILTER:integer(?c) }",
        "SELECT * { ?z e:p ?b } HAVING(?z > 1)",
        "SELECT * { }",
    ],
)
def test_where_the_tokens_are_not_clear_the_engine_knows_the_scope(text: str) -> None:
    assert variables(text) in (["z", "b"], [])


def test_nothing_is_evaluated_for_the_names() -> None:
    numbers = " ".join(map(str, range(3_000)))
    values = " ".join(f"VALUES ?{name} {{ {numbers} }}" for name in "zyxw")

    # 81,000,000,000,000 rows, which the engine would put in order before it returns the first.
    text = Query(f"SELECT * {{ {values} }} ORDER BY ?z").named_text

    assert text.startswith("SELECT ?z ?y ?x ?w ")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("csv", b"z,a,m\r\n"),
        ("tsv", b"?z\t?a\t?m\n"),
        ("json", b'{"head":{"vars":["z","a","m"]}'),
        ("xml", b'<head><variable name="z"/><variable name="a"/><variable name="m"/></head>'),
    ],
)
def test_the_order_is_that_of_every_format(name: str, start: bytes) -> None:
    assert start in serialize_results(STORE.query("SELECT * { ?z ?a ?m }"), name)


class Writer:
    """Writes random queries; `_Q` in a pattern stands for a variable, `_G` for a group."""

    def __init__(self, seed: int, patterns: Sequence[str]) -> None:
        self._random, self._patterns = Random(seed), patterns
        self._new = 0

    def write(self, pattern: str, depth: int = 3) -> str:
        """Replace the marks in a pattern."""
        return re.sub("_[A-Z]", lambda match: self._replace(match[0], depth), pattern)

    def _replace(self, mark: str, depth: int) -> str:
        if mark == "_Q":
            return self._random.choice("?$") + self._random.choice(NAMES)
        if mark == "_N":
            self._new += 1
            return f"?n{self._new}"
        patterns = self._patterns if depth else TRIPLES
        parts = self._random.choices(patterns, k=self._random.randint(1, 4))
        if any(part.startswith("SELECT") for part in parts):
            parts = [part for part in parts if part.startswith("SELECT")][:1]
        return f"{{{' '.join(self.write(part, depth - 1) for part in parts)}}}"


TRIPLES = (
    "_Q _Q _Q .",
    "_Q e:p/^e:q* _Q ; _Q 'x}'@en , _Q .",
    "[ _Q _Q ] e:p ( _Q 1 ) .",
    "<< _Q e:p _Q ~ _Q >> _Q 1 .",
    "_Q e:p _Q {| _Q <<( _Q e:p 1 )>> |} .",
)
# What binds every variable that it names.
PLAIN = (
    *TRIPLES * 2,
    *("OPTIONAL_G", "_GUNION_G", "GRAPH _Q _G", "VALUES _Q { 1 '}' }", "LATERAL { _Q e:p _Q }"),
)
ALL = (
    *PLAIN * 2,
    *("MINUS_G", "FILTER(_Q<_Q || NOT EXISTS _G)", "FILTER EXISTS_G", "FILTER REGEX(_Q, '(')"),
    *("BIND(IF(_Q, EXISTS_G, (_Q)) AS _N)", "# _Q {\n", "{SELECT _Q (1 AS _N) _G OFFSET 1}"),
    *("{SELECT * WHERE_G ORDER BY _Q LIMIT 3 VALUES _Q { 1 UNDEF }}", "SELECT DISTINCT * _G"),
    "{SELECT ?g (COUNT(*) AS _N) _G GROUP BY ?g HAVING(COUNT(_Q) > 1)}",
)
QUERIES = ("SELECT * _G", "SELECT DISTINCT *_G ORDER BY _Q", "SELECT * WHERE _G VALUES _Q { 1 }")


@given(st.integers(min_value=0), st.sampled_from(QUERIES))
def test_the_variables_are_those_of_the_engine(seed: int, query: str) -> None:
    text = Writer(seed, ALL).write(query)
    by_the_engine = pyoxigraph.Store().query(PROLOGUE + text)
    assert isinstance(by_the_engine, QuerySolutions)

    assert sorted(variables(text)) == [variable.value for variable in by_the_engine.variables]


@given(st.integers(min_value=0))
def test_the_order_is_that_of_the_text(seed: int) -> None:
    text = Writer(seed, PLAIN).write("SELECT * _G")

    assert variables(text) == list(dict.fromkeys(re.findall(r"[?$](\w+)", text)))
