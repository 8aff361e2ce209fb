"""Check link files for errors, and note links that are allowed but may be mistakes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedFile
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import OWL, RDF, RDFS, shorten
from kg.sources.sssom import MAPPING_EXTENSION, mappings_with_lines
from kg.validation.entities import closure, disjoint_classes, pairs_of
from kg.validation.findings import Finding

_SAME: Final = MAPPING_PROPERTIES[:2]
_EXACT: Final = _SAME[0]


class _Link(NamedTuple):
    path: Path
    line: int
    subject: NamedNode
    predicate: NamedNode
    object: NamedNode


@dataclass
class LinkReport:
    """Findings, which must be corrected, and notes, which may be intended."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_links(folder: Path, curated: Sequence[Quad], ontology: Sequence[Quad]) -> LinkReport:
    """Check all link files in a folder together.

    Findings are malformed files, duplicate links, entities matched to two things of one data set,
    exact matches of a thing that is linked to other entities too, and `owl:sameAs`. Notes are
    things that are a close match of several entities. Both name disjoint classes of the entities:
    `curated` has their types, `ontology` the disjointness.
    """
    report, links = LinkReport(), []
    for path in sorted(folder.glob(f"*{MAPPING_EXTENSION}")):
        try:
            links += [_Link(path, line, *_terms(quad)) for line, quad in mappings_with_lines(path)]
        except MalformedFile as error:
            reason, remedy = f"{error.reason}.", f"{error.remedy}."
            finding = Finding(str(path), error.line, reason, remedy, "malformed-links")
            report.findings.append(finding)
    report.findings += [*_duplicates(links), *_same_as(links), *_second_matches(links)]
    disjoint_types = _DisjointTypes(curated, ontology)
    by_object: defaultdict[NamedNode, list[_Link]] = defaultdict(list)
    for link in links:
        if link.predicate in _SAME:
            by_object[link.object].append(link)
    for thing, same in by_object.items():
        entities = {link.subject for link in same}
        if len(entities) > 1:
            names = ", ".join(sorted(shorten(entity.value) for entity in entities))
            classes = disjoint_types.of(entities)
            several = f"several entities: {names}"
            several += f", although {classes} are disjoint." if classes else "."
            exact = [link for link in same if link.predicate == _EXACT]
            if exact:
                message = f"{shorten(thing.value)} is an exact match but is linked to {several}"
                remedy = "one exact match and no other, or skos:closeMatch for each."
                report.findings.append(_finding(exact[-1], message, remedy, "one-to-many"))
            else:
                report.notes.append(f"{shorten(thing.value)} is a close match of {several}")
    return report


def _duplicates(links: Sequence[_Link]) -> Iterator[Finding]:
    seen: dict[tuple[NamedNode, NamedNode], _Link] = {}
    for link in links:
        first = seen.setdefault((link.subject, link.object), link)
        if first is not link:
            message = f"The same pair is already linked in {first.path.name}:{first.line}."
            yield _finding(link, message, "one row for each pair.", "duplicate")


def _same_as(links: Sequence[_Link]) -> Iterator[Finding]:
    for link in links:
        if link.predicate == OWL["sameAs"]:
            message = "owl:sameAs would make every statement about one true of the other."
            yield _finding(link, message, "skos:exactMatch.", "same-as")


def _second_matches(links: Sequence[_Link]) -> Iterator[Finding]:
    """Find entities matched to two things of one data set in different files.

    Within one file, the reader already refuses this.
    """
    first_matches: dict[tuple[NamedNode, str], _Link] = {}
    for link in links:
        datasets = [
            dataset.name
            for dataset in EXTERNAL_DATASETS.values()
            if dataset.identifier_in(link.object.value)
        ]
        if link.predicate in _SAME and datasets:
            first = first_matches.setdefault((link.subject, datasets[0]), link)
            if first.object != link.object:
                place = f"{first.path.name}:{first.line}"
                message = f"{shorten(link.subject.value)} is matched to another thing in {place}."
                yield _finding(link, message, "one exact or close match.", "two-things")


def _terms(quad: Quad) -> tuple[NamedNode, NamedNode, NamedNode]:
    subject, object_ = quad.subject, quad.object
    if not (isinstance(subject, NamedNode) and isinstance(object_, NamedNode)):
        raise TypeError(f"expected a mapping between two IRIs, got {quad}")
    return subject, quad.predicate, object_


def _finding(link: _Link, message: str, remedy: str, rule: str) -> Finding:
    return Finding(str(link.path), link.line, message, remedy, rule)


class _DisjointTypes:
    """The types of entities and the disjoint classes, to find entities that cannot be the same."""

    def __init__(self, curated: Sequence[Quad], ontology: Sequence[Quad]) -> None:
        superclasses: dict[object, set[object]] = closure(pairs_of(ontology, RDFS["subClassOf"]))
        self._types: dict[object, set[object]] = defaultdict(set)
        for quad in curated:
            if quad.predicate == RDF["type"]:
                self._types[quad.subject] |= {quad.object, *superclasses.get(quad.object, ())}
        pairs = disjoint_classes(ontology)
        self._pairs = [ordered for pair in pairs for ordered in (pair, pair[::-1])]

    def of(self, entities: Collection[NamedNode]) -> str:
        """Return the names of the first disjoint classes of two of the entities, or ""."""
        for first, second in combinations(sorted(entities, key=str), 2):
            for one, other in self._pairs:
                if one in self._types[first] and other in self._types[second]:
                    named = [name for name in (one, other) if isinstance(name, NamedNode)]
                    return " and ".join(shorten(name.value) for name in named)
        return ""
