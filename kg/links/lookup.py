"""An outside identifier or a name -> the resources that it stands for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, UnknownName
from kg.identifiers import TARGETS, Target
from kg.names.candidates import Wanted, candidates
from kg.names.index import NameIndex
from kg.namespaces import BASE, SKOS, shorten
from kg.store.quad_store import Store

PARAMETERS: Final = (*TARGETS, "iri", "label", "alias")
MOST_CHARACTERS: Final = 500

# The nearest first; a farther one counts only where there is no nearer.
RELATIONS: Final = tuple(
    SKOS[f"{name}Match"] for name in ("exact", "close", "narrow", "broad", "related")
)


@dataclass(frozen=True)
class Found:
    """A resource, and how it stands to what was asked for.

    `relation` is a mapping property, `iri` for itself, `label` or `alias`.
    """

    iri: NamedNode
    relation: str

    @property
    def is_same(self) -> bool:
        """Whether it may be taken for what was asked for."""
        return self.relation not in {shorten(one.value) for one in RELATIONS[2:]}


def look_up(store: Store, names: Callable[[], NameIndex], by: str, value: str) -> list[Found]:
    """The resources of this identifier or name, by IRI; those nearest to it alone.

    Args:
        store: of the release.
        names: gives its names, where they are asked for.
        by: one of `PARAMETERS`; `alias` is any name, `label` the chief one of a language.
        value: an identifier such as `Q84`, an IRI of ours or one that ours is linked to, a name.

    Raises:
        MalformedParameter: an identifier that is none, or a name that is none or too long.
        UnknownName: nothing here; says what is near.
    """
    if by in TARGETS:
        target = TARGETS[by]
        return _linked(store, target.iri(value), value, lambda: _known(store, target))
    if by == "iri":
        return _named(store, value)
    if not value.strip() or len(value) > MOST_CHARACTERS:
        raise MalformedParameter(by, f"right would be a name of 1 to {MOST_CHARACTERS} characters")
    index = names()
    found = {
        entity.iri: Found(entity.iri, "label" if name.is_label else "alias")
        for entity, name in reversed(index.called(value))
        if name.is_label or by == "alias"
    }
    if not found:
        near = [one.name.text for one in candidates(index, Wanted(value))]
        raise UnknownName(value, near, kind="entity")
    return sorted(found.values(), key=lambda one: one.iri.value)


def _named(store: Store, value: str) -> list[Found]:
    try:
        iri = NamedNode(value)
    except ValueError as error:
        raise MalformedParameter("iri", f"'{value[:80]}' is no IRI: {error}") from error
    if value.startswith(BASE) and store.knows(iri):
        return [Found(iri, "iri")]
    return _linked(store, iri, value, lambda: store.names)


def _linked(
    store: Store, iri: NamedNode, asked: str, known: Callable[[], Sequence[str]]
) -> list[Found]:
    for relation in RELATIONS:
        found = {one.subject for one in store.matching(predicate=relation, object_=iri)}
        if found:
            named = [one for one in found if isinstance(one, NamedNode)]
            return sorted(
                (Found(one, shorten(relation.value)) for one in named),
                key=lambda one: one.iri.value,
            )
    raise UnknownName(asked, known(), kind="entity")


def _known(store: Store, target: Target) -> list[str]:
    linked = {
        target.identifier(one.object.value)
        for relation in RELATIONS
        for one in store.matching(predicate=relation)
        if isinstance(one.object, NamedNode)
    }
    return sorted(one for one in linked if one)
