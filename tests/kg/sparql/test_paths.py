"""Paths have the solutions that SPARQL 1.1, section 18.4, gives them, as often as it says."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.errors import LimitExceeded, MalformedQuery
from kg.sparql.paths import rewrite_paths
from kg.store.quad_store import Store

Triple = tuple[str, str, str]
Pairs = Counter[tuple[str, str]]
PREFIX = "PREFIX : <http://e/> "


def store_of(triples: Iterable[str]) -> Store:
    return Store.in_memory(parse(f"@prefix : <http://e/> . {' '.join(triples)}", RdfFormat.TURTLE))


def rows(query: str, store: Store) -> Counter[tuple[str | None, ...]]:
    """The rows with the local names of IRIs, and how often each is there."""
    return Counter(
        tuple(None if one is None else one.value.removeprefix("http://e/") for one in row)
        for row in store.query(PREFIX + query)
    )


# A path as the standard evaluates it: its text, and its pairs of nodes in triples. The start and
# the end are terms, which have length zero without being in a triple, or None for a variable.
Evaluate = Callable[[set[Triple], str | None, str | None], Pairs]
Path = tuple[str, Evaluate]


def between(pairs: Iterable[tuple[str, str]], start: str | None, end: str | None) -> Pairs:
    return Counter((s, o) for s, o in pairs if start in (None, s) and end in (None, o))


def verb(name: str) -> Path:
    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        return between(((s, o) for s, p, o in triples if p == name), start, end)

    return f":{name}", evaluate


def negated(forward: frozenset[str], backward: frozenset[str]) -> Path:
    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        found = [(s, o) for s, p, o in triples if forward and p not in forward]
        found += [(o, s) for s, p, o in triples if backward and p not in backward]
        return between(found, start, end)

    names = [f":{one}" for one in sorted(forward)] + [f"^:{one}" for one in sorted(backward)]
    return f"!({'|'.join(names)})", evaluate


def inverse(path: Path) -> Path:
    text, inner = path

    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        return Counter((s, o) for o, s in inner(triples, end, start).elements())

    return f"^({text})", evaluate


def alternative(parts: list[Path]) -> Path:
    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        return sum((one(triples, start, end) for _, one in parts), Pairs())

    return f"({'|'.join(text for text, _ in parts)})", evaluate


def sequence(parts: list[Path]) -> Path:
    """A sequence is a join of patterns, with variables between them (section 18.2.2.4)."""

    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        ends = [start, *[None] * (len(parts) - 1), end]
        first, *others = (one(triples, *ends[at : at + 2]) for at, (_, one) in enumerate(parts))
        for following in others:
            joined = Pairs()
            for (begin, middle), number in first.items():
                for (same, last), times in following.items():
                    if middle == same:
                        joined[begin, last] += number * times
            first = joined
        return first

    return f"({'/'.join(text for text, _ in parts)})", evaluate


def repeated(path: Path, modifier: str) -> Path:
    text, inner = path

    def evaluate(triples: set[Triple], start: str | None, end: str | None) -> Pairs:
        ways = product({start, None}, {end, None})
        found = set(chain.from_iterable(inner(triples, *way) for way in ways))
        longer = set(found)
        while modifier != "?" and longer:
            longer = {(s, o) for s, m in found for n, o in longer if m == n} - found
            found |= longer
        if modifier != "+":
            terms = {one for s, _, o in triples for one in (s, o)} | {start, end} - {None}
            found |= {(one, one) for one in terms}
        return between(found, start, end)

    return f"({text}){modifier}", evaluate


NAMES = st.sampled_from("pqr")
SETS = st.frozensets(NAMES, max_size=2)
SIMPLE = NAMES.map(verb) | st.tuples(SETS, SETS).filter(any).map(lambda both: negated(*both))
PATHS = st.recursive(
    SIMPLE,
    lambda inner: (
        inner.map(inverse)
        | st.lists(inner, min_size=2, max_size=3).map(alternative)
        | st.lists(inner, min_size=2, max_size=3).map(sequence)
        | st.tuples(inner, st.sampled_from("*+?")).map(lambda both: repeated(*both))
    ),
    max_leaves=5,
)
NODES = st.sampled_from("abcd")
TRIPLES = st.frozensets(st.tuples(NODES, NAMES, NODES), min_size=1, max_size=8)


@given(triples=TRIPLES, path=PATHS, start=NODES | st.none(), end=NODES | st.none())
def test_a_path_has_the_solutions_of_the_standard(
    triples: frozenset[Triple], path: Path, start: str | None, end: str | None
) -> None:
    text, evaluate = path
    # How often a negated set leads from a term to a term, the standard leaves open.
    assume("!" not in text or start is None or end is None)
    expected = evaluate(set(triples), start, end)
    ends = f":{start}" if start else "?s", f":{end}" if end else "?o"
    values = "".join(
        f" VALUES {name} {{ {one} }}"
        for name, one in zip(("?s", "?o"), ends, strict=True)
        if one != name
    )
    store = store_of(f":{s} :{p} :{o} ." for s, p, o in triples)

    assert rows(f"SELECT ?s ?o {{ {ends[0]} {text} {ends[1]}{values} }}", store) == expected


SMALL = (":a :p :b ; :q :b ; :r 5 . :b :p :c . :c :q :d .",)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?x :p|:p ?y }", {("4",): 1}),
        ("SELECT ?y { :a (:p|:q)/(:p|^:r) ?y }", {("c",): 2}),
        ("SELECT ?y { :a :p|:q ?y, ?y ; :r|:s 5 }", {("b",): 4}),
        # A blank node may stand in several groups.
        ("SELECT ?y { :a :p|:q _:b . _:b :p|:q ?y }", {("c",): 2}),
        ("SELECT ?x { ?x :p|:q [ :p|:q ?y ] FILTER (?y = :c) }", {("a",): 2}),
        ("SELECT ?x { ?x :list|:p (1 2) }", {}),
        # Of a path of length zero, the term need not be in the data, nor be an IRI.
        ("SELECT ?y { :nowhere :p* ?y }", {("nowhere",): 1}),
        ("SELECT ?x { ?x :p? 'no' }", {("no",): 1}),
        ("SELECT ?x { ?x (:p|:q?)+ :nowhere }", {("nowhere",): 1}),
        # A sequence has variables inside, and they are in the data.
        ("SELECT ?x { ?x :p*/:p* :nowhere }", {}),
        ("SELECT (COUNT(*) AS ?n) { :nowhere :p* :nowhere }", {("1",): 1}),
        ("SELECT (COUNT(*) AS ?n) { :nowhere (:p|:q)/:p* :nowhere }", {("0",): 1}),
        # What a `*` stands for has no new variables, in a subquery either.
        ("SELECT * { :a (:p|:q)/:p ?y }", {("c",): 2}),
        ("SELECT ?y { { SELECT DISTINCT * { :a (:p|:q)/(:p|:q) ?y } } }", {("c",): 1}),
        ("SELECT (COUNT(DISTINCT *) AS ?n) { ?x (:p|:q)/(:p|:q) ?y }", {("2",): 1}),
        # Everywhere a pattern may stand.
        ("SELECT ?x { ?x :r 5 FILTER EXISTS { :nowhere :p* ?z } }", {("a",): 1}),
        ("SELECT ?x { VALUES ?x { :a } OPTIONAL { ?x :p|:q ?y } }", {("a",): 2}),
        ("SELECT ?n { { SELECT (COUNT(*) AS ?n) { ?x :p|:q :b } } }", {("2",): 1}),
        ("SELECT ?x { ?x :p :b MINUS { ?x :q|:r ?y } }", {}),
        ("SELECT ?x { { ?x :p|:q :b } UNION { ?x :r +5 } }", {("a",): 3}),
    ],
)
def test_rows_are_counted_as_the_standard_says(
    query: str, expected: dict[tuple[str, ...], int]
) -> None:
    assert rows(query, store_of(SMALL)) == Counter(expected)


def test_several_graphs_of_from_are_one_graph() -> None:
    graphs = [NamedNode(f"http://e/{name}") for name in "gh"]
    both = Quad(*(NamedNode(f"http://e/{name}") for name in "spo"))
    quads = [Quad(*both.triple, graph) for graph in graphs]
    store = Store.in_memory([*quads, Quad(graphs[0], both.predicate, graphs[1], graphs[1])])

    count = "SELECT (COUNT(*) AS ?n) FROM :g FROM :h FROM NAMED :g { ?s ?p ?o }"
    named = "SELECT ?g FROM :g FROM :h FROM NAMED :g { GRAPH ?g { ?s ?p ?o } }"

    assert rows(count, store) == {("2",): 1}
    assert rows(named, store) == {("g",): 1}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o FILTER (?o || ?p) }",
        "SELECT (?x * 2 AS ?y) { ?s :p+ ?x }",
        "SELECT ?x { SERVICE <http://e/> { ?x :p|:q ?y } }",
        "CONSTRUCT { ?s :p [] } WHERE { ?s :p/:q* ?o }",
        "SELECT ?x { ?x :p|| ?y }",
        "SELECT ?x { ?x :p|:q",
    ],
)
def test_what_the_engine_counts_alike_or_cannot_read_is_left_as_it_is(text: str) -> None:
    assert rewrite_paths(PREFIX + text) == PREFIX + text


def test_a_long_path_to_thousands_of_objects_is_refused() -> None:
    path, objects = "|".join([":p"] * 1000), ", ".join([":a"] * 1000)

    with pytest.raises(LimitExceeded, match="Give the path one variable"):
        rewrite_paths(f"{PREFIX} ASK {{ ?x {path} {objects} }}")


def test_paths_are_refused_that_are_nested_too_deeply_to_be_counted() -> None:
    with pytest.raises(LimitExceeded, match="Nest paths less deeply"):
        rewrite_paths(f"{PREFIX} ASK {{ ?x {'(' * 2000}:p|:q{')' * 2000} ?y }}")


def test_an_error_is_named_where_it_is() -> None:
    with pytest.raises(MalformedQuery) as caught:
        store_of(SMALL).query(f"{PREFIX}\nSELECT ?x {{ ?x :p|:q ?y . ?z }}")

    assert (caught.value.line, caught.value.column) == (2, 30)
