"""An outside identifier or a name -> the resources that it stands for.

A table of names (CSV) -> the entities that may be meant; nothing is written.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedFile, MalformedParameter, UnknownName
from kg.identifiers import TARGETS, Target
from kg.linking.name_index import NameIndex
from kg.linking.name_search import Candidate, Wanted, candidates
from kg.namespaces import BASE, SKOS, shorten
from kg.sources.files import text_of
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


COLUMNS: Final = ("zh", "en", "aliases")
_MOST_CHARACTERS: Final = 500


@dataclass(frozen=True)
class Suggestion:
    """What one row of a table may mean: its line, its first name, a candidate or none."""

    line: int
    name: str
    candidate: Candidate | None


def suggest(path: Path, index: NameIndex, *, most: int = 3) -> list[Suggestion]:
    """The candidates of each row, best first; a row without any has one suggestion of none.

    Args:
        path: a CSV table, UTF-8; of its columns `zh`, `en` and `aliases` (names with `|` between
            them) at least one is there, others are passed over.
        index: of the release.
        most: how many candidates a row may have.

    Raises:
        MalformedFile: no column of names, a row without a name, one that is longer or shorter.
    """
    return [one for line, names in _rows(path) for one in _suggested(line, names, index, most)]


def _suggested(
    line: int, names: Sequence[str], index: NameIndex, most: int
) -> Iterator[Suggestion]:
    best: dict[str, Candidate] = {}
    for name in names:
        for one in candidates(index, Wanted(name), most=most):
            known = best.get(one.entity.iri.value)
            if known is None or (known.is_match, known.score) < (one.is_match, one.score):
                best[one.entity.iri.value] = one
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.entity.iri.value))[:most]
    # Names of one row that are certain of different entities are certain of none.
    certain = {one.entity for one in ranked if one.is_match}
    for one in ranked:
        is_match = one.is_match and len(certain) == 1
        yield Suggestion(line, names[0], replace(one, is_match=is_match))
    if not ranked:
        yield Suggestion(line, names[0], None)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.DictReader(StringIO(text_of(path).removeprefix("\ufeff"), newline=""))
    try:
        yield from _named_rows(path, reader)
    except csv.Error as error:
        remedy = "a CSV table with shorter cells, and no quotation mark left open"
        raise MalformedFile(path, reader.line_num + 1, 1, str(error), remedy=remedy) from error


def _named_rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[int, list[str]]]:
    header = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = header
    if not set(COLUMNS) & set(header):
        remedy = f"a header row with at least one of {', '.join(COLUMNS)}"
        raise MalformedFile(path, 1, 1, "no column of names", remedy=remedy)
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            remedy = f"{len(header)} cells, with quotation marks around those that hold a comma"
            raise MalformedFile(path, line, 1, "cells and columns do not agree", remedy=remedy)
        yield line, _names(path, line, row)


def _names(path: Path, line: int, row: Mapping[str, str]) -> list[str]:
    cells = [row.get("zh", ""), row.get("en", ""), *row.get("aliases", "").split("|")]
    names = [name.strip() for name in cells if name.strip()]
    if not names or any(len(name) > _MOST_CHARACTERS for name in names):
        remedy = f"a name of 1 to {_MOST_CHARACTERS} characters in zh, en or aliases"
        raise MalformedFile(path, line, 1, "the row has no such name", remedy=remedy)
    return names
