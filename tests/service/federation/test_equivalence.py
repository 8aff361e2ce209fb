"""`SERVICE` of an endpoint with one graph gives the same solutions as `GRAPH` of that graph.

Both are run, on random graphs and in random queries around the block.
"""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pyoxigraph
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pyoxigraph import Literal, NamedNode, Quad

from benchmarks.conformance.scratch import serving
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

GRAPHS: Final = [f"http://e/g{number}" for number in range(6)]
NODES: Final = [NamedNode(f"http://e/{name}") for name in "nmk"]
PREDICATES: Final = [NamedNode(f"http://e/{name}") for name in "pq"]


def quads() -> Iterator[Quad]:
    chance = random.Random(7)
    ends = [*NODES, Literal("1"), Literal("x", language="en")]
    for graph in GRAPHS:
        for _ in range(chance.randint(1, 7)):
            place = NamedNode(graph)
            yield Quad(chance.choice(NODES), chance.choice(PREDICATES), chance.choice(ends), place)


@pytest.fixture(scope="module")
def there() -> Iterator[str]:
    with serving(quads()) as address:
        yield address


@pytest.fixture(scope="module")
def client(there: str) -> Iterator[TestClient]:
    app = create_app(
        Settings(services=(there,), max_service_calls=99), store=Store.in_memory(quads())
    )
    with TestClient(app) as found:
        yield found


VARIABLES: Final = st.sampled_from(["?a", "?b", "?c"])
SUBJECTS: Final = VARIABLES | st.sampled_from([str(node) for node in NODES])
TRIPLES: Final = st.tuples(
    SUBJECTS, st.sampled_from([str(one) for one in PREDICATES]), VARIABLES | SUBJECTS
).map(lambda parts: f"{' '.join(parts)} .")
FILTERS: Final = st.tuples(VARIABLES, VARIABLES, st.sampled_from(["=", "!=", "<"])).flatmap(
    lambda parts: st.sampled_from(
        [
            f"FILTER({parts[0]} {parts[2]} {parts[1]})",
            f"FILTER(!BOUND({parts[0]}))",
            f"FILTER(COALESCE({parts[0]}, 1) {parts[2]} COALESCE({parts[1]}, 1))",
            f"FILTER NOT EXISTS {{ {parts[0]} <http://e/p> {parts[1]} }}",
        ]
    )
)
VALUES: Final = VARIABLES.map(lambda name: f"VALUES {name} {{ <http://e/n> UNDEF '1' }}")


def groups(elements: SearchStrategy[str]) -> SearchStrategy[str]:
    inside = st.lists(elements, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        inside.map(lambda one: f"{{ {one} }}"),
        inside.map(lambda one: f"OPTIONAL {{ {one} }}"),
        inside.map(lambda one: f"MINUS {{ {one} }}"),
        st.tuples(inside, inside).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
        st.tuples(VARIABLES, inside).map(lambda two: f"{{ SELECT {two[0]} {{ {two[1]} }} }}"),
        inside.map(lambda one: f"{{ SELECT DISTINCT * {{ {one} }} }}"),
    )


def graphs(elements: SearchStrategy[str]) -> SearchStrategy[str]:
    inside = st.lists(elements, min_size=1, max_size=3).map(" ".join)
    # A variable is bound by a pattern too, since the engine does not join VALUES with its graphs.
    return st.one_of(
        inside.map(lambda one: f"GRAPH <{GRAPHS[0]}> {{ {one} }}"),
        st.tuples(TRIPLES, inside).map(lambda two: f"GRAPH ?c {{ {' '.join(two)} }}"),
    )


PLAIN: Final = st.recursive(TRIPLES | FILTERS | VALUES, groups, max_leaves=5)
BLOCKS: Final = st.lists(PLAIN, min_size=1, max_size=3).map(
    lambda inside: f"REMOTE {{ {' '.join(inside)} }}"
)
MIXED: Final = BLOCKS | TRIPLES | FILTERS
QUERIES: Final = st.lists(
    st.one_of(TRIPLES, BLOCKS, PLAIN, groups(MIXED), graphs(MIXED)), min_size=2, max_size=4
).map(lambda elements: f"SELECT ?a ?b ?c {{ {' '.join(elements)} }}")


@settings(max_examples=60, deadline=None)
@given(query=QUERIES, ours=st.sampled_from(GRAPHS), theirs=st.sampled_from(GRAPHS))
def test_a_block_has_the_solutions_of_its_group_in_the_endpoints_graph(
    client: TestClient, there: str, query: str, ours: str, theirs: str
) -> None:
    endpoint = f"{there}/sparql?default-graph-uri={quote(theirs, safe='')}"
    text = query.replace("REMOTE", f"SERVICE <{endpoint}>")
    expected = pyoxigraph.Store()
    expected.extend(quads())

    dataset = {"default-graph-uri": ours, "named-graph-uri": [theirs, GRAPHS[0]]}
    answer = client.post("/sparql", data={"query": text, **dataset})

    assert answer.status_code == 200, answer.text
    found = pyoxigraph.parse_query_results(
        answer.content, format=pyoxigraph.QueryResultsFormat.JSON
    )
    rows = expected.query(
        query.replace("REMOTE", f"GRAPH <{theirs}>"),
        default_graph=[NamedNode(ours)],
        named_graphs=[NamedNode(theirs), NamedNode(GRAPHS[0])],
    )
    assert counted(found) == counted(rows)


def counted(rows: pyoxigraph.QuerySolutions) -> Counter[tuple[str, ...]]:
    return Counter(tuple(str(row[name]) for name in "abc") for row in rows)
