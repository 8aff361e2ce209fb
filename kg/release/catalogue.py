"""Find the releases on the disk, and describe them in a DCAT 3 catalogue.

The catalogue also conforms to DCAT-AP.

Source: https://www.w3.org/TR/vocab-dcat-3/, section 11 for versions; SPDX for checksums.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import BrokenRelease, UnknownName
from kg.namespaces import CATALOGUE, DCAT, DCTERMS, FOAF, RDF, RDFS, SPDX, XSD, is_in
from kg.paths import releases_folder
from kg.release.dumps import DUMPS, Dump
from kg.release.void import DATASET, sort_description, text_triples
from kg.store.release_checks import COPY_OR_BUILD, read_checksums
from kg.store.release_folder import find_release, read_manifest

CATALOGUE_IRI: Final = NamedNode(CATALOGUE.removesuffix("#"))
_SPARQL: Final = CATALOGUE["sparql"]
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
_SPARQL_PROTOCOL: Final = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
# Properties of the data set that the catalogue and each release repeat.
_SHARED_PROPERTIES: Final = tuple(DCTERMS[name] for name in ("creator", "license", "publisher"))
_CATALOGUE_TITLES: Final = {"en": "Catalogue of Glocal", "zh": "Glocal 数据目录"}
_CATALOGUE_DESCRIPTIONS: Final = {
    "en": "The releases of the data set, the files of each, and the endpoint that answers "
    "queries over the one that is served.",
    "zh": "数据集的各次发布、每次发布的文件，以及对当前发布提供查询的端点。",
}
_SERVICE_TITLES: Final = {"en": "Glocal's SPARQL endpoint", "zh": "Glocal 的 SPARQL 端点"}
_CONFORMS_TO: Final = {
    "nanopubs": "https://nanopub.net/guidelines/working_draft/",
    "rdf12": "https://www.w3.org/TR/rdf12-turtle/",
}
_NAME_LENGTH: Final = 16


class DumpFile(NamedTuple):
    """A dump file of a release; `size` is in bytes."""

    dump: Dump
    path: Path
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """The value of a `Repr-Digest` header (RFC 9530)."""
        return f"sha-256=:{b64encode(bytes.fromhex(self.sha256)).decode()}:"


class KeptRelease(NamedTuple):
    """A release on the disk: its version, its content hash, and its dumps by file name."""

    version: str
    hash: str
    files: Mapping[str, DumpFile]

    @property
    def name(self) -> str:
        """The name in addresses and in `releases/`: the beginning of the hash."""
        return self.hash[:_NAME_LENGTH]


def kept_releases(served: Path | None) -> dict[str, KeptRelease]:
    """Return the served release and, if it is in `releases/`, the others there, by name.

    The served release comes first. Without a folder, as for a store in memory, there are none.
    Raises BrokenRelease if the folder of the served release was removed or changed meanwhile.
    """
    if served is None:
        return {}
    kept = [_read_release(served)]
    if served.parent == releases_folder().resolve():
        kept += _kept_beside(served)
    return {release.name: release for release in kept}


def describe_catalogue(
    releases: Sequence[KeptRelease], void: Iterable[Triple], base: str
) -> list[Triple]:
    """Describe the catalogue of the releases, the served one first.

    The VoID description has the statements about the data set and its creators. `base` is the
    address of the service's `/`, with a trailing slash. The catalogue's own triples come first.
    """
    # The description of the data set without its statistics.
    about = [t for t in void if t.subject == DATASET and is_in(t.predicate, DCTERMS, DCAT)]
    agents = {triple.object for triple in about if triple.predicate in _SHARED_PROPERTIES}
    triples = [
        Triple(CATALOGUE_IRI, RDF["type"], DCAT["Catalog"]),
        Triple(CATALOGUE_IRI, FOAF["homepage"], NamedNode(base)),
        Triple(CATALOGUE_IRI, DCAT["dataset"], DATASET),
        Triple(CATALOGUE_IRI, DCAT["service"], _SPARQL),
        *text_triples(CATALOGUE_IRI, DCTERMS["title"], _CATALOGUE_TITLES),
        *text_triples(CATALOGUE_IRI, DCTERMS["description"], _CATALOGUE_DESCRIPTIONS),
        *_repeated(CATALOGUE_IRI, about, _SHARED_PROPERTIES),
        *about,
        *(triple for triple in void if triple.subject in agents),
        Triple(DATASET, RDF["type"], DCAT["Dataset"]),
        *_service(base),
    ]
    for release in releases:
        triples += _release(release, about, base)
    for release in releases[:1]:
        triples += _current(_name(release), base)
    triples += _successions(releases)
    return sort_description(triples, CATALOGUE_IRI)


def _kept_beside(served: Path) -> Iterator[KeptRelease]:
    """Yield the other whole releases in the folder of the one that is served."""
    for path in sorted(served.parent.iterdir()):
        if path == served or path.is_symlink() or not path.is_dir():
            continue
        with suppress(UnknownName, BrokenRelease):
            release = _read_release(find_release(path))
            if release.name == path.name:
                yield release


def _read_release(folder: Path) -> KeptRelease:
    """Return a release with its dumps; raise BrokenRelease if it is no longer whole."""
    manifest, sums = read_manifest(folder), read_checksums(folder)
    files: dict[str, DumpFile] = {}
    for dump in DUMPS.values():
        if dump.file in sums:
            path = folder / dump.file
            try:
                files[dump.file] = DumpFile(dump, path, path.stat().st_size, sums[dump.file])
            except OSError as error:
                reason = f"{dump.file} cannot be read: {error.strerror}"
                raise BrokenRelease(folder, reason, remedy=COPY_OR_BUILD) from error
    return KeptRelease(manifest["version"], manifest["hash"], files)


def _name(release: KeptRelease) -> NamedNode:
    return CATALOGUE[f"release-{release.name}"]


def _repeated(
    subject: NamedNode, about: Iterable[Triple], properties: Collection[NamedNode]
) -> Iterator[Triple]:
    """Yield what is said of the data set with these properties, said of the subject."""
    for triple in about:
        if triple.predicate in properties:
            yield Triple(subject, triple.predicate, triple.object)


def _service(base: str) -> Iterator[Triple]:
    endpoint = NamedNode(f"{base}sparql")
    yield Triple(_SPARQL, RDF["type"], DCAT["DataService"])
    yield from text_triples(_SPARQL, DCTERMS["title"], _SERVICE_TITLES)
    yield Triple(_SPARQL, DCAT["endpointURL"], endpoint)
    # Without a query the endpoint returns its own description, which is RDF. The OpenAPI document
    # is for programs that do not read RDF.
    yield Triple(_SPARQL, DCAT["endpointDescription"], endpoint)
    yield Triple(_SPARQL, DCAT["endpointDescription"], NamedNode(f"{base}openapi.json"))
    yield Triple(_SPARQL, DCTERMS["conformsTo"], _SPARQL_PROTOCOL)
    yield Triple(_SPARQL, RDFS["seeAlso"], NamedNode(f"{base}.well-known/sparql-examples"))


def _current(name: NamedNode, base: str) -> Iterator[Triple]:
    """Describe the served release as the current one, which the endpoint queries."""
    queryable = NamedNode(f"{name.value}.sparql")
    yield Triple(DATASET, DCAT["hasCurrentVersion"], name)
    yield Triple(_SPARQL, DCAT["servesDataset"], name)
    yield Triple(_SPARQL, DCAT["servesDataset"], DATASET)
    for dataset in (name, DATASET):
        yield Triple(dataset, DCAT["distribution"], queryable)
    yield Triple(queryable, RDF["type"], DCAT["Distribution"])
    yield from text_triples(queryable, DCTERMS["title"], _SERVICE_TITLES)
    yield Triple(queryable, DCAT["accessURL"], NamedNode(f"{base}sparql"))
    yield Triple(queryable, DCAT["accessService"], _SPARQL)


def _release(release: KeptRelease, about: Sequence[Triple], base: str) -> Iterator[Triple]:
    name = _name(release)
    yield Triple(DATASET, DCAT["hasVersion"], name)
    yield Triple(CATALOGUE_IRI, DCAT["dataset"], name)
    yield Triple(name, RDF["type"], DCAT["Dataset"])
    yield Triple(name, DCAT["isVersionOf"], DATASET)
    # Semantic Versioning, section 10: the part after the plus does not affect the order.
    yield Triple(name, DCAT["version"], Literal(f"{release.version}+{release.name}"))
    yield Triple(name, DCTERMS["identifier"], Literal(release.hash))
    own = (*_SHARED_PROPERTIES, DCTERMS["title"], DCTERMS["description"])
    yield from _repeated(name, about, own)
    for file in release.files.values():
        url = NamedNode(f"{base}dumps/{release.name}/{file.dump.file}")
        yield from _distribution(name, file, about, url)


def _distribution(
    release: NamedNode, file: DumpFile, about: Iterable[Triple], url: NamedNode
) -> Iterator[Triple]:
    name = NamedNode(f"{release.value}.{file.dump.name}")
    checksum = NamedNode(f"{name.value}.sha256")
    yield Triple(release, DCAT["distribution"], name)
    yield Triple(name, RDF["type"], DCAT["Distribution"])
    yield from text_triples(name, DCTERMS["title"], file.dump.title)
    yield from _repeated(name, about, [DCTERMS["license"]])
    yield Triple(name, DCAT["accessURL"], url)
    yield Triple(name, DCAT["downloadURL"], url)
    yield Triple(name, DCAT["mediaType"], NamedNode(_MEDIA_TYPES + file.dump.media_type))
    yield Triple(name, DCAT["compressFormat"], NamedNode(f"{_MEDIA_TYPES}application/gzip"))
    size = Literal(str(file.size), datatype=XSD["nonNegativeInteger"])
    yield Triple(name, DCAT["byteSize"], size)
    if file.dump.name in _CONFORMS_TO:
        yield Triple(name, DCTERMS["conformsTo"], NamedNode(_CONFORMS_TO[file.dump.name]))
    yield Triple(name, SPDX["checksum"], checksum)
    yield Triple(checksum, RDF["type"], SPDX["Checksum"])
    yield Triple(checksum, SPDX["algorithm"], SPDX["checksumAlgorithm_sha256"])
    yield Triple(checksum, SPDX["checksumValue"], Literal(file.sha256, datatype=XSD["hexBinary"]))


def _successions(releases: Iterable[KeptRelease]) -> Iterator[Triple]:
    """Link releases with consecutive versions; those with the same version have no order."""
    by_version: dict[tuple[int, ...], list[KeptRelease]] = {}
    for release in releases:
        parts = tuple(int(part) for part in release.version.split(".") if part.isdigit())
        by_version.setdefault(parts, []).append(release)
    for earlier, later in pairwise(by_version[version] for version in sorted(by_version)):
        if len(earlier) == len(later) == 1:
            yield Triple(_name(later[0]), DCAT["previousVersion"], _name(earlier[0]))
