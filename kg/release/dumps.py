"""Evidence graphs -> nanopublications.

Source: Nanopublication Guidelines (https://nanopub.net/guidelines/working_draft/): a head, an
assertion, its provenance and the publication info, each a graph of its own.

All of a release in one file: the forms that there are, and how each is written.
"""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple

from kg.namespaces import ABOUT, DCTERMS, EVIDENCE, GLOCAL, NANOPUB, NP, PREFIXES, PROV, RDF
from kg.release.void import DATASET, void_of
from kg.store.quad_store import Store
from kg.store.release_folder import QUADS_FILE
from kg.store.serialization import encode_statements

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


_REIFIES: Final = RDF["reifies"]
_NANOPUB_PREFIXES: Final = {**PREFIXES, "about": ABOUT, "np": NP, "nanopub": NANOPUB}


class Content:
    """The quads of a release, by graph; and of what is said of it as a data set, who made it."""

    def __init__(self, quads: Iterable[Quad], said: Iterable[Triple] = ()) -> None:
        self.graphs: defaultdict[NamedNode | None, list[Triple]] = defaultdict(list)
        self.inherited = inherited_from(said)
        for quad in quads:
            named = quad.graph_name
            self.graphs[named if isinstance(named, NamedNode) else None].append(quad.triple)

    @cached_property
    def holding(self) -> list[Triple]:
        """The triples of the default graph, sorted."""
        return sorted(self.graphs[None], key=str)

    @cached_property
    def named(self) -> list[NamedNode]:
        """The names of the named graphs, sorted."""
        return sorted((name for name in self.graphs if name is not None), key=str)

    def of_type(self, name: str) -> list[NamedNode]:
        """The named graphs that are of this class of the ontology, sorted."""
        typed = {
            one.subject
            for one in self.holding
            if one.predicate == RDF["type"] and one.object == GLOCAL[name]
        }
        return [graph for graph in self.named if graph in typed]

    @cached_property
    def about(self) -> Mapping[object, list[Triple]]:
        """What holds of each named graph."""
        found: dict[object, list[Triple]] = {name: [] for name in self.named}
        for one in self.holding:
            if one.subject in found:
                found[one.subject].append(one)
        return found


@dataclass(frozen=True)
class Dump:
    """A form of dump: its name on the command line, its file, what it is in two languages."""

    name: str
    file: str
    media_type: str
    title: Mapping[str, str]
    write: Callable[[Content], bytes]

    @property
    def is_source(self) -> bool:
        """Whether it is the file that every release is made of."""
        return self.file == QUADS_FILE


def _nquads(content: Content) -> bytes:
    lines = encode_statements(_quads(content), RdfFormat.N_QUADS, {}).splitlines(keepends=True)
    return b"".join(sorted(lines))


def _trig(content: Content) -> bytes:
    return encode_statements(_quads(content), RdfFormat.TRIG, PREFIXES)


def _turtle(content: Content) -> bytes:
    return encode_statements(content.holding, RdfFormat.TURTLE, PREFIXES)


def _nanopubs(content: Content) -> bytes:
    quads = (
        quad
        for graph in content.of_type("Evidence")
        for quad in nanopublication(
            graph, content.graphs[graph], content.about[graph], content.inherited
        )
    )
    return encode_statements(quads, RdfFormat.TRIG, _NANOPUB_PREFIXES)


def _rdf12(content: Content) -> bytes:
    """What holds, and each evidence or derived graph as the reifier of its triples.

    So a claim is there without being stated, and a triple has every status that it stands under.
    """
    reified = [
        Triple(graph, _REIFIES, triple)
        for kind in ("Evidence", "DerivedGraph")
        for graph in content.of_type(kind)
        for triple in content.graphs[graph]
    ]
    return encode_statements(
        sorted([*content.holding, *reified], key=str), RdfFormat.TURTLE, PREFIXES
    )


def _quads(content: Content) -> Iterator[Quad]:
    for one in content.holding:
        yield Quad(one.subject, one.predicate, one.object, DefaultGraph())
    for name in content.named:
        for one in sorted(content.graphs[name], key=str):
            yield Quad(one.subject, one.predicate, one.object, name)


DUMPS: Final = {
    dump.name: dump
    for dump in (
        Dump(
            "nquads",
            QUADS_FILE,
            "application/n-quads",
            {"en": "All graphs, as sorted N-Quads", "zh": "全部图，按行排序的 N-Quads"},
            _nquads,
        ),
        Dump(
            "trig",
            "glocal.trig.gz",
            "application/trig",
            {"en": "All graphs, as TriG", "zh": "全部图，TriG 格式"},
            _trig,
        ),
        Dump(
            "turtle",
            "glocal.ttl.gz",
            "text/turtle",
            {
                "en": "What holds, as one graph in Turtle",
                "zh": "成立的全部陈述，单一图，Turtle 格式",
            },
            _turtle,
        ),
        Dump(
            "nanopubs",
            "glocal-nanopubs.trig.gz",
            "application/trig",
            {"en": "All evidence, as nanopublications", "zh": "全部证据，纳米出版物形式"},
            _nanopubs,
        ),
        Dump(
            "rdf12",
            "glocal-rdf12.ttl.gz",
            "text/turtle",
            {
                "en": "What holds, and who says what, as RDF 1.2 with reifiers",
                "zh": "成立的陈述及各陈述的出处，RDF 1.2 具体化形式",
            },
            _rdf12,
        ),
    )
}


def packed(text: bytes) -> bytes:
    """The text as a gzip file without a name and a time: the same text gives the same bytes."""
    return gzip.compress(text, compresslevel=6, mtime=0)


def dumped(dump: Dump, store: Store) -> bytes:
    """The text of a dump: that of the release, or made now where it has none."""
    path = store.folder / dump.file if store.folder else None
    if path is not None and path.exists():
        return gzip.decompress(path.read_bytes())
    return dump.write(Content(store.quads(), void_of(store)))
