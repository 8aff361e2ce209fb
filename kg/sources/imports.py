"""The imports of ontologies: the files that are given for them, and those that nobody has given.

Nothing is loaded from the network.

Source: OWL 2 Structural Specification, section 3.4: an import names an ontology or its version.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF
from kg.sources.rdf_syntaxes import read_rdf_file

IMPORTS: Final = OWL["imports"]
ONTOLOGY: Final = OWL["Ontology"]
VERSION: Final = OWL["versionIRI"]


class Imports:
    """The imports of the statements noted so far, and the ontologies that are there.

    `files` are those given for imports, by the IRIs of the ontologies.
    """

    def __init__(self, files: Mapping[str, Path] | None = None) -> None:
        self._files = files or {}
        self._present = set[str]()
        # In the order in which they are first named.
        self._wanted: dict[str, None] = {}

    def note(self, statements: Iterable[Triple | Quad]) -> None:
        """Note the headers of ontologies among these statements."""
        for each in statements:
            if each.predicate == IMPORTS and isinstance(each.object, NamedNode):
                self._wanted[each.object.value] = None
            elif each.predicate == VERSION and isinstance(each.object, NamedNode):
                self._present.add(each.object.value)
            elif each.predicate == RDF["type"] and each.object == ONTOLOGY:
                self._present.add(str(each.subject).strip("<>"))

    def take_file(self) -> Path | None:
        """Return the file of an import that is not there, which then counts as there; or None."""
        for iri in self._wanted:
            if iri in self._files and iri not in self._present:
                self._present.add(iri)
                return self._files[iri]
        return None

    @property
    def missing(self) -> list[str]:
        """The IRIs of the imports that are not there and have no file, each once."""
        return [each for each in self._wanted if each not in {*self._present, *self._files}]

    def notes(self, remedy: str) -> list[str]:
        """Say of each missing import that it is missing; `{iri}` in the remedy is its IRI."""
        reason = "nothing is loaded from the network; expected"
        return [f"owl:imports <{iri}>: {reason} {remedy.format(iri=iri)}" for iri in self.missing]


def read_with_imports(
    paths: Iterable[Path], files: Mapping[str, Path], known: Iterable[Quad] = ()
) -> tuple[list[Quad], Imports]:
    """Read RDF files, and then those that they or the known quads import, and so on.

    Returns what the files say, and the imports. For the errors see `read_rdf_file`.
    """
    quads, imports = list[Quad](), Imports(files)
    imports.note(known)
    pending = list(paths)
    while path := pending.pop(0) if pending else imports.take_file():
        part = list(read_rdf_file(path))
        imports.note(part)
        quads += part
    return quads, imports
