"""Small releases in memory, and the paper's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import GRAPH, ID, PREFIXES, expand
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import META, assemble_release, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.rules.rule import read_rules
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
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


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    """A function that makes an explainer from evidence, axioms and rule files by name."""

    def make(curated: str, axioms: str = "", rules: dict[str, str] | None = None) -> Explainer:
        for name, text in (rules or {}).items():
            (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
        facts, ontology = quads(curated, META), quads(axioms, GRAPH["ontology"])
        all_rules = [*compile_axioms(ontology).rules, *read_rules(tmp_path)]
        found = derive(premises_of(facts), all_rules)
        release = assemble_release(facts, ontology, found, all_rules, CURATORS)
        store = Store.in_memory(release)
        return Explainer(store, all_rules)

    return make


class Paper:
    """The paper's curated quads, its rules, all that they derive, and an explainer."""

    def __init__(self) -> None:
        ontology = read_ontology()
        # As a store spells them: 68.0 is the decimal "68" there, and proofs come from a store.
        self.curated = list(Store.in_memory(read_curated()).quads())
        reasoned = reason_over(self.curated, ontology)
        self.rules, self.derivations = reasoned.rules, reasoned.closure.derivations
        self.premises = premises_of(self.curated)
        release = assemble_release(self.curated, ontology, reasoned.closure, self.rules, CURATORS)
        self.explainer = Explainer(Store.in_memory(release), self.rules)


@pytest.fixture(scope="session")
def paper() -> Paper:
    return Paper()
