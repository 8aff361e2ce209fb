"""Peers derive what follows from a graph: closures by owlrl and reasonable, answers by Jena.

reasonable knows OWL 2 RL alone, which is then its answer under RDFS, too.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import owlrl
import pyoxigraph
import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results
from reasonable import PyReasoner

from benchmarks.conformance.answers import Answer, answer, canonical
from benchmarks.conformance.manifest import EntailmentTest
from kg.reasoning.regimes.names import RegimeName

_ERROR: Final = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
_SEMANTICS: Final[Mapping[RegimeName, type]] = {
    "rdfs": owlrl.RDFS_Semantics,
    "owl-rl": owlrl.OWLRL_Semantics,
}
# Of its three reasoners of OWL, this and the one of the middle have the most right answers.
_OF_JENA: Final[Mapping[RegimeName, str]] = {
    "rdfs": "http://jena.hpl.hp.com/2003/RDFSExptRuleReasoner",
    "owl-rl": "http://jena.hpl.hp.com/2003/OWLMicroFBRuleReasoner",
}
# The options with which Jena reads a dataset that reasons, in its own vocabulary.
_DATASET: Final = """
@prefix ja: <http://jena.hpl.hp.com/2005/11/Assembler#> .
<#dataset> a ja:RDFDataset ; ja:defaultGraph [ a ja:InfModel ;
    ja:baseModel [ a ja:MemoryModel ; ja:content {content} ] ;
    ja:reasoner [ ja:reasonerURL <{reasoner}> ] ] .
"""
_JENA_SECONDS: Final = 60
# A closure, and whether the reasoner found a contradiction.
Closure = tuple[rdflib.Graph, bool]


def close_by_owlrl(graph: rdflib.Graph, regime: RegimeName = "owl-rl") -> Closure:
    """Return the closure by owlrl, which marks contradictions in the graph.

    RDFS is with the axiomatic triples.
    """
    is_rdfs = regime == "rdfs"
    # With them under OWL, fewer answers are right.
    closure = owlrl.DeductiveClosure(
        _SEMANTICS[regime], axiomatic_triples=is_rdfs, datatype_axioms=is_rdfs
    )
    closure.expand(graph)
    return graph, any(graph.objects(None, _ERROR))


def close_by_reasonable(graph: rdflib.Graph, _: RegimeName = "owl-rl") -> Closure:
    """Return the closure by reasonable, whose contradictions are instances of owl:Nothing."""
    reasoner = PyReasoner()
    reasoner.from_graph(graph)
    closure = rdflib.Graph()
    for triple in reasoner.reason():
        closure.add(triple)
    return closure, (None, rdflib.RDF.type, rdflib.OWL.Nothing) in closure


def ask_closure(
    test: EntailmentTest, regime: RegimeName, close: Callable[[rdflib.Graph, RegimeName], Closure]
) -> Answer:
    """Return the answer of the engine of the service over the closure of a test's data."""
    graph = rdflib.Graph()
    for path in test.data:
        graph.parse(path, format="turtle", publicID=path.as_uri())
    store = pyoxigraph.Store()
    store.extend(parse(_triples(close(graph, regime)[0]), format=RdfFormat.N_TRIPLES))
    return answer(store.query(test.query.read_text("utf-8"), base_iri=test.query.as_uri()))


def _triples(graph: Iterable[tuple[object, object, object]]) -> str:
    """Write the triples that are RDF: closures also have literals as subjects."""
    wanted = rdflib.Graph()
    for subject, predicate, object_ in graph:
        if not isinstance(subject, rdflib.Literal) and isinstance(predicate, rdflib.URIRef):
            wanted.add((subject, predicate, object_))  # type: ignore[arg-type]
    return wanted.serialize(format="nt")


def ask_jena(test: EntailmentTest, regime: RegimeName, *, classpath: str) -> Answer | str:
    """Return the answer of Jena's command arq with its reasoner for this regime, or the error.

    The folders and archives of Jena are on the class path.
    """
    files = " , ".join(f"[ ja:externalContent <{path.as_uri()}> ]" for path in test.data)
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder, "dataset.ttl")
        dataset.write_text(_DATASET.format(content=files, reasoner=_OF_JENA[regime]), "utf-8")
        program = ["java", "-cp", classpath, "arq.arq", f"--desc={dataset}"]
        query = [f"--query={test.query}", f"--base={test.query.as_uri()}", "--results=json"]
        try:
            done = subprocess.run(
                [*program, *query],
                capture_output=True,
                check=True,
                timeout=_JENA_SECONDS,
                env={"PATH": os.environ.get("PATH", "")},
            )
        except subprocess.CalledProcessError as error:
            return str(error.stderr.decode(errors="replace"))
        except subprocess.TimeoutExpired:
            return f"no answer within {_JENA_SECONDS} s"
    if done.stdout.lstrip().startswith(b"{"):
        return answer(parse_query_results(done.stdout, format=QueryResultsFormat.JSON))
    return canonical(parse(done.stdout, format=RdfFormat.TURTLE))
