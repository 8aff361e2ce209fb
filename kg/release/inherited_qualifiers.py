"""Find the qualifiers that derived statements inherit from the premises of their proofs."""

from collections.abc import Sequence
from dataclasses import replace

from pyoxigraph import NamedNode, Quad

from kg.reasoning.derivation.derive import Derivation, Derivations, derive
from kg.reasoning.derivation.release_graphs import assemble_release, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.rules.rule import Rule
from kg.statuses import QUALIFYING
from kg.store.quad_store import Store


def inherit_qualifiers(
    derivations: Derivations, curated: Sequence[Quad], rules: Sequence[Rule], curators: NamedNode
) -> Derivations:
    """Return the derivations with the qualifiers of their premises.

    A triple that also follows, with the same standing, from statements without qualifiers has
    none. Otherwise those of its smallest proof count. `curators` hold the readings.
    """
    qualified = {quad.subject for quad in curated if quad.predicate in QUALIFYING}
    if not qualified:
        return derivations
    premises = premises_of([quad for quad in curated if quad.graph_name not in qualified])
    plain = {(each.triple, each.standing) for each in derive(premises, rules).derivations}
    release = assemble_release(curated, [], derivations, rules, curators)
    explainer = Explainer(Store.in_memory(release), rules, curators)

    def inherit(each: Derivation) -> Derivation:
        if (each.triple, each.standing) in plain:
            return each
        # A store may spell a literal in another way: 68.0 as 68.
        [stored] = Store.in_memory([Quad(*each.triple)]).triples()
        codes = explainer.facts.vocabulary.encode_triple(stored)
        return replace(each, qualifiers=explainer.smallest_proof(codes, each.standing).qualifiers)

    return replace(derivations, derivations=tuple(map(inherit, derivations.derivations)))
