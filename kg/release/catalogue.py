"""The releases that lie in a folder, and the files of each that are given out whole.

Releases -> a catalogue in DCAT 3, with what DCAT-AP demands.

Source: https://www.w3.org/TR/vocab-dcat-3/, section 11 for versions; checksums as SPDX has them.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import BrokenRelease, UnknownName
from kg.namespaces import CATALOGUE, DCAT, DCTERMS, FOAF, RDF, RDFS, SPDX, XSD
from kg.paths import releases
from kg.release.dumps import DUMPS, Dump
from kg.release.void import DATASET
from kg.store.release_folder import SUMS_FILE, find, manifest_of

_SHORT: Final = 16


@dataclass(frozen=True)
class DumpFile:
    """A dump of a release as it lies on the disk; its size is in bytes."""

    dump: Dump
    path: Path
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """As in a `Repr-Digest` header (RFC 9530)."""
        return f"sha-256=:{b64encode(bytes.fromhex(self.sha256)).decode()}:"


@dataclass(frozen=True)
class KeptRelease:
    """A release on the disk: its version, its content hash, its dumps by file name."""

    version: str
    hash: str
    files: Mapping[str, DumpFile]

    @property
    def name(self) -> str:
        """What it is called in addresses: the beginning of its hash, as in `releases/`."""
        return self.hash[:_SHORT]


def kept_releases(served: Path | None) -> dict[str, KeptRelease]:
    """The release in this folder, then those beside it if it is one of `releases/`; by name.

    Without a folder there is none.
    """
    if served is None:
        return {}
    found = [_kept(served)]
    if served.parent == releases().resolve():
        beside = sorted(path for path in served.parent.iterdir() if not path.is_symlink())
        found += [_kept(path) for path in beside if _is_release(path) and path != served]
    return {one.name: one for one in found}


def _is_release(path: Path) -> bool:
    try:
        return path.is_dir() and manifest_of(find(path)).get("hash", "")[:_SHORT] == path.name
    except (UnknownName, BrokenRelease, OSError):
        return False


def _kept(folder: Path) -> KeptRelease:
    manifest, sums = manifest_of(folder), _sums(folder)
    paths = [(dump, folder / dump.file) for dump in DUMPS.values()]
    files = {dump.file: _file(dump, path, sums) for dump, path in paths if path.exists()}
    return KeptRelease(str(manifest["version"]), str(manifest["hash"]), files)


def _file(dump: Dump, path: Path, sums: Mapping[str, str]) -> DumpFile:
    about = path.stat()
    sha256 = sums.get(path.name) or _sha256(path, about.st_size, about.st_mtime_ns)
    return DumpFile(dump, path, about.st_size, sha256)


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS_FILE
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


# A file of a release never changes; one of another build in its place has another time.
@lru_cache(maxsize=256)
def _sha256(path: Path, _size: int, _time: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


CATALOGUE_DOCUMENT: Final = NamedNode(CATALOGUE.removesuffix("#"))
_SPARQL: Final = CATALOGUE["sparql"]
_MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"
_PROTOCOL: Final = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
# What is said of the data set and holds of the catalogue and of each release too.
_SHARED: Final = tuple(DCTERMS[name] for name in ("creator", "license", "publisher"))
_CATALOGUE: Final = {
    "title": {"en": "Catalogue of Glocal", "zh": "Glocal 数据目录"},
    "description": {
        "en": "The releases of the data set, the files of each, and the endpoint that answers "
        "queries over the one that is served.",
        "zh": "数据集的各次发布、每次发布的文件，以及对当前发布提供查询的端点。",
    },
}
_SERVICE: Final = {"en": "Glocal's SPARQL endpoint", "zh": "Glocal 的 SPARQL 端点"}
_CONFORMS: Final = {
    "nanopubs": "https://nanopub.net/guidelines/working_draft/",
    "rdf12": "https://www.w3.org/TR/rdf12-turtle/",
}


def describe_catalogue(
    releases: Sequence[KeptRelease], said: Iterable[Triple], base: str
) -> list[Triple]:
    """The catalogue, sorted; names are the project's, addresses those of the service.

    Args:
        releases: the served one first.
        said: of the data set and who made it, as VoID has it.
        base: the address of `/` of the service, with a slash at its end.
    """
    about = [one for one in said if one.subject == DATASET and _is_plain(one)]
    agents = {one.object for one in about if one.predicate in _SHARED}
    found = [
        Triple(CATALOGUE_DOCUMENT, RDF["type"], DCAT["Catalog"]),
        Triple(CATALOGUE_DOCUMENT, FOAF["homepage"], NamedNode(base)),
        Triple(CATALOGUE_DOCUMENT, DCAT["dataset"], DATASET),
        Triple(CATALOGUE_DOCUMENT, DCAT["service"], _SPARQL),
        *(triple for name, text in _CATALOGUE.items() for triple in _texts(name, text)),
        *_shared(CATALOGUE_DOCUMENT, about),
        *about,
        *(one for one in said if one.subject in agents),
        Triple(DATASET, RDF["type"], DCAT["Dataset"]),
        *_service(base),
    ]
    for release in releases:
        found += _release(release, about, base)
    for release in releases[:1]:
        found += _current(_name(release), base)
    for earlier, later in _successions(releases):
        found.append(Triple(_name(later), DCAT["previousVersion"], _name(earlier)))
    return sorted(set(found), key=lambda one: (one.subject != CATALOGUE_DOCUMENT, str(one)))


def _is_plain(one: Triple) -> bool:
    """Whether it is no statistics."""
    return one.predicate.value.startswith((DCTERMS, DCAT))


def _name(release: KeptRelease) -> NamedNode:
    return CATALOGUE[f"release-{release.name}"]


def _shared(subject: NamedNode, about: Iterable[Triple]) -> Iterator[Triple]:
    for one in about:
        if one.predicate in _SHARED:
            yield Triple(subject, one.predicate, one.object)


def _texts(name: str, text: Mapping[str, str]) -> Iterator[Triple]:
    for language, value in text.items():
        yield Triple(CATALOGUE_DOCUMENT, DCTERMS[name], Literal(value, language=language))


def _service(base: str) -> Iterator[Triple]:
    endpoint = NamedNode(f"{base}sparql")
    yield Triple(_SPARQL, RDF["type"], DCAT["DataService"])
    for language, title in _SERVICE.items():
        yield Triple(_SPARQL, DCTERMS["title"], Literal(title, language=language))
    yield Triple(_SPARQL, DCAT["endpointURL"], endpoint)
    # Without a query the endpoint describes itself; programs that speak no RDF read OpenAPI.
    yield Triple(_SPARQL, DCAT["endpointDescription"], endpoint)
    yield Triple(_SPARQL, DCAT["endpointDescription"], NamedNode(f"{base}openapi.json"))
    yield Triple(_SPARQL, DCTERMS["conformsTo"], _PROTOCOL)
    yield Triple(_SPARQL, RDFS["seeAlso"], NamedNode(f"{base}.well-known/sparql-examples"))


def _current(name: NamedNode, base: str) -> Iterator[Triple]:
    """What is there of the served release alone: it can be asked."""
    asked = NamedNode(f"{name.value}.sparql")
    yield Triple(DATASET, DCAT["hasCurrentVersion"], name)
    yield Triple(_SPARQL, DCAT["servesDataset"], name)
    yield Triple(_SPARQL, DCAT["servesDataset"], DATASET)
    for dataset in (name, DATASET):
        yield Triple(dataset, DCAT["distribution"], asked)
    yield Triple(asked, RDF["type"], DCAT["Distribution"])
    for language, title in _SERVICE.items():
        yield Triple(asked, DCTERMS["title"], Literal(title, language=language))
    yield Triple(asked, DCAT["accessURL"], NamedNode(f"{base}sparql"))
    yield Triple(asked, DCAT["accessService"], _SPARQL)


def _release(release: KeptRelease, about: Sequence[Triple], base: str) -> Iterator[Triple]:
    name = _name(release)
    yield Triple(DATASET, DCAT["hasVersion"], name)
    yield Triple(CATALOGUE_DOCUMENT, DCAT["dataset"], name)
    yield Triple(name, RDF["type"], DCAT["Dataset"])
    yield Triple(name, DCAT["isVersionOf"], DATASET)
    # As in Semantic Versioning, section 10: what stands after the plus does not order.
    yield Triple(name, DCAT["version"], Literal(f"{release.version}+{release.name}"))
    yield Triple(name, DCTERMS["identifier"], Literal(release.hash))
    yield from _shared(name, about)
    for one in about:
        if one.predicate in (DCTERMS["title"], DCTERMS["description"]):
            yield Triple(name, one.predicate, one.object)
    for file in release.files.values():
        yield from _distribution(name, file, f"{base}dumps/{release.name}/{file.dump.file}")
        for one in about:
            if one.predicate == DCTERMS["license"]:
                yield Triple(_part(name, file), one.predicate, one.object)


def _part(release: NamedNode, file: DumpFile) -> NamedNode:
    return NamedNode(f"{release.value}.{file.dump.name}")


def _distribution(release: NamedNode, file: DumpFile, address: str) -> Iterator[Triple]:
    name, url = _part(release, file), NamedNode(address)
    checksum = NamedNode(f"{name.value}.sha256")
    yield Triple(release, DCAT["distribution"], name)
    yield Triple(name, RDF["type"], DCAT["Distribution"])
    for language, title in file.dump.title.items():
        yield Triple(name, DCTERMS["title"], Literal(title, language=language))
    yield Triple(name, DCAT["accessURL"], url)
    yield Triple(name, DCAT["downloadURL"], url)
    yield Triple(name, DCAT["mediaType"], NamedNode(_MEDIA_TYPE + file.dump.media_type))
    yield Triple(name, DCAT["compressFormat"], NamedNode(f"{_MEDIA_TYPE}application/gzip"))
    size = Literal(str(file.size), datatype=XSD["nonNegativeInteger"])
    yield Triple(name, DCAT["byteSize"], size)
    if file.dump.name in _CONFORMS:
        yield Triple(name, DCTERMS["conformsTo"], NamedNode(_CONFORMS[file.dump.name]))
    yield Triple(name, SPDX["checksum"], checksum)
    yield Triple(checksum, RDF["type"], SPDX["Checksum"])
    yield Triple(checksum, SPDX["algorithm"], SPDX["checksumAlgorithm_sha256"])
    value = Literal(file.sha256, datatype=XSD["hexBinary"])
    yield Triple(checksum, SPDX["checksumValue"], value)


def _successions(
    releases: Sequence[KeptRelease],
) -> Iterator[tuple[KeptRelease, KeptRelease]]:
    """Pairs of releases that follow one another by their versions.

    Two of one version have no order: a release says no time.
    """
    by_version: dict[tuple[int, ...], list[KeptRelease]] = {}
    for release in releases:
        parts = tuple(int(part) for part in release.version.split(".") if part.isdigit())
        by_version.setdefault(parts, []).append(release)
    ordered = sorted(by_version)
    for before, after in pairwise(ordered):
        if len(by_version[before]) == len(by_version[after]) == 1:
            yield by_version[before][0], by_version[after][0]
