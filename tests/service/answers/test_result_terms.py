"""RDF terms in rows of SPARQL results in JSON."""

import json

import pytest
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from kg.namespaces import XSD
from service.answers.result_terms import Term, read_row, write_term

TRIPLE = Triple(NamedNode("a:s"), NamedNode("a:p"), Literal("o", language="en"))
TERMS = [
    NamedNode("a:b"),
    BlankNode("b0"),
    Literal("text"),
    Literal("伦敦", language="zh"),
    Literal("1", datatype=XSD["integer"]),
    TRIPLE,
]


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_written_as_the_engine_reads_it(term: Term) -> None:
    row = {"x": write_term(term)}

    document = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [row]}})
    found = parse_query_results(document, format=QueryResultsFormat.JSON)

    assert isinstance(found, QuerySolutions)
    assert [one["x"] for one in found] == [term]
    assert read_row(row) == {"x": term}


@pytest.mark.parametrize(
    "row",
    [
        [],
        {"x": "a:b"},
        {"x": {"type": "uri"}},
        {"x": {"type": "uri", "value": "no IRI"}},
        {"x": {"type": "iri", "value": "a:b"}},
        {"x": {"type": "literal", "value": 1}},
        {"x": {"type": "literal", "value": "a", "datatype": "no IRI"}},
        {"x": {"type": "triple", "value": {"subject": write_term(TRIPLE.subject)}}},
    ],
)
def test_what_is_no_row_is_refused(row: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"term|object|IRI"):
        read_row(row)
