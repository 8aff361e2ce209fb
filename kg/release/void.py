"""Describe a release in VoID, with its statistics.

The title, creators and licence of the whole data set come from the curated file `dataset.ttl`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg.errors import MalformedFile
from kg.identifiers import EXTERNAL_DATASETS
from kg.namespaces import (
    ABOUT,
    BASE,
    DCTERMS,
    FOAF,
    ID,
    RDF,
    RDFS,
    SD,
    VOID,
    VOID_EXT,
    is_in,
    shorten,
)
from kg.release.statistics import ClassPropertyUse, PropertyUse, Statistics, count_statistics
from kg.sources.files import read_file
from kg.store.quad_store import Store
from kg.store.release_folder import VOID_FILE

DATASET: Final = ABOUT["dataset"]
VOID_DOCUMENT: Final = NamedNode(f"{BASE}void")
_MAX_EXAMPLES: Final = 3
_MAX_COUNTED_TRIPLES: Final = 500_000
_HEADER: Final = (
    Triple(VOID_DOCUMENT, RDF["type"], VOID["DatasetDescription"]),
    Triple(VOID_DOCUMENT, FOAF["primaryTopic"], DATASET),
    Triple(DATASET, RDF["type"], VOID["Dataset"]),
    Triple(DATASET, VOID["uriSpace"], Literal(BASE)),
)


def describe_in_void(
    triples: Sequence[Triple], graphs: Mapping[str, int], about_dataset: Iterable[Triple] = ()
) -> list[Triple]:
    """Describe a release in VoID, sorted with the document and the data set first.

    The triples are those of the default graph; `graphs` has the number of triples by graph. The
    description itself is not counted, because it is not part of the release's quads.
    """
    statistics = count_statistics(triples)
    description = [
        *_HEADER,
        *about_dataset,
        *_totals(statistics),
        *_examples(triples),
        *_vocabularies(statistics),
        *_partitions(statistics),
        *_subsets(triples, graphs),
        *_linksets(triples),
    ]
    return sort_description(description, VOID_DOCUMENT, DATASET)


def void_description(store: Store) -> list[Triple]:
    """Return the VoID description of a store: its release's file, or a new one if there is none.

    A new description of a large store has no statistics, since counting would take minutes.
    """
    path = store.folder / VOID_FILE if store.folder else None
    if path is not None and path.exists():
        return [quad.triple for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE)]
    triples = list(islice(store.triples(), _MAX_COUNTED_TRIPLES + 1))
    if len(triples) > _MAX_COUNTED_TRIPLES:
        return sort_description(_HEADER, VOID_DOCUMENT, DATASET)
    return describe_in_void(triples, store.manifest.get("counts", {}).get("graphs", {}))


def read_dataset(path: Path, expected: Sequence[str]) -> list[Triple]:
    """Read the description of the data set, in the expected languages, from a `dataset.ttl`.

    Raises MalformedFile without a licence, or without one title and description in each language.
    """
    triples = [quad.triple for quad in read_file(path)]
    for name in ("title", "description"):
        languages = sorted(
            str(triple.object.language)
            for triple in triples
            if triple.subject == DATASET
            and triple.predicate == DCTERMS[name]
            and isinstance(triple.object, Literal)
        )
        if languages != sorted(expected):
            reason = f"the data set does not have one {name} in each language"
            texts = " and one ".join(f"in @{language}" for language in expected)
            remedy = f"<{DATASET.value}> with one dcterms:{name} {texts}"
            raise _malformed(path, reason, remedy, DCTERMS[name])
    if not any(triple.predicate == DCTERMS["license"] for triple in triples):
        raise _malformed(path, "the data set has no licence", "a dcterms:license")
    return triples


def _malformed(
    path: Path, reason: str, remedy: str, predicate: NamedNode | None = None
) -> MalformedFile:
    # Imported only here: it imports rdflib, which takes half a second.
    from kg.sources.lines import find_line

    line = find_line(path, DATASET, predicate) or 1
    return MalformedFile(path, line, 1, reason, remedy=remedy)


def text_triples(
    subject: NamedNode, predicate: NamedNode, texts: Mapping[str, str]
) -> Iterator[Triple]:
    """Yield a triple for each text, which is given by its language."""
    for language, text in texts.items():
        yield Triple(subject, predicate, Literal(text, language=language))


def sort_description(triples: Iterable[Triple], *first: NamedNode) -> list[Triple]:
    """Return the distinct triples in a stable order, those about these subjects first."""
    return sorted(set(triples), key=lambda t: ([t.subject != name for name in first], str(t)))


def _totals(statistics: Statistics) -> Iterator[Triple]:
    totals = {
        "triples": statistics.triples,
        "entities": statistics.typed_subjects,
        "distinctSubjects": statistics.subjects,
        "distinctObjects": statistics.objects,
        "properties": len(statistics.properties),
        "classes": len(statistics.instances),
    }
    for name, number in totals.items():
        yield Triple(DATASET, VOID[name], Literal(number))


def _examples(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Choose the entities with the most triples as examples, and by name among equals."""
    counts = Counter(triple.subject.value for triple in triples if is_in(triple.subject, ID))
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    for name in ranked[:_MAX_EXAMPLES]:
        yield Triple(DATASET, VOID["exampleResource"], NamedNode(name))


def _vocabularies(statistics: Statistics) -> Iterator[Triple]:
    names = {name.value for name in (*statistics.properties, *statistics.instances)}
    namespaces = {name[: max(name.rfind("/"), name.rfind("#")) + 1] for name in names}
    for namespace in sorted(namespaces - {""}):
        yield Triple(DATASET, VOID["vocabulary"], NamedNode(namespace))


def _partitions(statistics: Statistics) -> Iterator[Triple]:
    for name, number in statistics.instances.items():
        part = _part("class", name)
        yield Triple(DATASET, VOID["classPartition"], part)
        yield Triple(part, VOID["class"], name)
        yield Triple(part, VOID["entities"], Literal(number))
        for property_, use in statistics.uses_by_class[name].items():
            yield from _use(part, _part("class", name, property_), property_, use)
            yield from _ranges(name, property_, use)
    for property_, ends in statistics.properties.items():
        part = _part("property", property_)
        yield from _use(DATASET, part, property_, ends)
        yield Triple(part, VOID["distinctSubjects"], Literal(len(ends.subjects)))
        yield Triple(part, VOID["distinctObjects"], Literal(len(ends.objects)))


def _use(
    whole: NamedNode, part: NamedNode, name: NamedNode, use: ClassPropertyUse | PropertyUse
) -> Iterator[Triple]:
    yield Triple(whole, VOID["propertyPartition"], part)
    yield Triple(part, VOID["property"], name)
    yield Triple(part, VOID["triples"], Literal(use.triples))


def _ranges(class_: NamedNode, property_: NamedNode, use: ClassPropertyUse) -> Iterator[Triple]:
    """List the classes and datatypes of the objects, without numbers to keep the document small."""
    for vocabulary, kind, names in (
        (VOID, "class", use.classes),
        (VOID_EXT, "datatype", use.datatypes),
    ):
        for name in names:
            part = _part("class", class_, property_, name)
            yield Triple(_part("class", class_, property_), vocabulary[f"{kind}Partition"], part)
            yield Triple(part, vocabulary[kind], name)


def _part(*path: str | NamedNode) -> NamedNode:
    """Return the IRI of a partition, built from the steps that lead to it."""
    steps = (step if isinstance(step, str) else step.value for step in path)
    return ABOUT[".".join(map(_name_part, steps))]


@lru_cache(maxsize=4096)
def _name_part(step: str) -> str:
    """Encode an IRI, as a CURIE if possible, or a word, without the separator of steps."""
    return quote(shorten(step), safe=":").replace(".", "%2E")


def _subsets(triples: Iterable[Triple], graphs: Mapping[str, int]) -> Iterator[Triple]:
    """Describe each named graph that has a label and is not empty as a subset."""
    for triple in triples:
        name = triple.subject.value if isinstance(triple.subject, NamedNode) else ""
        if graphs.get(name) and triple.predicate == RDFS["label"]:
            subset = _part("graph", name.removeprefix(f"{BASE}graph/"))
            yield Triple(DATASET, VOID["subset"], subset)
            yield Triple(subset, RDF["type"], VOID["Dataset"])
            yield Triple(subset, SD["name"], NamedNode(name))
            yield Triple(subset, DCTERMS["title"], triple.object)
            yield Triple(subset, VOID["triples"], Literal(graphs[name]))


def _linksets(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Describe the links into known external data sets, by data set and property."""
    links = Counter(
        (target.name, triple.predicate)
        for triple in triples
        if isinstance(triple.object, NamedNode)
        for target in EXTERNAL_DATASETS.values()
        if triple.object.value.startswith(target.namespace)
    )
    for (name, predicate), number in links.items():
        linkset, other = _part("links", name, predicate), _part("links", name)
        yield Triple(DATASET, VOID["subset"], linkset)
        yield Triple(linkset, RDF["type"], VOID["Linkset"])
        yield Triple(linkset, VOID["subjectsTarget"], DATASET)
        yield Triple(linkset, VOID["objectsTarget"], other)
        yield Triple(linkset, VOID["linkPredicate"], predicate)
        yield Triple(linkset, VOID["triples"], Literal(number))
        yield Triple(other, RDF["type"], VOID["Dataset"])
        yield Triple(other, DCTERMS["title"], Literal(name))
        yield Triple(other, VOID["uriSpace"], Literal(EXTERNAL_DATASETS[name].namespace))
