"""Check link files for errors, and note links that are allowed but may be mistakes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import MalformedFile
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import OWL, RDFS, SKOS, shorten
from kg.sources.sssom import MAPPING_EXTENSION, mapping_cells, mappings_with_lines
from kg.validation.dates import in_the_past
from kg.validation.findings import Finding, display_path, format_term
from kg.validation.hierarchy import ClassHierarchy
from kg.validation.names import declared_types

_SAME: Final = MAPPING_PROPERTIES[:2]
_EXACT: Final = _SAME[0]
_LABELS: Final = (RDFS["label"], SKOS["altLabel"])


class _Link(NamedTuple):
    path: Path
    line: int
    subject: Any
    predicate: NamedNode
    object: Any

    def finding(self, message: str, remedy: str, rule: str) -> Finding:
        return Finding(display_path(self.path), self.line, message, remedy, rule)


@dataclass
class LinkReport:
    """Findings, which must be corrected, and notes, which may be intended."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_links(
    folder: Path,
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    *,
    today: date | None = None,
) -> LinkReport:
    """Check all link files in a folder together.

    Findings are malformed files, duplicate links, entities matched to two things of one data set,
    exact matches of a thing that is linked to other entities too, labels that the entity does not
    have, days after `today`, and `owl:sameAs`; notes are close matches of several entities. Both
    name the entities' disjoint classes.
    """
    report, links = LinkReport(), []
    labels = _labels([*curated, *ontology])
    for path in sorted(folder.glob(f"*{MAPPING_EXTENSION}")):
        try:
            links += [_Link(path, line, *quad.triple) for line, quad in mappings_with_lines(path)]
            report.findings += _wrong_cells(path, labels, today)
        except MalformedFile as error:
            texts = f"{error.reason}.", f"{error.remedy}.", "malformed-links"
            report.findings.append(Finding(display_path(path), error.line, *texts))
    report.findings += _duplicates(links)
    for link in links:
        if link.predicate == OWL["sameAs"]:
            message = "owl:sameAs would make every statement about one true of the other."
            report.findings.append(link.finding(message, "skos:exactMatch.", "same-as"))
    report.findings += _second_matches(links)
    hierarchy = ClassHierarchy(ontology)
    types = {name: hierarchy.above(classes) for name, classes in declared_types(curated).items()}
    by_object: defaultdict[NamedNode, list[_Link]] = defaultdict(list)
    for link in links:
        if link.predicate in _SAME:
            by_object[link.object].append(link)
    for thing, same in by_object.items():
        entities = {link.subject for link in same}
        if len(entities) > 1:
            names = ", ".join(sorted(shorten(entity.value) for entity in entities))
            above = (types.get(entity, set()) for entity in sorted(entities, key=str))
            disjoint = (hierarchy.find_disjoint(*pair) for pair in combinations(above, 2))
            classes = " and ".join(map(format_term, next(filter(None, disjoint), ())))
            several = f"several entities: {names}"
            several += f", although {classes} are disjoint." if classes else "."
            exact = [link for link in same if link.predicate == _EXACT]
            if exact:
                message = f"{shorten(thing.value)} is an exact match but is linked to {several}"
                remedy = "one exact match and no other, or skos:closeMatch for each."
                report.findings.append(exact[-1].finding(message, remedy, "one-to-many"))
            else:
                report.notes.append(f"{shorten(thing.value)} is a close match of {several}")
    return report


def _labels(quads: Sequence[Quad]) -> Mapping[object, Sequence[str]]:
    labels: defaultdict[object, list[str]] = defaultdict(list)
    for quad in quads:
        if quad.predicate in _LABELS and isinstance(quad.object, Literal):
            labels[quad.subject].append(quad.object.value)
    return labels


def _wrong_cells(
    path: Path, labels: Mapping[object, Sequence[str]], today: date | None
) -> Iterator[Finding]:
    """Find labels of other entities, and days after today."""
    for line, subject, (label, day) in mapping_cells(path, "subject_label", "mapping_date"):
        place, name = display_path(path), shorten(subject.value)
        known = labels.get(subject, ())
        if label and known and label not in known:
            message = f"{name} does not have the label '{label[:80]}'."
            yield Finding(place, line, message, f"'{known[0]}'.", "labels-of-links")
        if today and day > today.isoformat():
            message = f"{name} was matched on {day}, in the future."
            yield Finding(place, line, message, in_the_past(today), "past-dates")


def _duplicates(links: Sequence[_Link]) -> Iterator[Finding]:
    seen: dict[tuple[NamedNode, NamedNode], _Link] = {}
    for link in links:
        first = seen.setdefault((link.subject, link.object), link)
        if first is not link:
            message = f"The same pair is already linked in {first.path.name}:{first.line}."
            yield link.finding(message, "one row for each pair.", "duplicate")


def _second_matches(links: Sequence[_Link]) -> Iterator[Finding]:
    """Find entities matched to two things of a data set; within a file, the reader refuses it."""
    first_matches: dict[tuple[NamedNode, str], _Link] = {}
    for link in links:
        iri, known = link.object.value, EXTERNAL_DATASETS.values()
        datasets = [dataset.name for dataset in known if dataset.identifier_in(iri)]
        if link.predicate in _SAME and datasets:
            first = first_matches.setdefault((link.subject, datasets[0]), link)
            if first.object != link.object:
                place = f"{first.path.name}:{first.line}"
                message = f"{shorten(link.subject.value)} is matched to another thing in {place}."
                yield link.finding(message, "one exact or close match.", "two-things")
