"""Read premises and conclusions from files or rdflib graphs, with what they import."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple

from kg.errors import MalformedInput
from kg.namespaces import OWL, RDF
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.sources.files import format_of
from kg.sources.imports import IMPORTS, ONTOLOGY, VERSION, Imports, read_with_imports
from kg.sources.rdf_syntaxes import FORMATS_BY_EXTENSION, parse_rdf, read_rdf_file

_LINES: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
_TYPE: Final = RDF["type"]


class MissingImport(MalformedInput):
    """Imports of ontologies that no file was given for; nothing is loaded from the network."""

    def __init__(self, iris: Sequence[str], source: str) -> None:
        self.iris, self.source = iris, source
        remedy = " ".join(f"--import {iri}=FILE" for iri in iris)
        names = ", ".join(iris)
        super().__init__(
            f"{source} imports {names}, which was not given. Expected: {remedy}, or the file with "
            "--ontology"
        )


class Premise:
    """The triples of all files of a premise, and which file asserts each.

    `assertions` has them as integers; `left_out` in it counts those with triple terms.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self.assertions = Assertions(TermDictionary(), None)
        self._tell = tell
        # The name of each file, and the length of each column when it had been read.
        self._parts: list[tuple[str, dict[int, int]]] = []
        self._places: dict[CodedTriple, str] | None = None

    def read(self, source: object) -> None:
        """Add a file or an rdflib graph; raise MalformedInput if it cannot be read."""
        assertions = self.assertions
        if isinstance(source, Path | str) and _is_lines(Path(source)):
            assertions.read_file(Path(source), self._tell)
        else:
            self._tell(f"reading {name_of(source)}")
            assertions.add(read_source(source))
        lengths = {name: len(columns[0]) for name, columns in assertions.columns.items()}
        self._parts.append((name_of(source), lengths))

    def read_all(self, sources: Iterable[object], imports: Mapping[str, Path]) -> None:
        """Add the sources and all that they import; raise MissingImport or MalformedInput."""
        found, path = Imports(imports), None
        for source in sources:
            self.read(source)
        while True:
            found.note(self.triples([IMPORTS, VERSION]))
            found.note(self.typed(lambda type_: type_ == ONTOLOGY))
            path = found.take_file()
            if path is None:
                break
            self.read(path)
        if found.missing:
            raise MissingImport(found.missing, self._parts[0][0])

    def origin(self, codes: CodedTriple) -> NamedNode:
        """Return the name of the first file that asserts a triple, as a `file:` IRI."""
        if self._places is None:
            self._places = {}
            start: dict[int, int] = {}
            for name, lengths in self._parts:
                for predicate, end in lengths.items():
                    subjects, objects = self.assertions.columns.get(predicate, ([], []))
                    for index in range(start.get(predicate, 0), min(end, len(subjects))):
                        key = subjects[index], predicate, objects[index]
                        self._places.setdefault(key, name)
                start = lengths
        return NamedNode(f"file:{self._places.get(codes, 'axiomatic').replace(' ', '%20')}")

    def triples(
        self, predicates: Iterable[NamedNode], *, about: Callable[[int], bool] = lambda _: True
    ) -> Iterator[Triple]:
        """Yield the triples with these predicates, and with subjects that are wanted."""
        vocabulary = self.assertions.vocabulary
        for predicate in predicates:
            code = vocabulary.encode(predicate)
            for pair in zip(*self.assertions.columns.get(code, ((), ())), strict=True):
                if about(pair[0]):
                    yield vocabulary.decode_triple((pair[0], code, pair[1]))

    def typed(self, is_wanted: Callable[[object], bool]) -> Iterator[Triple]:
        """Yield the triples that give something one of the types that are wanted."""
        vocabulary = self.assertions.vocabulary
        code = vocabulary.encode(_TYPE)
        subjects, objects = self.assertions.columns.get(code, ([], []))
        wanted = {each for each in set(objects) if is_wanted(vocabulary.decode(each))}
        for subject, object_ in zip(subjects, objects, strict=True):
            if object_ in wanted:
                yield vocabulary.decode_triple((subject, code, object_))


def read_conclusion(source: object, imports: Mapping[str, Path]) -> list[Triple]:
    """Return the triples of a conclusion and all that it imports, without ontology headers.

    Raises MissingImport, or MalformedInput if a file cannot be read or has a triple as a term.
    """
    quads = list(read_source(source))
    others, found = read_with_imports([], imports, quads)
    if found.missing:
        raise MissingImport(found.missing, name_of(source))
    quads += others
    triples = list(dict.fromkeys(quad.triple for quad in quads))
    for triple in triples:
        if isinstance(triple.subject, Triple) or isinstance(triple.object, Triple):
            reason = "a triple with a triple as a term, which entailment does not support"
            raise MalformedInput(f"{name_of(source)}: {reason}")
    headers = {each.subject for each in triples if each.object == ONTOLOGY}
    parts_of_headers = {IMPORTS, VERSION, OWL["priorVersion"]}
    return [
        triple
        for triple in triples
        if triple.subject not in headers
        or (triple.object != ONTOLOGY and triple.predicate not in parts_of_headers)
    ]


def read_source(source: object) -> Iterator[Quad]:
    """Yield the quads of a file in any syntax of RDF, or of an rdflib graph."""
    if isinstance(source, Path | str):
        yield from read_rdf_file(Path(source))
        return
    serialize: Callable[..., bytes] | None = getattr(source, "serialize", None)
    if serialize is None:
        raise MalformedInput(f"Expected a path or an rdflib.Graph, got {type(source).__name__}")
    text = serialize(format="nt", encoding="utf-8")
    yield from parse_rdf(text, RdfFormat.N_TRIPLES, "urn:glocal:graph")


def name_of(source: object) -> str:
    """Return the path of a file as it was given; a graph in memory is called "graph"."""
    return str(source) if isinstance(source, Path | str) else "graph"


def _is_lines(path: Path) -> bool:
    return format_of(path, FORMATS_BY_EXTENSION) in _LINES
