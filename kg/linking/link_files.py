"""Link files -> what is wrong with them, and what is right but worth a look."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedFile
from kg.identifiers import TARGETS
from kg.linking.lookup import RELATIONS
from kg.namespaces import OWL, RDF, RDFS, shorten
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.sources.folders import MAPPINGS
from kg.sources.sssom import numbered_mappings
from kg.validation.entities import closure
from kg.validation.findings import Finding

_EXACT, _CLOSE = RELATIONS[:2]
_SAME: Final = (_EXACT, _CLOSE)


class _Link(NamedTuple):
    path: Path
    line: int
    subject: NamedNode
    predicate: NamedNode
    object: NamedNode


@dataclass
class LinkReport:
    """What has to be mended, and notes on what may be meant so."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_links(folder: Path, curated: Sequence[Quad], ontology: Sequence[Quad]) -> LinkReport:
    """Look through all link files of a folder together.

    Findings: files that are refused; a link that stands twice; an entity with two things of one
    data set; a thing that is exactly two entities; `owl:sameAs`. Notes: a thing that is nearly
    several entities, and whether their classes are disjoint.

    Args:
        folder: holds `*.sssom.tsv`.
        curated: tells the types of entities.
        ontology: tells which classes are disjoint.
    """
    report, links = LinkReport(), []
    for path in sorted(folder.glob(f"*{MAPPINGS}")):
        try:
            links += [_Link(path, line, *_terms(quad)) for line, quad in numbered_mappings(path)]
        except MalformedFile as error:
            report.findings.append(
                Finding(
                    str(path), error.line, f"{error.reason}.", f"{error.remedy}.", "malformed-links"
                )
            )
    report.findings += [*_repeated(links), *_same_as(links), *_second_things(links)]
    clashes = _Disjoint(curated, ontology)
    for thing, ours in _by_object(links).items():
        if len({link.subject for link in ours}) > 1:
            _judge(thing, ours, clashes, report)
    return report


def _judge(
    thing: NamedNode, ours: Sequence[_Link], clashes: "_Disjoint", report: LinkReport
) -> None:
    names = ", ".join(sorted({shorten(link.subject.value) for link in ours}))
    disjoint = clashes.of([link.subject for link in ours])
    why = f", although {disjoint} are disjoint" if disjoint else ""
    exact = [link for link in ours if link.predicate == _EXACT]
    if not exact:
        report.notes.append(f"{shorten(thing.value)} is close to several: {names}{why}.")
        return
    message = f"{shorten(thing.value)} is matched exactly, and by several: {names}{why}."
    remedy = "one exact match and no other, or skos:closeMatch for each."
    report.findings.append(_finding(exact[-1], message, remedy, "one-to-many"))


def _repeated(links: Sequence[_Link]) -> Iterator[Finding]:
    seen: dict[tuple[NamedNode, NamedNode], _Link] = {}
    for link in links:
        first = seen.setdefault((link.subject, link.object), link)
        if first is not link:
            message = f"The same two are linked in {first.path.name}:{first.line}."
            yield _finding(link, message, "one row for each pair.", "duplicate")


def _same_as(links: Sequence[_Link]) -> Iterator[Finding]:
    for link in links:
        if link.predicate == OWL["sameAs"]:
            message = "owl:sameAs would make all that is said of the one hold of the other."
            yield _finding(link, message, "skos:exactMatch.", "same-as")


def _second_things(links: Sequence[_Link]) -> Iterator[Finding]:
    """Second things of one data set across files; within one file the reader refuses them."""
    first: dict[tuple[NamedNode, str], _Link] = {}
    for link in links:
        space = next(
            (one.space for one in TARGETS.values() if one.identifier(link.object.value)), ""
        )
        if link.predicate in _SAME and space:
            other = first.setdefault((link.subject, space), link)
            if other.object != link.object:
                where = f"{other.path.name}:{other.line}"
                message = f"{shorten(link.subject.value)} is another thing in {where}."
                yield _finding(link, message, "one exact or close match.", "two-things")


def _by_object(links: Sequence[_Link]) -> Mapping[NamedNode, list[_Link]]:
    found: dict[NamedNode, list[_Link]] = defaultdict(list)
    for link in links:
        if link.predicate in _SAME:
            found[link.object].append(link)
    return found


def _terms(quad: Quad) -> tuple[NamedNode, NamedNode, NamedNode]:
    subject, object_ = quad.subject, quad.object
    if not (isinstance(subject, NamedNode) and isinstance(object_, NamedNode)):
        raise TypeError(f"a mapping has IRIs at both ends, not {quad}")
    return subject, quad.predicate, object_


def _finding(link: _Link, message: str, remedy: str, rule: str) -> Finding:
    return Finding(str(link.path), link.line, message, remedy, rule)


class _Disjoint:
    """Which entities can have nothing in common, by their classes."""

    def __init__(self, curated: Sequence[Quad], ontology: Sequence[Quad]) -> None:
        graph = OntologyGraph(ontology)
        self._above = closure(graph.pairs(RDFS["subClassOf"]))
        self._types: dict[object, set[object]] = defaultdict(set)
        for quad in curated:
            if quad.predicate == RDF["type"]:
                self._types[quad.subject] |= {quad.object, *self._above.get(quad.object, ())}
        groups = [
            [*items]
            for one in graph.instances(OWL["AllDisjointClasses"])
            for members in graph.objects(one, OWL["members"])
            if (items := graph.items(members))
        ]
        groups += [[*pair] for pair in graph.pairs(OWL["disjointWith"])]
        self._pairs = [pair for group in groups for pair in combinations(group, 2)]

    def of(self, entities: Sequence[NamedNode]) -> str:
        """The first two classes of any two of them that are disjoint; empty where none are."""
        for one, other in combinations(sorted(set(entities), key=str), 2):
            for first, second in self._pairs:
                for here, there in ((first, second), (second, first)):
                    if here in self._types[one] and there in self._types[other]:
                        return " and ".join(
                            shorten(name.value)
                            for name in (here, there)
                            if isinstance(name, NamedNode)
                        )
        return ""
