"""Check link files for errors, and note links that are allowed but unusual."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedFile
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import OWL, RDF, RDFS, shorten
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.sources.folders import MAPPING_EXTENSION
from kg.sources.sssom import mappings_with_lines
from kg.validation.entities import closure
from kg.validation.findings import Finding

_EXACT, _CLOSE = MAPPING_PROPERTIES[:2]
_SAME: Final = (_EXACT, _CLOSE)


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
    things that are a close match of several entities. Both name disjoint classes of the entities.

    Args:
        folder: the folder with the `*.sssom.tsv` files.
        curated: the curated quads, for the types of entities.
        ontology: the ontology's quads, for its disjoint classes.
    """
    report, links = LinkReport(), []
    for path in sorted(folder.glob(f"*{MAPPING_EXTENSION}")):
        try:
            links += [_Link(path, line, *_terms(quad)) for line, quad in mappings_with_lines(path)]
        except MalformedFile as error:
            report.findings.append(
                Finding(
                    str(path), error.line, f"{error.reason}.", f"{error.remedy}.", "malformed-links"
                )
            )
    report.findings += [*_duplicates(links), *_same_as(links), *_second_matches(links)]
    disjoint_types = _DisjointTypes(curated, ontology)
    for thing, links_to_thing in _group_by_object(links).items():
        if len({link.subject for link in links_to_thing}) > 1:
            _report_several(thing, links_to_thing, disjoint_types, report)
    return report


def _report_several(
    thing: NamedNode, links: Sequence[_Link], disjoint_types: "_DisjointTypes", report: LinkReport
) -> None:
    names = ", ".join(sorted({shorten(link.subject.value) for link in links}))
    classes = disjoint_types.of([link.subject for link in links])
    suffix = f", although {classes} are disjoint" if classes else ""
    exact = [link for link in links if link.predicate == _EXACT]
    if not exact:
        message = f"{shorten(thing.value)} is a close match of several entities: {names}{suffix}."
        report.notes.append(message)
        return
    message = (
        f"{shorten(thing.value)} is an exact match but is linked to several entities: "
        f"{names}{suffix}."
    )
    remedy = "one exact match and no other, or skos:closeMatch for each."
    report.findings.append(_finding(exact[-1], message, remedy, "one-to-many"))


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
        namespace = next(
            (
                target.namespace
                for target in EXTERNAL_DATASETS.values()
                if target.identifier_in(link.object.value)
            ),
            "",
        )
        if link.predicate in _SAME and namespace:
            first = first_matches.setdefault((link.subject, namespace), link)
            if first.object != link.object:
                place = f"{first.path.name}:{first.line}"
                message = f"{shorten(link.subject.value)} is matched to another thing in {place}."
                yield _finding(link, message, "one exact or close match.", "two-things")


def _group_by_object(links: Sequence[_Link]) -> Mapping[NamedNode, list[_Link]]:
    groups: dict[NamedNode, list[_Link]] = defaultdict(list)
    for link in links:
        if link.predicate in _SAME:
            groups[link.object].append(link)
    return groups


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
        graph = OntologyGraph(ontology)
        self._superclasses = closure(graph.subjects_and_objects(RDFS["subClassOf"]))
        self._types: dict[object, set[object]] = defaultdict(set)
        for quad in curated:
            if quad.predicate == RDF["type"]:
                self._types[quad.subject] |= {
                    quad.object,
                    *self._superclasses.get(quad.object, ()),
                }
        groups = [
            [*items]
            for axiom in graph.instances(OWL["AllDisjointClasses"])
            for members in graph.objects(axiom, OWL["members"])
            if (items := graph.list_members(members))
        ]
        groups += [[*pair] for pair in graph.subjects_and_objects(OWL["disjointWith"])]
        self._pairs = [pair for group in groups for pair in combinations(group, 2)]

    def of(self, entities: Sequence[NamedNode]) -> str:
        """Return the names of the first disjoint classes of two of the entities, or ""."""
        for first, second in combinations(sorted(set(entities), key=str), 2):
            for pair in self._pairs:
                for first_class, second_class in (pair, pair[::-1]):
                    if first_class in self._types[first] and second_class in self._types[second]:
                        return " and ".join(
                            shorten(name.value)
                            for name in (first_class, second_class)
                            if isinstance(name, NamedNode)
                        )
        return ""
