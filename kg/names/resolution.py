"""What a person writes for a thing -> its IRI."""

import re
from collections.abc import Iterator
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, UnknownName
from kg.names.candidates import Wanted, candidates
from kg.names.index import NameIndex
from kg.namespaces import GLOCAL, ID, PREFIXES, expand, shorten
from kg.store.quad_store import Store

_PREFIXED: Final = re.compile(r"[\w-]+:\S+")


def is_iri(name: str) -> bool:
    """Whether this is written as an IRI or as a CURIE with one of the project's prefixes.

    >>> is_iri("id:London"), is_iri("<urn:x>"), is_iri("If Mayors Ruled: a book")
    (True, True, False)
    """
    prefix, colon, rest = name.partition(":")
    is_whole = name.startswith("<") or rest.startswith("//")
    return is_whole or (bool(colon) and prefix in PREFIXES)


def resolve(store: Store, name: str) -> NamedNode:
    """The thing that this name stands for.

    It may be a full IRI, a CURIE (`id:London`), the local name of an entity or a term (`London`,
    `memberOf`), or one of its names in any language (`伦敦`), labels before others.

    Raises:
        UnknownName: nothing is called so; says what is near.
        MalformedParameter: no IRI, or a name that several things have; says which.
    """
    if is_iri(name):
        return _known(store, name, expand(name))
    for iri in _local(name):
        if store.knows(iri):
            return iri
    index = NameIndex.of(store)
    bearers = index.called(name)
    labelled = {entity.iri for entity, text in bearers if text.is_label}
    found = labelled or {entity.iri for entity, _ in bearers}
    if len(found) == 1:
        return found.pop()
    if found:
        several = ", ".join(sorted(shorten(iri.value) for iri in found))
        raise MalformedParameter(name, f"is the name of several things. Right would be: {several}")
    if _PREFIXED.fullmatch(name):
        expand(name)
    near = [one.name.text for one in candidates(index, Wanted(name))]
    raise UnknownName(name, [*near, *_names(store)], kind="thing")


def _local(name: str) -> Iterator[NamedNode]:
    for space in (ID, GLOCAL):
        try:
            yield space[name]
        except ValueError:
            # With a blank in it, it is no local name.
            return


def _known(store: Store, name: str, iri: NamedNode) -> NamedNode:
    if store.knows(iri):
        return iri
    raise UnknownName(name, _names(store), kind="thing")


def _names(store: Store) -> list[str]:
    return [shorten(one) for one in store.names]
