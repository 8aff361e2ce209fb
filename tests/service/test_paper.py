"""Over HTTP, every answer from the paper's release leads back to a passage."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyld import jsonld
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse

from kg.describe.description import Describer
from kg.namespaces import GLOCAL, ID, PREFIXES, XSD, expand
from kg.statuses import DEFAULT_VIEW, Status
from kg.store.quad_store import Store

pytestmark = pytest.mark.slow

STATEMENTS = list(
    csv.DictReader(
        Path(__file__).with_name("statements.csv").read_text(encoding="utf-8").splitlines()
    )
)
PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
CONTEXT_IRI = "http://testserver/context/1.0.0.jsonld"


def ask(paper: TestClient, query: str) -> list[dict[str, str]]:
    """Return the values in the rows of a SELECT."""
    answer = paper.get("/sparql", params={"query": PROLOGUE + query})
    rows = answer.json()["results"]["bindings"]
    return [{name: value["value"] for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    "statement", STATEMENTS, ids=lambda one: f"{one['subject']} {one['predicate']}"
)
def test_a_statement_comes_back_with_status_page_and_paragraph(
    paper: TestClient, statement: dict[str, str]
) -> None:
    triple = "{subject} {predicate} {object}".format(**statement)
    rows = ask(
        paper,
        f"SELECT ?status ?holder ?page ?paragraph WHERE {{ GRAPH ?evidence {{ {triple} }} "
        "?evidence glocal:fromPassage ?passage ; glocal:hasStatus ?status . "
        "?passage glocal:page ?page ; glocal:paragraph ?paragraph . "
        "OPTIONAL { ?evidence glocal:heldBy ?holder } }",
    )

    expected = {name: statement[name] for name in ("page", "paragraph")}
    expected["status"] = GLOCAL[statement["status"]].value
    if statement["holder"]:
        expected["holder"] = expand(statement["holder"]).value
    assert expected in rows


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda one: f"{one['subject']} holds")
def test_only_what_holds_is_seen_without_naming_a_graph(
    paper: TestClient, statement: dict[str, str]
) -> None:
    triple = "{subject} {predicate} {object}".format(**statement)
    query = f"{PROLOGUE} ASK {{ {triple} }}"

    answer = paper.get("/sparql", params={"query": query}).json()

    base = Status(statement["status"]).base
    assert answer["boolean"] is (base is not None and base <= DEFAULT_VIEW.base)


def loader_of(paper: TestClient) -> object:
    """Return a document loader that loads only the service's own context."""

    def load(url: str, _options: object) -> dict[str, object]:
        assert url == CONTEXT_IRI
        body = paper.get("/context/1.0.0.jsonld").json()
        return {"contextUrl": None, "documentUrl": url, "document": body}

    return load


def expanded(paper: TestClient, document: object) -> set[Quad]:
    """Return the triples of a JSON-LD document, with canonical blank nodes."""
    lines = jsonld.to_rdf(
        document, {"documentLoader": loader_of(paper), "format": "application/n-quads"}
    )
    return canonical(parse(lines.encode(), format=RdfFormat.N_QUADS))


def canonical(quads: Iterable[Quad]) -> set[Quad]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@pytest.mark.parametrize("name", ["London", "C40", "GlobalCity", "obs-Tokyo-IndCityGDP-2014"])
def test_json_ld_of_an_entity_expands_to_the_triples_of_the_store(
    paper: TestClient, newest_release: Path, name: str
) -> None:
    headers = {"Accept": "application/ld+json"}
    answer = paper.get(f"/id/{name}", headers=headers, follow_redirects=True)

    description = Describer(Store.open(newest_release)).describe(ID[name])
    stored = canonical(Quad(*triple) for triple in description.triples)
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert stored
    assert expanded(paper, json.loads(answer.text)) == stored


def test_a_derived_triple_is_absent_where_entailment_is_none(paper: TestClient) -> None:
    query = f"{PROLOGUE} ASK {{ id:KenLivingstone glocal:initiates ?network }}"

    answers = {
        entailment: paper.get("/sparql", params={"query": query, "entailment": entailment}).json()[
            "boolean"
        ]
        for entailment in ("all", "none")
    }

    assert answers == {"all": True, "none": False}


def test_a_figure_is_a_decimal_with_a_unit(paper: TestClient) -> None:
    query = f"{PROLOGUE} SELECT ?v WHERE {{ id:obs-Tokyo-IndCityGDP-2014 glocal:value ?v }}"

    binding = paper.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]

    assert binding["v"] == {"type": "literal", "value": "1.4", "datatype": XSD["decimal"].value}
