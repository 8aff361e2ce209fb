"""Statistics of a release -> its description in VoID.

dataset.ttl of a curated folder -> what the data set as a whole is called, and by whom.
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
from kg.identifiers import TARGETS
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
    XSD,
    shorten,
)
from kg.release.statistics import Ends, Statistics, Use, count
from kg.sources.files import read_file
from kg.store.quad_store import Store
from kg.store.release_folder import VOID_FILE

DATASET: Final = ABOUT["dataset"]
DOCUMENT: Final = NamedNode(f"{BASE}void")
_EXAMPLES: Final = 3
_MOST_COUNTED: Final = 500_000


def describe(
    triples: Sequence[Triple],
    graphs: Mapping[str, int],
    said: Iterable[Triple] = (),
) -> list[Triple]:
    """The VoID description of a default graph and of the graphs beside it, sorted.

    The numbers are those of the default graph. Of what the description itself says nothing is
    counted: it stands beside the release, not in it.

    Args:
        triples: the default graph.
        graphs: triples by graph; `default` is passed over.
        said: of the data set as a whole, as `kg.release.void` reads it.
    """
    counted = count(triples)
    found = [
        *_header(),
        *said,
        *_totals(counted),
        *_examples(triples),
        *_vocabularies(counted),
        *_partitions(counted),
        *_subsets(triples, graphs),
        *_linksets(triples),
    ]
    return sorted(set(found), key=_order)


def _header() -> list[Triple]:
    return [
        Triple(DOCUMENT, RDF["type"], VOID["DatasetDescription"]),
        Triple(DOCUMENT, FOAF["primaryTopic"], DATASET),
        Triple(DATASET, RDF["type"], VOID["Dataset"]),
        Triple(DATASET, VOID["uriSpace"], Literal(BASE)),
    ]


def _order(triple: Triple) -> tuple[bool, bool, str]:
    return triple.subject != DOCUMENT, triple.subject != DATASET, str(triple)


def _number(number: int) -> Literal:
    return Literal(str(number), datatype=XSD["integer"])


def _totals(counted: Statistics) -> Iterator[Triple]:
    totals = {
        "triples": counted.triples,
        "entities": counted.typed,
        "distinctSubjects": counted.subjects,
        "distinctObjects": counted.objects,
        "properties": len(counted.properties),
        "classes": len(counted.instances),
    }
    for name, number in totals.items():
        yield Triple(DATASET, VOID[name], _number(number))


def _examples(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Those entities of which most is said; among equals the first by name."""
    said = Counter(
        one.subject.value
        for one in triples
        if isinstance(one.subject, NamedNode) and one.subject.value.startswith(ID)
    )
    for name in sorted(said, key=lambda name: (-said[name], name))[:_EXAMPLES]:
        yield Triple(DATASET, VOID["exampleResource"], NamedNode(name))


def _vocabularies(counted: Statistics) -> Iterator[Triple]:
    names = {name.value for name in (*counted.properties, *counted.instances)}
    spaces = {name[: max(name.rfind("/"), name.rfind("#")) + 1] for name in names}
    for space in sorted(spaces - {""}):
        yield Triple(DATASET, VOID["vocabulary"], NamedNode(space))


def _partitions(counted: Statistics) -> Iterator[Triple]:
    for name, number in counted.instances.items():
        part = _part("class", name)
        yield Triple(DATASET, VOID["classPartition"], part)
        yield Triple(part, VOID["class"], name)
        yield Triple(part, VOID["entities"], _number(number))
        for used, use in counted.within[name].items():
            yield from _use(part, _part("class", name, used), used, use)
            yield from _ranges(_part("class", name, used), (name, used), use)
    for used, ends in counted.properties.items():
        part = _part("property", used)
        yield from _use(DATASET, part, used, ends)
        yield Triple(part, VOID["distinctSubjects"], _number(len(ends.subjects)))
        yield Triple(part, VOID["distinctObjects"], _number(len(ends.objects)))


def _use(whole: NamedNode, part: NamedNode, name: NamedNode, use: Use | Ends) -> Iterator[Triple]:
    yield Triple(whole, VOID["propertyPartition"], part)
    yield Triple(part, VOID["property"], name)
    yield Triple(part, VOID["triples"], _number(use.triples))


def _ranges(part: NamedNode, path: tuple[NamedNode, ...], use: Use) -> Iterator[Triple]:
    """What kinds of object there are, without numbers: these would be most of the document."""
    for name in use.classes:
        of_class = _part("class", *path, name)
        yield Triple(part, VOID["classPartition"], of_class)
        yield Triple(of_class, VOID["class"], name)
    for name in use.datatypes:
        of_datatype = _part("class", *path, name)
        yield Triple(part, VOID_EXT["datatypePartition"], of_datatype)
        yield Triple(of_datatype, VOID_EXT["datatype"], name)


def _part(*path: str | NamedNode) -> NamedNode:
    """The name of a partition: what it is taken by, one after the other."""
    return ABOUT[".".join(_in_name(one if isinstance(one, str) else one.value) for one in path)]


@lru_cache(maxsize=4096)
def _in_name(one: str) -> str:
    """An IRI, as short as can be, or a word, without what would part it from the next."""
    return quote(shorten(one), safe=":").replace(".", "%2E")


def _subsets(triples: Iterable[Triple], graphs: Mapping[str, int]) -> Iterator[Triple]:
    """The named graphs that have a meaning of their own and hold something, as subsets."""
    for one in triples:
        name = one.subject.value if isinstance(one.subject, NamedNode) else ""
        if graphs.get(name) and one.predicate == RDFS["label"]:
            subset = _part("graph", name.removeprefix(f"{BASE}graph/"))
            yield Triple(DATASET, VOID["subset"], subset)
            yield Triple(subset, RDF["type"], VOID["Dataset"])
            yield Triple(subset, SD["name"], NamedNode(name))
            yield Triple(subset, DCTERMS["title"], one.object)
            yield Triple(subset, VOID["triples"], _number(graphs[name]))


def _linksets(triples: Iterable[Triple]) -> Iterator[Triple]:
    """What leads into a known data set, by that and by property: matches, and sources too."""
    links = Counter(
        (target.name, one.predicate)
        for one in triples
        if isinstance(one.object, NamedNode)
        for target in TARGETS.values()
        if one.object.value.startswith(target.space)
    )
    for (name, predicate), number in links.items():
        linkset, other = _part("links", name, predicate), _part("links", name)
        yield Triple(DATASET, VOID["subset"], linkset)
        yield Triple(linkset, RDF["type"], VOID["Linkset"])
        yield Triple(linkset, VOID["subjectsTarget"], DATASET)
        yield Triple(linkset, VOID["objectsTarget"], other)
        yield Triple(linkset, VOID["linkPredicate"], predicate)
        yield Triple(linkset, VOID["triples"], _number(number))
        yield Triple(other, RDF["type"], VOID["Dataset"])
        yield Triple(other, DCTERMS["title"], Literal(name))
        yield Triple(other, VOID["uriSpace"], Literal(TARGETS[name].space))


def void_of(store: Store) -> list[Triple]:
    """The VoID description of what a store holds: that of its release, or made now.

    Of a large store without a release nothing is counted, as it would take minutes.
    """
    path = store.folder / VOID_FILE if store.folder else None
    if path is not None and path.exists():
        return [quad.triple for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE)]
    triples = list(islice(store.matching(), _MOST_COUNTED + 1))
    if len(triples) > _MOST_COUNTED:
        return sorted(_header(), key=_order)
    return describe(triples, store.release.get("counts", {}).get("graphs", {}))


_NEEDED: Final = ("title", "description")


def read_dataset(path: Path) -> list[Triple]:
    """What the file of a curated folder says of the data set as a whole.

    Raises:
        MalformedFile: no Turtle, or a title, a description or the licence is missing.
        MalformedInput: it cannot be opened.
    """
    triples = [quad.triple for quad in read_file(path)]
    for name in _NEEDED:
        languages = sorted(
            str(one.object.language)
            for one in triples
            if one.subject == DATASET
            and one.predicate == DCTERMS[name]
            and isinstance(one.object, Literal)
        )
        if languages != ["en", "zh"]:
            remedy = f"<{DATASET.value}> with one dcterms:{name} in @en and one in @zh"
            raise MalformedFile(path, 1, 1, f"the data set has no such {name}", remedy=remedy)
    if not any(one.predicate == DCTERMS["license"] for one in triples):
        remedy = "its dcterms:license"
        raise MalformedFile(path, 1, 1, "the data set has no licence", remedy=remedy)
    return triples
