"""Nobody is made to say more than the curated files say that they say.

The files and the ontology are read by rdflib here, and the release as text, so that nothing of
`kg` has a part in the comparison.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import rdflib
from rdflib import OWL, RDF, Namespace, URIRef

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]

GLOCAL: Final = Namespace("https://w3id.org/glocal/ontology#")
MAINTAINERS: Final = URIRef("https://w3id.org/glocal/id/GlocalMaintainers")
META: Final = "<https://w3id.org/glocal/graph/meta> ."
GRAPHS: Final = "https://w3id.org/glocal/graph/"
# Literals by their values: a release writes the decimal 68.0 as 68.
Statement = tuple[object, object, object]


def statement(triple: tuple[rdflib.term.Node, ...]) -> Statement:
    subject, predicate, value = triple
    if isinstance(value, rdflib.Literal):
        return subject, predicate, (value.toPython(), value.datatype, value.language)
    return subject, predicate, value


@pytest.fixture(scope="module")
def claims() -> dict[URIRef, set[Statement]]:
    """The triples that each holder says in the curated files."""
    files = rdflib.Dataset()
    for path in sorted(Path("kg/curated").rglob("*.trig")):
        files.parse(path, format="trig")
    found: dict[URIRef, set[Statement]] = defaultdict(set)
    for evidence, holder in files.default_graph.subject_objects(GLOCAL.heldBy):
        found[holder] |= set(map(statement, files.graph(evidence)))
    return found


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    axioms = rdflib.Graph()
    for path in Path("ontology").glob("*.ttl"):
        axioms.parse(path)
    return axioms


def in_other_words(said: Statement, ontology: rdflib.Graph) -> Iterator[Statement]:
    """The statement by an inverse, symmetric or equivalent property, or an equivalent class."""
    subject, predicate, value = said

    def same(axiom: URIRef, term: object) -> set[object]:
        found = {*ontology.objects(term, axiom), *ontology.subjects(axiom, term)}
        return {each for each in found if isinstance(each, URIRef)}

    yield from ((value, each, subject) for each in same(OWL.inverseOf, predicate))
    yield from ((subject, each, value) for each in same(OWL.equivalentProperty, predicate))
    if (predicate, RDF.type, OWL.SymmetricProperty) in ontology:
        yield value, predicate, subject
    if predicate == RDF.type:
        yield from ((subject, predicate, each) for each in same(OWL.equivalentClass, value))


class Release:
    """The graphs of a release that somebody holds, and what describes them."""

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / "glocal.nq.gz", "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
        meta = [f"{line.removesuffix(META)}." for line in lines if line.endswith(META)]
        self.descriptions = rdflib.Graph().parse(data="\n".join(meta), format="nt")
        names = {f"{each.n3()} ." for each in self.descriptions.subjects(GLOCAL.heldBy)}
        held = (line for line in lines if " ".join(line.rsplit(" ", 2)[1:]) in names)
        self.graphs = rdflib.Dataset()
        self.graphs.parse(data="\n".join(held), format="nquads")

    def holders(self) -> Iterator[tuple[URIRef, URIRef]]:
        """Everything that has a holder, with each holder who is not the curators."""
        for held, holder in self.descriptions.subject_objects(GLOCAL.heldBy):
            if holder != MAINTAINERS:
                yield held, holder


@pytest.fixture(scope="module")
def held(newest_release: Path) -> Release:
    return Release(newest_release)


def test_no_graph_credits_somebody_with_what_they_do_not_say(
    held: Release, claims: dict[URIRef, set[Statement]], ontology: rdflib.Graph
) -> None:
    credited = {
        (holder, statement(triple))
        for name, holder in held.holders()
        for triple in held.graphs.graph(name)
    }

    asserted = {(holder, said) for holder, every in claims.items() for said in every}
    restated = {
        (holder, other) for holder, said in asserted for other in in_other_words(said, ontology)
    }
    assert credited - asserted - restated == set()
    assert credited & (restated - asserted)


def test_only_graphs_are_held_by_others_than_the_curators(held: Release) -> None:
    assert [name for name, _ in held.holders() if not len(held.graphs.graph(name))] == []


def test_what_follows_from_a_claim_is_held_by_the_curators_and_names_the_holder(
    held: Release, claims: dict[URIRef, set[Statement]]
) -> None:
    follow_ups = {
        name
        for name in held.descriptions.subjects(RDF.type, GLOCAL.DerivedGraph)
        if name.startswith(f"{GRAPHS}follows-from-")
    }

    assert follow_ups
    assert follow_ups == set(held.descriptions.subjects(GLOCAL.followsFromClaimOf)) - set(
        held.descriptions.subjects(RDF.type, GLOCAL.Contradiction)
    )
    for name in follow_ups:
        [status] = held.descriptions.objects(name, GLOCAL.hasStatus)
        [holder] = held.descriptions.objects(name, GLOCAL.heldBy)
        [by] = held.descriptions.objects(name, GLOCAL.followsFromClaimOf)
        assert (status, holder) == (GLOCAL.Reading, MAINTAINERS)
        assert by in claims
        assert name.startswith(f"{GRAPHS}follows-from-{by.rpartition('/')[2]}-")


def test_readings_are_held_by_the_curators(held: Release) -> None:
    readings = set(held.descriptions.subjects(GLOCAL.hasStatus, GLOCAL.Reading))
    readings -= set(held.descriptions.subjects(RDF.type, GLOCAL.Rule))

    assert readings
    holders = {
        holder for each in readings for holder in held.descriptions.objects(each, GLOCAL.heldBy)
    }
    assert holders == {MAINTAINERS}
    assert all((each, GLOCAL.heldBy, MAINTAINERS) in held.descriptions for each in readings)
