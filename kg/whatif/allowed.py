"""What a patch may say: facts, in the graphs that facts stand in, with words that there are."""

from difflib import get_close_matches

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.errors import RefusedPatch
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, RDFS, RULE, SOURCE, shorten
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.reasoning.proofs.words import statement
from kg.store.quad_store import Store
from kg.whatif.outcome import Patch

_LANGUAGES = (RDFS, OWL)
_CLASSES_OF_AXIOMS = (RDF["Property"], RDF["List"])
_DESCRIBED = (EVIDENCE, GRAPH, RULE)


def refuse_all_but_facts(patch: Patch, store: Store) -> None:
    """Let pass a patch that changes facts of this release and nothing else.

    Raises:
        RefusedPatch: names the triple, and says what would be right.
    """
    for quad in (*patch.removals, *patch.additions):
        if quad.graph_name != ENTITIES:
            _refuse_graph(quad, store)
        _refuse_unknown_word(quad, store)
        _refuse_axiom(quad)
        _refuse_description(quad)
    for quad in patch.removals:
        if quad.graph_name == ENTITIES and quad.predicate != RDF["type"]:
            reason = f"from {shorten(ENTITIES.value)} only types can be removed"
            raise RefusedPatch(f"{reason}, not {statement(quad.triple)}")
    for quad in patch.additions:
        if quad.graph_name == ENTITIES:
            reason = f"a type that is added stands in no graph, not in {shorten(ENTITIES.value)}"
            raise RefusedPatch(f"{reason}: {statement(quad.triple)}")


def _refuse_graph(quad: Quad, store: Store) -> None:
    graph = quad.graph_name
    if isinstance(graph, DefaultGraph):
        return
    if store.holds(Triple(graph, RDF["type"], GLOCAL["Evidence"]), META):
        return
    known = [shorten(one.value) for one in store.named_graphs if one.value.startswith(EVIDENCE)]
    name = shorten(graph.value)
    reason = (
        f"{name} is no evidence graph; a patch can name those that there are, "
        f"{shorten(ENTITIES.value)} to remove types, or no graph"
    )
    raise RefusedPatch(reason, near=get_close_matches(name, known, n=3, cutoff=0.8))


def _refuse_axiom(quad: Quad) -> None:
    is_typed = quad.predicate == RDF["type"] and isinstance(quad.object, NamedNode)
    word = quad.object if is_typed and isinstance(quad.object, NamedNode) else quad.predicate
    if word.value.startswith(_LANGUAGES) or word in _CLASSES_OF_AXIOMS:
        reason = f"{shorten(word.value)} is a word of axioms and names"
        raise RefusedPatch(f"{reason}, and a patch changes facts: {statement(quad.triple)}")


def _refuse_description(quad: Quad) -> None:
    """No rule reads these, so what is asked would silently come to nothing."""
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
    # What a passage cites is a fact; where it stands is not.
    is_place = subject.startswith(SOURCE) and quad.predicate.value.startswith(GLOCAL)
    if is_place or subject.startswith(_DESCRIBED):
        reason = "a patch cannot change what is said of evidence, graphs, rules and passages"
        remedy = "to see what a claim would give as a fact, add its triples without GRAPH"
        raise RefusedPatch(f"{reason}: {statement(quad.triple)}; {remedy}")


def _refuse_unknown_word(quad: Quad, store: Store) -> None:
    """A misspelt property would silently come to nothing."""
    words = [quad.predicate, *([quad.object] if quad.predicate == RDF["type"] else [])]
    for word in words:
        is_own = isinstance(word, NamedNode) and word.value.startswith(GLOCAL)
        if isinstance(word, NamedNode) and is_own and not store.knows(word):
            known = [shorten(one) for one in store.names if one.startswith(GLOCAL)]
            name = shorten(word.value)
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            raise RefusedPatch(f"no term is called {name}: {statement(quad.triple)}", near=near)
