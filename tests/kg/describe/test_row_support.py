"""Which triples matched for a row of an answer, and who says them."""

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from kg.describe.row_support import RowSupport, RowTracer
from kg.errors import MalformedQuery
from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES
from kg.statuses import Status
from kg.store.quad_store import Store
from kg.store.query import Query

PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
TRIG = """
id:C40 glocal:foundedAt id:London ; glocal:number 90 . id:UCLG glocal:foundedAt id:Paris .
id:London glocal:leads id:C40 ; glocal:near id:Paris .
graph:meta {
    ev:p1-fact glocal:hasStatus glocal:Fact . ev:p2-thesis glocal:hasStatus glocal:Thesis .
    ev:p3-claim glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
}
ev:p1-fact { id:C40 glocal:foundedAt id:London . id:UCLG glocal:foundedAt id:Paris . }
ev:p2-thesis { id:London glocal:leads id:C40 . id:C40 glocal:foundedAt id:London . }
ev:p3-claim { id:Paris glocal:leads id:UCLG . }
"""
FOUNDED = Triple(ID["C40"], GLOCAL["foundedAt"], ID["London"])
LEADS = Triple(ID["London"], GLOCAL["leads"], ID["C40"])


@pytest.fixture(scope="module")
def store() -> Store:
    quads = list(parse(PROLOGUE + TRIG, format=RdfFormat.TRIG))
    meta = [quad for quad in quads if quad.graph_name == NamedNode(f"{PREFIXES['graph']}meta")]
    # The default graph describes the graphs.
    described = parse(
        "\n".join(f"{q.subject} {q.predicate} {q.object} ." for q in meta), format=RdfFormat.TURTLE
    )
    return Store.in_memory([*quads, *described])


def traced(store: Store, text: str, **row: object) -> RowSupport:
    [support] = RowTracer(store, Query(PROLOGUE + text)).trace([row])  # type: ignore[list-item]
    return support


def triples(support: RowSupport) -> list[Triple]:
    return [one.triple for one in support.triples]
