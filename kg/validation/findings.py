"""Problems with quads, and the findings that report them with file and line."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from textwrap import indent

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import MalformedInput
from kg.namespaces import shorten
from kg.sources.folders import curated_paths, ontology_paths, read_curated_file, read_ontology_file
from kg.sources.lines import find_line, term_key

Subject = NamedNode | BlankNode | Triple
Object = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True)
class Finding:
    """An error in a file: where it is, what is wrong, and what was expected.

    `detail` is printed below the message, on lines of its own.
    """

    path: str
    line: int | None
    message: str
    expected: str
    rule: str
    detail: str = ""

    @property
    def place(self) -> str:
        """The file, and the line if it is known."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        detail = indent(f"\n{self.detail}", "    ") if self.detail else ""
        return f"{self.place}: {self.message} Expected: {self.expected}{detail}"


@dataclass(frozen=True)
class Problem:
    """An error in a statement whose file and line are not known yet.

    Parts of the statement that the error does not concern are None.
    """

    message: str
    remedy: str
    rule: str
    subject: Subject
    predicate: NamedNode | None = None
    object: Object | None = None
    graph: NamedNode | None = None
    detail: str = ""

    @classmethod
    def of_quad(cls, quad: Quad, message: str, remedy: str, rule: str) -> "Problem":
        """Return a problem with this whole statement."""
        graph = quad.graph_name if isinstance(quad.graph_name, NamedNode) else None
        return cls(message, remedy, rule, quad.subject, quad.predicate, quad.object, graph)


def to_findings(problems: Sequence[Problem], curated: Path, ontology: Path) -> list[Finding]:
    """Return the problems as findings without duplicates, sorted by file, line and message.

    Quads do not record which file they come from, so this reads the folders again. It does so
    only if there are problems, so that valid folders are read once.
    """
    if not problems:
        return []
    origins = _Origins(_read_files(curated, ontology))
    findings = {_locate(problem, origins, ontology) for problem in problems}
    return sorted(findings, key=lambda f: (f.path, f.line or 0, f.message, f.rule))


def display_path(path: Path) -> str:
    """Return the path relative to the working folder, if it is inside it."""
    return relpath(path) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)


def format_term(term: Object) -> str:
    """Return the text that stands for a term in messages: for an IRI, its CURIE."""
    if isinstance(term, NamedNode):
        return shorten(term.value)
    return "a blank node" if isinstance(term, BlankNode) else str(term)


def _locate(problem: Problem, origins: "_Origins", ontology: Path) -> Finding:
    path, line = origins.path_of(problem) or ontology, None
    if path != ontology:
        line = find_line(
            path, problem.subject, problem.predicate, problem.object, graph=_graph_in_file(problem)
        )
    return Finding(
        display_path(path), line, problem.message, problem.remedy, problem.rule, problem.detail
    )


def _graph_in_file(problem: Problem) -> NamedNode | None:
    """Return the graph if the file itself names it; other graphs are assigned by folder."""
    graph = problem.graph
    return None if graph is None or shorten(graph.value).startswith("graph:") else graph


def _read_files(curated: Path, ontology: Path) -> Iterator[tuple[Path, list[Quad]]]:
    folders = (
        (curated, curated_paths, read_curated_file),
        (ontology, ontology_paths, read_ontology_file),
    )
    for folder, paths, read in folders:
        # The folder may be missing: quads can be validated without any files.
        with suppress(MalformedInput):
            for path in paths(folder):
                with suppress(MalformedInput):
                    yield path, read(path)


class _Origins:
    """Finds the file that contains a statement, or else the closest match to it."""

    def __init__(self, files: Iterable[tuple[Path, list[Quad]]]) -> None:
        self._path_of: dict[Hashable, Path] = {}
        for path, quads in files:
            for quad in quads:
                for key in self._keys(quad.subject, quad.predicate, quad.object, quad.graph_name):
                    self._path_of.setdefault(key, path)
                self._path_of.setdefault(graph_key(quad), path)

    def path_of(self, problem: Problem) -> Path | None:
        """Return the first file that matches the problem, trying the most specific key first."""
        keys = self._keys(problem.subject, problem.predicate, problem.object, problem.graph)
        # The subject is tried as a graph too: a problem may be about a whole evidence graph.
        graph_keys = (str(problem.graph),), (str(problem.subject),)
        return next(
            (self._path_of[key] for key in (*keys, *graph_keys) if key in self._path_of), None
        )

    @staticmethod
    def _keys(
        subject: Subject, predicate: NamedNode | None, object_: Object | None, graph: object
    ) -> Iterator[Hashable]:
        names = term_key(subject), str(predicate), "" if object_ is None else term_key(object_)
        yield (*names, str(graph))
        yield names
        yield names[:2]
        yield names[0]


def graph_key(quad: Quad) -> Hashable:
    """Return the key of a quad's graph in `_Origins`."""
    return (str(quad.graph_name),)
