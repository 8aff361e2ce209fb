"""OWL DL consistency and classification, by HermiT."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, Triple

from kg.description_logic.entailments import read_entailments
from kg.description_logic.hermit import ENOUGH, Allowance, run_hermit
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL
from kg.owl_dl import in_owl_dl


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
    facts: Iterable[Quad] = (),
    allowed: Allowance = ENOUGH,
) -> Verdict:
    """Whether all of it is consistent, and which classes can have no member.

    Args:
        ontology: all modules; graph names are ignored and imports not followed.
        facts: what holds among individuals; without them the terms alone are checked.
        allowed: the time of HermiT, its start included, and its memory.

    Raises:
        UnsupportedAxiom: not an OWL 2 DL ontology; says what HermiT objects to.
        LimitExceeded: time or memory was not enough.
        ReasonerFailed: Java cannot be run.
    """
    readable = in_owl_dl(ontology, facts)
    output, is_consistent = run_hermit([readable.triples], ("-N", "-U"), allowed)
    names = {line.strip() for line in output.splitlines() if line.startswith("\t")}
    unsatisfiable = sorted(names - {OWL["Nothing"].value}) if is_consistent else ()
    return Verdict(
        is_consistent,
        tuple(map(NamedNode, unsatisfiable)),
        readable.restated,
        readable.left_out,
    )


def entail(
    ontology: Iterable[Quad],
    facts: Iterable[Quad],
    allowed: Allowance = ENOUGH,
) -> frozenset[Triple]:
    """All hierarchies, types and relations between individuals that HermiT finds, asserted or not.

    Between named classes, properties and individuals; nothing of top and bottom. Data values
    and equality of individuals are not among them.

    Raises:
        UnsupportedAxiom: not OWL 2 DL, or inconsistent, so that everything follows.
        LimitExceeded: time or memory was not enough.
        ReasonerFailed: Java cannot be run.
    """
    triples = in_owl_dl(ontology, facts).triples
    output, is_consistent = run_hermit([triples], ("-c", "-O", "-D", "-I", "-Y"), allowed)
    if not is_consistent:
        raise UnsupportedAxiom("the ontology with these facts", "everything follows from a clash")
    return read_entailments(output)
