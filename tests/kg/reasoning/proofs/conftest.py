"""Small releases in memory."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from kg.content import own_content
from kg.namespaces import GRAPH, ID, PREFIXES, expand
from kg.paths import newest_context_file
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import META, assemble_release, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.linked_data import to_json_ld, to_turtle
from kg.reasoning.proofs.proof import AnyProof
from kg.reasoning.rules.rule import Rule, read_rules
from kg.store.quad_store import Store

_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())

CURATORS = ID["GlocalMaintainers"]
Explained = Callable[..., Explainer]


def triple(text: str) -> Triple:
    """A triple of three CURIEs."""
    subject, predicate, value = map(expand, text.split())
    return Triple(subject, predicate, value)


def quads(text: str, graph: NamedNode) -> list[Quad]:
    """The quads of TriG text; those in its default graph are moved to this graph."""
    found = parse(_PREFIXES + text, format=RdfFormat.TRIG)
    return [
        Quad(*one.triple, graph) if one.graph_name == DefaultGraph() else one  # type: ignore[misc]
        for one in found
    ]


def evidence(name: str, status: str, content: str, holder: str = "") -> str:
    """An evidence graph with its description."""
    held = f" ; glocal:heldBy {holder}" if holder else ""
    return (
        f"ev:{name} {{ {content} }} ev:{name} a glocal:Evidence ; "
        f"glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:{status}{held} .\n"
    )


def explainer_of(curated: str, axioms: str = "", rules: Sequence[Rule] = ()) -> Explainer:
    """The explainer of a release of this evidence, these axioms and these rules of files."""
    facts, ontology = quads(curated, META), quads(axioms, GRAPH["ontology"])
    all_rules = [*compile_axioms(ontology).rules, *rules]
    found = derive(premises_of(facts), all_rules)
    release = assemble_release(facts, ontology, found, all_rules, CURATORS)
    return Explainer(Store.in_memory(release), all_rules)


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    """A function that makes an explainer from evidence, axioms and rule files by name."""

    def make(curated: str, axioms: str = "", rules: dict[str, str] | None = None) -> Explainer:
        for name, text in (rules or {}).items():
            (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
        return explainer_of(curated, axioms, read_rules(tmp_path))

    return make


def assert_json_ld_and_turtle_say_the_same(proofs: Sequence[AnyProof]) -> None:
    document = json.loads(to_json_ld(proofs))
    ours = json.loads(newest_context_file(own_content().ontology).read_text(encoding="utf-8"))
    # The project's context as a client fetches it, followed by the context of proofs.
    document["@context"][0] = ours["@context"]
    quads = jsonld.to_rdf(document, {"format": "application/n-quads"}).encode()

    assert _canonical(quads, RdfFormat.N_QUADS) == _canonical(to_turtle(proofs), RdfFormat.TURTLE)


def _canonical(text: bytes, form: RdfFormat) -> set[Quad]:
    dataset = Dataset(parse(text, format=form))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)
