"""Derive at once what `owl:sameAs` makes of facts: all that eq-sym, eq-trans and eq-rep-* derive.

Joins by these rules take a time cubic in the number of equal things; this takes as much as there is
to derive.
"""

from itertools import chain

from kg.namespaces import OWL
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.derivation.materialisation import equal_groups
from kg.reasoning.facts.adjacency import AdjacencyMap
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex


def spread(
    facts: TripleIndex, vocabulary: TermDictionary, limits: DerivationLimits, derived: int
) -> Changes:
    """Add each triple that has an equal thing in the place of another, and return the new ones.

    A literal takes the place of what is the same as it, but as an object only. `derived` is how
    many triples have been derived before. Raises LimitExceeded.
    """
    equal = facts.forward(vocabulary.encode(OWL["sameAs"]))
    # Each member of a group by its first one, and by that the group, with its literals as objects.
    first: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    objects: dict[int, set[int]] = {}
    for group in equal_groups(equal.items()):
        members[min(group)], objects[min(group)] = group, set(group)
        first |= dict.fromkeys(group, min(group))
    for code, others in equal.items():
        literals = {other for other in others if other < 0}
        if literals:
            objects.setdefault(first.get(code, code), {code}).update(literals)
    changes = Changes()
    for predicate in facts.predicates() if objects else ():
        joined: dict[int, set[int]] = {}
        for key, values in facts.forward(predicate).items():
            firsts = {first.get(value, value) for value in values}
            if key in first or not objects.keys().isdisjoint(firsts):
                joined.setdefault(first.get(key, key), set()).update(firsts)
                derived -= len(values)
        pairs: AdjacencyMap = {}
        for key, firsts in joined.items():
            ends = set(chain.from_iterable(objects.get(one, (one,)) for one in firsts))
            group = members.get(key, {key})
            derived += len(group) * len(ends)
            limits.start_rule("eq-rep", derived)
            pairs |= dict.fromkeys(group, ends)
        _add(predicate, pairs, facts, changes)
        for name in members.get(first.get(predicate, predicate), {predicate}) - {predicate}:
            if vocabulary.is_iri(name):
                _add(name, facts.forward(predicate), facts, changes)
    return changes


def _add(predicate: int, pairs: AdjacencyMap, facts: TripleIndex, changes: Changes) -> None:
    new = facts.add_pairs(predicate, pairs, is_forward=True, is_owned=False)
    changes.add(predicate, new, is_forward=True)
