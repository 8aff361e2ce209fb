"""Small stores that reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.entailment import Entailment
from kg.store.writable_store import WritableStore

PREFIXES = """
@prefix : <http://e.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SPARQL_PREFIXES = PREFIXES.replace("@prefix", "PREFIX").replace(" .", "")
Make = Callable[..., EntailedStore]


def make_store(
    text: str, regime: RegimeName = "owl-rl", rules: Path | None = None
) -> EntailedStore:
    quads = parse(PREFIXES + text, format=RdfFormat.TRIG, rename_blank_nodes=False)
    return EntailedStore.over(WritableStore.in_memory(quads), Entailment(regime, rules))


@pytest.fixture
def make() -> Make:
    return make_store
