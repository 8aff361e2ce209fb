"""The properties that somebody may mean by a name that no property has."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from pyoxigraph import Literal, NamedNode

from kg.linking.name_index import name_key
from kg.linking.name_search import MAX_ALIKE
from kg.linking.spelling import rank_alike
from kg.namespaces import EVIDENCE, GLOCAL, OWL, RDF, RDFS, SKOS, is_in, shorten
from kg.store.quad_store import Store

PROPERTY_TYPES: Final = (
    *(OWL[f"{kind}Property"] for kind in ("Object", "Datatype", "Annotation")),
    RDF["Property"],
)
# A part of a label that says what it is about; in Chinese, two characters do.
_SHORTEST_PART: Final = 2


def name_properties(store: Store) -> dict[str, NamedNode]:
    """Return the properties of the ontology by the keys of their names, local names first."""
    typed = (store.triples(predicate=RDF["type"], object_=type_) for type_ in PROPERTY_TYPES)
    subjects = {triple.subject for several in typed for triple in several}
    properties = {one for one in subjects if isinstance(one, NamedNode) and is_in(one, GLOCAL)}
    named = {name_key(one.value.removeprefix(GLOCAL)): one for one in properties}
    for predicate in (RDFS["label"], SKOS["altLabel"]):
        for triple in store.triples(predicate=predicate):
            if triple.subject in properties and isinstance(triple.object, Literal):
                named.setdefault(name_key(triple.object.value), cast(NamedNode, triple.subject))
    return named


def near_properties(
    store: Store,
    named: Mapping[str, NamedNode],
    name: str,
    ends: tuple[NamedNode | None, NamedNode | None] = (None, None),
) -> list[str]:
    """Return the CURIEs of properties with names like this one, and of those between two ends.

    First come those that are both, then those that may be misspelt so, then those whose label
    contains the name or is a part of it, the closest in length first, at last those that are only
    between the ends, which are a subject and an object, if they are known. `named` has all
    properties by the keys of their names.
    """
    alike, between = _find_alike(named, name), _find_between(store, *ends)
    found = dict.fromkeys([*(one for one in alike if one in between), *alike, *between])
    return [shorten(one.value) for one in [*found][:MAX_ALIKE]]


def _find_alike(named: Mapping[str, NamedNode], name: str) -> Sequence[NamedNode]:
    key = name_key(name.rpartition(":")[2])
    alike = [one.text for one in rank_alike(key, named)] if key else []
    parts = (
        label
        for label in named
        if min(len(label), len(key)) >= _SHORTEST_PART and (label in key or key in label)
    )
    alike += sorted(parts, key=lambda label: (abs(len(label) - len(key)), label))
    return [named[label] for label in alike]


def _find_between(
    store: Store, subject: NamedNode | None, object_: NamedNode | None
) -> Sequence[NamedNode]:
    """Return the properties of the ontology between two things, those that are asserted first."""
    if subject is None or object_ is None:
        return []
    quads = [one for one in store.quads(subject, None, object_) if is_in(one.predicate, GLOCAL)]
    asserted = {one.predicate for one in quads if is_in(one.graph_name, EVIDENCE)}
    found = {one.predicate for one in quads}
    return sorted(found, key=lambda one: (one not in asserted, one.value))
