"""Look up resources by an external identifier, an IRI or a name; suggest entities for a table.

A lookup returns what matches exactly, and fails if nothing does. Suggestions for the names in a
table are candidates, which a person checks.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import NamedNode

from kg.describe.description import sorted_iris
from kg.errors import AmbiguousName, MalformedFile, MalformedParameter, UnknownName
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.name_index import Entity, NameIndex, name_key
from kg.linking.name_search import Candidate, NameQuery, find_candidates, near_names
from kg.linking.resolver import Resolver
from kg.namespaces import BASE, GLOCAL, ID, SKOS, expand, shorten
from kg.sources.files import read_text
from kg.store.quad_store import Store

# What a name in any spelling stands for, by the namespace that it prefers.
_BY_NAME: Final = {"name": ID, "term": GLOCAL}
LOOKUP_PARAMETERS: Final = (*EXTERNAL_DATASETS, "iri", "label", "alias", *_BY_NAME)
_MAX_NAME_CHARACTERS: Final = 500
_NAME_COLUMNS: Final = ("zh", "en", "name", "aliases")
# The closest first; a less close one is used only if there is no closer match.
MAPPING_PROPERTIES: Final = tuple(
    SKOS[f"{name}Match"] for name in ("exact", "close", "narrow", "broad", "related")
)


class LookupMatch(NamedTuple):
    """A resource that matches by a mapping property, or by its own `iri`, `label` or `alias`."""

    iri: NamedNode
    relation: str

    @property
    def is_same(self) -> bool:
        """Whether the resource may be used in place of the one looked up."""
        return self.relation not in {shorten(relation.value) for relation in MAPPING_PROPERTIES[2:]}


def look_up(resolver: Resolver, by: str, value: str) -> list[LookupMatch]:
    """Return the resources that match an identifier or name most closely, sorted by IRI.

    `by` is one of `LOOKUP_PARAMETERS`: `alias` is any name of an entity, `label` its main name in a
    language, and `iri` an IRI, CURIE or address of the project, or an IRI that its things are
    linked to. `name` is any of these, and `term` the same for a class or property.
    Raises MalformedParameter if the value is malformed, empty or too long, UnknownName if nothing
    matches, with names similar to a name.
    """
    store = resolver.store
    if by in EXTERNAL_DATASETS:
        linked = find_linked(store, EXTERNAL_DATASETS[by].iri_for(value))
        if not linked:
            raise UnknownName(value, kind="entity")
        return linked
    if by == "iri":
        return _look_up_iri(resolver, value)
    if by in _BY_NAME:
        return _resolve(resolver, by, value)
    if not value.strip() or len(value) > _MAX_NAME_CHARACTERS:
        raise MalformedParameter(by, f"expected a name of 1 to {_MAX_NAME_CHARACTERS} characters")
    index = resolver.names.index
    # Reversed, so that an entity's label, which is first, replaces its other names.
    matches = {
        entity.iri: LookupMatch(entity.iri, "label" if name.is_label else "alias")
        for entity, name in reversed(index.by_key.get(name_key(value), ()))
        if name.is_label or by == "alias"
    }
    if not matches:
        raise UnknownName(value, kind="entity", near=near_names(index, value))
    return sorted(matches.values(), key=lambda match: match.iri.value)


def _resolve(resolver: Resolver, by: str, value: str) -> list[LookupMatch]:
    try:
        return [LookupMatch(resolver.resolve(value, namespace=_BY_NAME[by]), by)]
    except AmbiguousName as error:
        return [LookupMatch(NamedNode(str(one["id"])), by) for one in error.candidates]


def _look_up_iri(resolver: Resolver, value: str) -> list[LookupMatch]:
    reference = resolver.read_reference(value)
    if reference is None:
        raise MalformedParameter("iri", f"'{value[:80]}' is not an IRI or CURIE")
    if reference.namespace.startswith(BASE):
        return [LookupMatch(resolver.resolve(value, kind="entity"), "iri")]
    linked = find_linked(resolver.store, expand(reference.iri))
    if not linked:
        raise UnknownName(value, resolver.store.known_iris, kind="entity")
    return linked


def find_linked(store: Store, iri: NamedNode) -> list[LookupMatch]:
    """Return the things that are linked to an IRI of another data set most closely, by IRI."""
    for relation in MAPPING_PROPERTIES:
        subjects = {triple.subject for triple in store.triples(predicate=relation, object_=iri)}
        if subjects:
            return [LookupMatch(one, shorten(relation.value)) for one in sorted_iris(subjects)]
    return []


class Suggestion(NamedTuple):
    """A suggestion for a row of the table: its line, its first name, and a candidate or None."""

    line: int
    name: str
    candidate: Candidate | None


def suggest_links(path: Path, index: NameIndex, *, max_candidates: int = 3) -> list[Suggestion]:
    """Suggest candidates for each row, best first; a row without any has one with None.

    The table in UTF-8 has commas or tabs between its columns, of which at least one is `zh`, `en`,
    `name` or `aliases`, the last with names separated by `|`. A table of a single column needs no
    header, and in a file `.txt` each line is a name. Raises MalformedFile if there is no column of
    names, or a row has no name, a name that is too long, or more or fewer cells than the first.
    """
    return [
        Suggestion(line, names[0], candidate)
        for line, names in _read_rows(path)
        for candidate in _find_for_row(names, index, max_candidates) or (None,)
    ]


def _find_for_row(
    names: Sequence[str], index: NameIndex, max_candidates: int
) -> Sequence[Candidate | None]:
    candidates = [
        candidate
        for name in names
        for candidate in find_candidates(index, NameQuery(name), max_candidates=max_candidates)
    ]
    best: dict[Entity, Candidate] = {}
    for candidate in sorted(candidates, key=lambda one: (not one.is_match, -one.score)):
        best.setdefault(candidate.entity, candidate)
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.entity.iri.value))
    # If the names of a row match different entities, none of these is a certain match.
    is_sure = sum(one.is_match for one in ranked[:max_candidates]) == 1
    return [replace(one, is_match=one.is_match and is_sure) for one in ranked[:max_candidates]]


def _read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    rows = _read_cells(path)
    line, first = next(rows, (1, []))
    header = [name.strip().lower() for name in first]
    if len(header) == 1 and header[0] not in _NAME_COLUMNS:
        header, rows = ["name"], chain([(line, first)], rows)
    if not set(_NAME_COLUMNS) & set(header):
        names = ", ".join(_NAME_COLUMNS)
        remedy = f"a header row with at least one of {names}, or a single column of names"
        raise MalformedFile(path, 1, 1, "no column of names", remedy=remedy)
    for line, cells in rows:
        if len(cells) != len(header):
            remedy = f"{len(header)} cells, with quotation marks around those that hold a comma"
            reason = "the row has more or fewer cells than the header"
            raise MalformedFile(path, line, 1, reason, remedy=remedy)
        yield line, _names_in_row(path, line, dict(zip(header, cells, strict=True)))


def _read_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that is not blank, with its last line."""
    text = read_text(path).removeprefix("\ufeff")
    if path.suffix.lower() == ".txt":
        lines = enumerate(text.split("\n"), 1)
        yield from ((number, [name.strip()]) for number, name in lines if name.strip())
        return
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    line = 0
    try:
        for cells in reader:
            line = reader.line_num
            if cells:
                yield line, cells
    except csv.Error as error:
        remedy = "a CSV table with shorter cells, and no quotation mark left open"
        raise MalformedFile(path, line + 1, 1, str(error), remedy=remedy) from error


def _names_in_row(path: Path, line: int, row: Mapping[str, str]) -> list[str]:
    *columns, aliases = (row.get(name, "") for name in _NAME_COLUMNS)
    cells = [*columns, *aliases.split("|")]
    names = [name.strip() for name in cells if name.strip()]
    if not names or any(len(name) > _MAX_NAME_CHARACTERS for name in names):
        remedy = f"a name of 1 to {_MAX_NAME_CHARACTERS} characters"
        raise MalformedFile(path, line, 1, "the row has no name or one too long", remedy=remedy)
    return names
