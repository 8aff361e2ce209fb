"""Evidence graphs -> nanopublications.

Source: Nanopublication Guidelines (https://nanopub.net/guidelines/working_draft/): a head, an
assertion, its provenance and the publication info, each a graph of its own.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.namespaces import DCTERMS, EVIDENCE, GLOCAL, NANOPUB, NP, PROV, RDF
from kg.publication.void import DATASET

# How the ontology's alignment to PROV-O has it; a nanopublication's readers know PROV-O alone.
_IN_PROV: Final = {
    GLOCAL["fromPassage"]: PROV["wasDerivedFrom"],
    GLOCAL["citedFrom"]: PROV["wasDerivedFrom"],
    DCTERMS["source"]: PROV["wasDerivedFrom"],
    GLOCAL["heldBy"]: PROV["wasAttributedTo"],
}
_INHERITED: Final = tuple(DCTERMS[name] for name in ("created", "creator", "license"))


def name_of(evidence: NamedNode) -> NamedNode:
    """The nanopublication whose assertion is this evidence graph."""
    return NANOPUB[evidence.value.removeprefix(EVIDENCE)]


def nanopublication(
    evidence: NamedNode,
    content: Iterable[Triple],
    description: Iterable[Triple],
    inherited: Iterable[Triple],
) -> Iterator[Quad]:
    """The four graphs, one after the other; the assertion is the evidence graph under its name.

    When it was made is known to the day on which the data set was; no clock is asked.

    Args:
        evidence: the evidence graph.
        content: its triples.
        description: what the release says of it: passage, status, holder, notes.
        inherited: what `inherited_from` gives.
    """
    name = name_of(evidence)
    head, provenance, info = (
        NamedNode(f"{name.value}#{part}") for part in ("Head", "provenance", "pubinfo")
    )
    yield Quad(name, RDF["type"], NP["Nanopublication"], head)
    yield Quad(name, NP["hasAssertion"], evidence, head)
    yield Quad(name, NP["hasProvenance"], provenance, head)
    yield Quad(name, NP["hasPublicationInfo"], info, head)
    yield from _in(evidence, content)
    yield from _in(provenance, {*description, *_in_prov(description)})
    own = (Triple(name, one.predicate, one.object) for one in inherited)
    yield from _in(info, [*own, Triple(name, DCTERMS["isPartOf"], DATASET)])


def inherited_from(said: Iterable[Triple]) -> list[Triple]:
    """Who made the data set, when and under which licence, of all that is said of it."""
    return [one for one in said if one.subject == DATASET and one.predicate in _INHERITED]


def _in_prov(description: Iterable[Triple]) -> Iterator[Triple]:
    for one in description:
        if one.predicate in _IN_PROV:
            yield Triple(one.subject, _IN_PROV[one.predicate], one.object)


def _in(graph: NamedNode, triples: Iterable[Triple]) -> list[Quad]:
    quads = (Quad(one.subject, one.predicate, one.object, graph) for one in triples)
    return sorted(quads, key=str)
