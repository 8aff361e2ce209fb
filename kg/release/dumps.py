"""Dumps: the whole release in one file, in several formats; one of them is nanopublications.

Source: https://nanopub.net/guidelines/working_draft/.
"""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple

from kg.namespaces import ABOUT, DCTERMS, EVIDENCE, GLOCAL, NANOPUB, NP, PREFIXES, PROV, RDF
from kg.release.void import DATASET, void_description
from kg.store.quad_store import Store
from kg.store.release_folder import QUADS_FILE
from kg.store.serialization import serialize_sorted

# The same as the ontology's alignment to PROV-O. Readers of nanopublications know only PROV-O.
_PROV_PROPERTIES: Final = {
    GLOCAL["fromPassage"]: PROV["wasDerivedFrom"],
    GLOCAL["citedFrom"]: PROV["wasDerivedFrom"],
    DCTERMS["source"]: PROV["wasDerivedFrom"],
    GLOCAL["heldBy"]: PROV["wasAttributedTo"],
}
_INHERITED: Final = tuple(DCTERMS[name] for name in ("created", "creator", "license"))
_NANOPUB_PREFIXES: Final = {**PREFIXES, "about": ABOUT, "np": NP, "nanopub": NANOPUB}


class ReleaseContent:
    """The quads of a release by graph, the default graph under None, and the dataset's metadata."""

    def __init__(self, quads: Iterable[Quad], about_dataset: Iterable[Triple] = ()) -> None:
        self.graphs: defaultdict[NamedNode | None, list[Triple]] = defaultdict(list)
        self.dataset_metadata = dataset_metadata(about_dataset)
        for quad in quads:
            name = quad.graph_name
            self.graphs[name if isinstance(name, NamedNode) else None].append(quad.triple)

    @cached_property
    def default_graph(self) -> list[Triple]:
        """The triples of the default graph, which are those that hold, sorted."""
        return sorted(self.graphs[None], key=str)

    @cached_property
    def graph_names(self) -> list[NamedNode]:
        """The names of the named graphs, sorted."""
        return sorted((name for name in self.graphs if name is not None), key=str)

    def graphs_of_class(self, name: str) -> list[NamedNode]:
        """Return the named graphs that are instances of this class of the ontology, sorted."""
        instances = {
            triple.subject
            for triple in self.default_graph
            if triple.predicate == RDF["type"] and triple.object == GLOCAL[name]
        }
        return [graph for graph in self.graph_names if graph in instances]

    @cached_property
    def graph_descriptions(self) -> Mapping[object, list[Triple]]:
        """The triples of the default graph that describe each named graph."""
        descriptions: dict[object, list[Triple]] = {name: [] for name in self.graph_names}
        for triple in self.default_graph:
            if triple.subject in descriptions:
                descriptions[triple.subject].append(triple)
        return descriptions


class Dump(NamedTuple):
    """A kind of dump: `name` on the command line, `file` in a release, the title by language.

    Media type and text are those before compression.
    """

    name: str
    file: str
    media_type: str
    title: Mapping[str, str]
    write: Callable[[ReleaseContent], bytes]

    @property
    def is_source(self) -> bool:
        """Whether this is the file of quads that a release always has."""
        return self.file == QUADS_FILE


def dump_text(dump: Dump, store: Store) -> bytes:
    """Return the text of a dump: from its file in the release, or generated if there is none."""
    path = store.folder / dump.file if store.folder else None
    if path is not None and path.exists():
        return gzip.decompress(path.read_bytes())
    return dump.write(ReleaseContent(store.quads(), void_description(store)))


def nanopublication_iri(evidence: NamedNode) -> NamedNode:
    """Return the IRI of the nanopublication whose assertion is this evidence graph."""
    return NANOPUB[evidence.value.removeprefix(EVIDENCE)]


def to_nanopublication(
    evidence: NamedNode,
    content: Iterable[Triple],
    description: Iterable[Triple],
    inherited: Iterable[Triple],
) -> Iterator[Quad]:
    """Yield the quads of head, assertion (the evidence graph), provenance and publication info.

    `description` has the triples about the graph: passage, status, holder, notes. `inherited`, the
    `dataset_metadata`, has the creation date: the current time would not be reproducible.
    """
    name = nanopublication_iri(evidence)
    head, provenance, info = (
        NamedNode(f"{name.value}#{part}") for part in ("Head", "provenance", "pubinfo")
    )
    yield Quad(name, RDF["type"], NP["Nanopublication"], head)
    yield Quad(name, NP["hasAssertion"], evidence, head)
    yield Quad(name, NP["hasProvenance"], provenance, head)
    yield Quad(name, NP["hasPublicationInfo"], info, head)
    yield from _sorted_quads(evidence, content)
    in_prov = (
        Triple(triple.subject, _PROV_PROPERTIES[triple.predicate], triple.object)
        for triple in description
        if triple.predicate in _PROV_PROPERTIES
    )
    yield from _sorted_quads(provenance, {*description, *in_prov})
    metadata = (Triple(name, triple.predicate, triple.object) for triple in inherited)
    yield from _sorted_quads(info, [*metadata, Triple(name, DCTERMS["isPartOf"], DATASET)])


def dataset_metadata(about_dataset: Iterable[Triple]) -> list[Triple]:
    """Return the triples with the data set's creators, creation date and licence."""
    return [
        triple
        for triple in about_dataset
        if triple.subject == DATASET and triple.predicate in _INHERITED
    ]


def _sorted_quads(graph: NamedNode | DefaultGraph, triples: Iterable[Triple]) -> Iterator[Quad]:
    for triple in sorted(triples, key=str):
        yield Quad(triple.subject, triple.predicate, triple.object, graph)


def _write_nquads(content: ReleaseContent) -> bytes:
    lines = serialize_sorted(_quads(content), RdfFormat.N_QUADS, {}).splitlines(keepends=True)
    return b"".join(sorted(lines))


def _write_nanopubs(content: ReleaseContent) -> bytes:
    inherited, descriptions = content.dataset_metadata, content.graph_descriptions
    quads = (
        quad
        for graph in content.graphs_of_class("Evidence")
        for quad in to_nanopublication(graph, content.graphs[graph], descriptions[graph], inherited)
    )
    return serialize_sorted(quads, RdfFormat.TRIG, _NANOPUB_PREFIXES)


def _write_rdf12(content: ReleaseContent) -> bytes:
    """Write what holds; evidence and derived graphs reify theirs, so no claim is asserted."""
    reifications = [
        Triple(graph, RDF["reifies"], triple)
        for graph_class in ("Evidence", "DerivedGraph")
        for graph in content.graphs_of_class(graph_class)
        for triple in content.graphs[graph]
    ]
    triples = sorted([*content.default_graph, *reifications], key=str)
    return serialize_sorted(triples, RdfFormat.TURTLE, PREFIXES)


def _quads(content: ReleaseContent) -> Iterator[Quad]:
    yield from _sorted_quads(DefaultGraph(), content.default_graph)
    for name in content.graph_names:
        yield from _sorted_quads(name, content.graphs[name])


def _write_trig(content: ReleaseContent) -> bytes:
    return serialize_sorted(_quads(content), RdfFormat.TRIG, PREFIXES)


def _write_turtle(content: ReleaseContent) -> bytes:
    return serialize_sorted(content.default_graph, RdfFormat.TURTLE, PREFIXES)


_TITLES: Final = {
    "nquads": ("All graphs, as sorted N-Quads", "全部图，按行排序的 N-Quads"),
    "trig": ("All graphs, as TriG", "全部图，TriG 格式"),
    "turtle": ("What holds, as one graph in Turtle", "成立的全部陈述，单一图，Turtle 格式"),
    "nanopubs": ("All evidence, as nanopublications", "全部证据，纳米出版物形式"),
    "rdf12": (
        "What holds, and who says what, as RDF 1.2 with reifiers",
        "成立的陈述及各陈述的出处，RDF 1.2 具体化形式",
    ),
}
DUMPS: Final = {
    name: Dump(name, file, media_type, dict(zip(("en", "zh"), _TITLES[name], strict=True)), write)
    for name, file, media_type, write in (
        ("nquads", QUADS_FILE, "application/n-quads", _write_nquads),
        ("trig", "glocal.trig.gz", "application/trig", _write_trig),
        ("turtle", "glocal.ttl.gz", "text/turtle", _write_turtle),
        ("nanopubs", "glocal-nanopubs.trig.gz", "application/trig", _write_nanopubs),
        ("rdf12", "glocal-rdf12.ttl.gz", "text/turtle", _write_rdf12),
    )
}
