"""The ontology's files -> documents that can be served at their own addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from kg.errors import MalformedFile
from kg.namespaces import ONTOLOGY, OWL


def read_link_files(folder: Path) -> dict[str, str]:
    """The text of each SSSOM file by its name."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.sssom.tsv"))}


# Not the root: what is served at its address is the whole ontology, from the release.
_FOLDERS: Final = ("", "alignments", "shapes")


@dataclass(frozen=True)
class OntologyFile:
    """One Turtle file: a module, an alignment or shapes; `iri` is that of its header."""

    iri: NamedNode
    text: bytes
    triples: tuple[Triple, ...]

    @cached_property
    def digest(self) -> str:
        """What changes when the file does."""
        return sha256(self.text).hexdigest()


def read_ontology_files(folder: Path) -> dict[str, OntologyFile]:
    """The files by what follows `/ontology/`: `core` and `core/1.0.0`, `shapes/facts`.

    Raises:
        MalformedFile: no Turtle, or without a header.
    """
    found: dict[str, OntologyFile] = {}
    for path in (path for part in _FOLDERS for path in sorted((folder / part).glob("*.ttl"))):
        one = _read(path)
        if one.iri == ONTOLOGY:
            continue
        found[path.relative_to(folder).with_suffix("").as_posix()] = one
        found |= dict.fromkeys(_version_addresses(one), one)
    return found


def read_rules(folder: Path) -> dict[str, str]:
    """The text of each rule file, by name without ending."""
    paths = sorted((folder / "rules").glob("*.rq"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def _read(path: Path) -> OntologyFile:
    text = path.read_bytes()
    try:
        # Not `kg.sources`, which brings rdflib along: half a second at every start.
        dataset = Dataset(parse(text, format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise MalformedFile(path, error.lineno or 1, error.offset or 1, error.msg) from error
    # The same file has to give the same bytes after each start.
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    header = next(dataset.quads_for_object(OWL["Ontology"]), None)
    if header is None or not isinstance(header.subject, NamedNode):
        raise MalformedFile(path, 1, 1, "right would be a header, <…> a owl:Ontology")
    return OntologyFile(header.subject, text, tuple(_sorted(dataset, header)))


def _sorted(dataset: Dataset, header: Quad) -> list[Triple]:
    triples = [quad.triple for quad in dataset]
    return sorted(triples, key=lambda one: (one.subject != header.subject, str(one)))


def _version_addresses(one: OntologyFile) -> Iterator[str]:
    for triple in one.triples:
        if triple.subject == one.iri and triple.predicate == OWL["versionIRI"]:
            version = triple.object.value if isinstance(triple.object, NamedNode) else ""
            yield version.removeprefix(f"{ONTOLOGY.value}/")
