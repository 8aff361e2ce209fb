from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from kg.namespaces import PREFIXES
from kg.remote.queries.dataset import graphs_of
from kg.remote.queries.plain_queries import form_of_plain
from kg.remote.queries.query_reader import read_query
from kg.remote.queries.standard import Standard
from kg.store.saved_queries import read_queries
from kg.store.sparql.query import Query

_DECLARED: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
_FEATURES: Final = Path(__file__).parents[3] / "engines" / "feature_queries.tsv"
_ANY: Final = frozenset({"iri", "blank", "text", "integer"})


def _texts() -> Iterator[str]:
    yield from (_DECLARED + line.split("\t")[2] for line in _FEATURES.read_text().splitlines())
    yield from (saved.query for saved in read_queries().values())


def test_nothing_is_changed_in_a_plain_query() -> None:
    plain = [text for text in _texts() if form_of_plain(text)]

    assert len(plain) > 100
    for text in plain:
        query = Query(text)
        select = read_query(query)
        assert form_of_plain(text) == select.form
        assert [*Standard().gaps(select, lambda _: _ANY)] == []
        assert Standard().edits(query, select, lambda _: _ANY) == []
        assert select.dataset[0] == select.dataset[1]
        assert graphs_of(select) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s a <x:C> }",
        "PREFIX : <x:> # (STR\nSELECT ?s { ?s a :C ; :p [ :q 'STR(' ] FILTER(?s != :d) }",
        'ASK { ?s <x:p> "a"@en-GB , "1"^^<x:t> , 1.5e3 , true . }',
        "CONSTRUCT { ?s <x:p> _:b } WHERE { ?s <x:p>/^<x:q>+ ?o FILTER(?o < 3 && ?o > 1) }",
    ],
)
def test_a_query_without_anything_special_is_plain(text: str) -> None:
    assert form_of_plain(text) in ("SELECT", "ASK", "CONSTRUCT")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s <x:p> ?o FILTER(STR(?o) = 'a') }",
        "SELECT ?s { ?s <x:p> ?o FILTER(isBlank(?o)) }",
        "SELECT ?s { ?s <x:p> ?o FILTER(?s<STR(?o)&&?o>?s) }",
        "SELECT ?s { ?s <x:p> ?o FILTER(<http://www.w3.org/2001/XMLSchema#string> (?o) = 'a') }",
        "PREFIX x: <x:> SELECT ?s { ?s ?p ?o FILTER(x:string#(\n(?o) = 'a') }",
        "SELECT (MAX(?o) AS ?most) { ?s ?p ?o }",
        "SELECT ?s { ?s ?p ?o } ORDER BY ?s",
        "SELECT ?s { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?s FROM <x:g> { ?s ?p ?o }",
        "SELECT ?s { SERVICE <x:s> { ?s ?p ?o } }",
        "DESCRIBE <x:a>",
        'VERSION "1.2" SELECT ?s { ?s ?p ?o }',
        "SELECT ?s { << ?s ?p ?o >> ?q ?x }",
        "SELECT ?s { ?s ?p ?o {| ?q ?x |} }",
        'SELECT ?s { ?s ?p "a"@en--ltr }',
        # Characters that are written by their numbers.
        "SELECT ?s { ?s ?p ?o FILTER(\\u0053TR(?o) = 'a') }",
        "SELECT ?s { ?s ?p 'a\\u0027, STR(?o) }",
        # The end of a long text.
        'SELECT ?s { ?s ?p """a"b""" FILTER(STR(?s) = "c") }',
        # Relative to a base.
        "SELECT ?s { ?s ?p <o> }",
    ],
)
def test_a_query_that_needs_to_be_read_is_not_plain(text: str) -> None:
    assert form_of_plain(text) is None
