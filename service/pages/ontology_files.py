"""Read the files of the ontology, rules and links, to be served at addresses of their own."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, RdfFormat, Triple, parse

from kg.errors import MalformedFile
from kg.namespaces import ONTOLOGY, OWL

# The root ontology in these folders is skipped: its address serves the whole ontology.
_FOLDERS: Final = ("", "alignments", "shapes")


@dataclass(frozen=True)
class OntologyFile:
    """A Turtle file: a module, an alignment or shapes; `iri` is the subject of its header."""

    iri: NamedNode
    text: bytes
    triples: tuple[Triple, ...]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return sha256(self.text).hexdigest()


def read_ontology_files(folder: Path) -> dict[str, OntologyFile]:
    """Read the ontology's files, by path below `/ontology/`: `core`, `core/1.0.0`, `shapes/facts`.

    Raises MalformedFile if a file is not Turtle, or has no header.
    """
    files: dict[str, OntologyFile] = {}
    for path in (path for name in _FOLDERS for path in sorted((folder / name).glob("*.ttl"))):
        file = _read_file(path)
        if file.iri != ONTOLOGY:
            files[path.relative_to(folder).with_suffix("").as_posix()] = file
            for triple in file.triples:
                if triple.subject == file.iri and triple.predicate == OWL["versionIRI"]:
                    version = getattr(triple.object, "value", "")
                    files[version.removeprefix(f"{ONTOLOGY.value}/")] = file
    return files


def _read_file(path: Path) -> OntologyFile:
    text = path.read_bytes()
    try:
        # Not by `kg.sources`, which imports rdflib: half a second at every start.
        dataset = Dataset(parse(text, format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise MalformedFile(path, error.lineno or 1, error.offset or 1, error.msg) from error
    # So that the same file gives the same bytes after each start.
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    header = next(dataset.quads_for_object(OWL["Ontology"]), None)
    if header is None or not isinstance(header.subject, NamedNode):
        raise MalformedFile(path, 1, 1, "expected a header, <…> a owl:Ontology")
    iri, triples = header.subject, (quad.triple for quad in dataset)
    header_first = sorted(triples, key=lambda triple: (triple.subject != iri, str(triple)))
    return OntologyFile(iri, text, tuple(header_first))


def read_rules(folder: Path) -> dict[str, str]:
    """Read the rule files of the ontology in this folder: name without extension -> text."""
    paths = sorted((folder / "rules").glob("*.rq"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def read_link_files(folder: Path) -> dict[str, str]:
    """Read the SSSOM files of a folder: file name -> text."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.sssom.tsv"))}
