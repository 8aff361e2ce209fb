"""What is wrong with a quad -> a finding with file and line."""

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
from kg.sources.lines import key_of, line_of

Subject = NamedNode | BlankNode | Triple
Object = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where, and what would be right; `detail` has lines of its own."""

    path: str
    line: int | None
    message: str
    remedy: str
    rule: str
    detail: str = ""

    @property
    def where(self) -> str:
        """File and line, as far as they are known."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        detail = indent(f"\n{self.detail}", "    ") if self.detail else ""
        return f"{self.where}: {self.message} Right would be: {self.remedy}{detail}"


@dataclass(frozen=True)
class Problem:
    """A finding before its file and line are known: the statement, as far as it can be named."""

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
        """The problem of one statement."""
        graph = quad.graph_name if isinstance(quad.graph_name, NamedNode) else None
        return cls(message, remedy, rule, quad.subject, quad.predicate, quad.object, graph)


def locate(problems: Sequence[Problem], curated: Path, ontology: Path) -> list[Finding]:
    """The problems with file and line, by file, line and message, each once.

    Reads the folders again, file by file: quads do not say where they come from, and a
    folder without findings should not pay for those that have some.
    """
    if not problems:
        return []
    origins = _Origins(_files(curated, ontology))
    found = {_located(problem, origins, ontology) for problem in problems}
    return sorted(found, key=lambda f: (f.path, f.line or 0, f.message, f.rule))


def displayed(path: Path) -> str:
    """The path as a person in the working folder would type it."""
    return relpath(path) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)


def name_of(term: Object) -> str:
    """How a term is called in a message."""
    if isinstance(term, NamedNode):
        return shorten(term.value)
    return "a blank node" if isinstance(term, BlankNode) else str(term)


def _located(problem: Problem, origins: "_Origins", ontology: Path) -> Finding:
    path, line = origins.path_of(problem) or ontology, None
    if path != ontology:
        line = line_of(
            path, problem.subject, problem.predicate, problem.object, graph=_evidence(problem)
        )
    said = problem.message, problem.remedy, problem.rule, problem.detail
    return Finding(displayed(path), line, *said)


def _evidence(problem: Problem) -> NamedNode | None:
    """The graph, where it is written in the file and does not come from the folder."""
    graph = problem.graph
    return None if graph is None or shorten(graph.value).startswith("graph:") else graph


def _files(curated: Path, ontology: Path) -> Iterator[tuple[Path, list[Quad]]]:
    folders = (
        (curated, curated_paths, read_curated_file),
        (ontology, ontology_paths, read_ontology_file),
    )
    for folder, paths, read in folders:
        # Whoever validates quads of his own has no such files.
        with suppress(MalformedInput):
            for path in paths(folder):
                with suppress(MalformedInput):
                    yield path, read(path)


class _Origins:
    """Which file a statement, or the nearest to it, stands in."""

    def __init__(self, files: Iterable[tuple[Path, list[Quad]]]) -> None:
        self._path_of: dict[Hashable, Path] = {}
        for path, quads in files:
            for quad in quads:
                for key in self._keys(quad.subject, quad.predicate, quad.object, quad.graph_name):
                    self._path_of.setdefault(key, path)
                self._path_of.setdefault(key_of_graph(quad), path)

    def path_of(self, problem: Problem) -> Path | None:
        """The first file that holds it, by the most that is known of it."""
        keys = self._keys(problem.subject, problem.predicate, problem.object, problem.graph)
        graphs = (str(problem.graph),), (str(problem.subject),)
        return next((self._path_of[key] for key in (*keys, *graphs) if key in self._path_of), None)

    @staticmethod
    def _keys(
        subject: Subject, predicate: NamedNode | None, object_: Object | None, graph: object
    ) -> Iterator[Hashable]:
        names = key_of(subject), str(predicate), "" if object_ is None else key_of(object_)
        yield (*names, str(graph))
        yield names
        yield names[:2]
        yield names[0]


def key_of_graph(quad: Quad) -> Hashable:
    """What stands for a quad's graph among the keys of origins."""
    return (str(quad.graph_name),)
