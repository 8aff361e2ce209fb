"""Problems with quads, and the findings that report them with file and line."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from textwrap import indent
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad

from kg.content import Content
from kg.errors import MalformedInput
from kg.namespaces import GRAPH, is_in, shorten
from kg.sources.folders import curated_paths, ontology_paths, read_curated_file, read_ontology_file
from kg.sources.lines import find_line, term_key
from kg.validation.hierarchy import Object, Subject

_LANGUAGE_NAMES: Final = {"en": "English", "zh": "Chinese"}


@dataclass(frozen=True)
class Finding:
    """An error in a file; `detail` is printed below the message, on lines of its own."""

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
    """An error in a statement, or the parts that are not None, in a file not known yet."""

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
        """Return a problem with the whole statement."""
        graph = quad.graph_name if isinstance(quad.graph_name, NamedNode) else None
        return cls(message, remedy, rule, quad.subject, quad.predicate, quad.object, graph)


def to_findings(problems: Sequence[Problem], content: Content) -> list[Finding]:
    """Return the problems as findings without duplicates, sorted by file, line and message.

    Quads have no record of their files, so this reads the content again. A finding whose file
    cannot be determined names the ontology folder.
    """
    if not problems:
        return []
    files: dict[Hashable, Path] = {}
    for path, quads in _read_files(content):
        for quad in quads:
            for key in _keys(quad.subject, quad.predicate, quad.object, quad.graph_name):
                files.setdefault(key, path)
    findings = {_locate(problem, files, content.ontology) for problem in problems}
    return sorted(findings, key=lambda f: (f.path, f.line or 0, f.message, f.rule))


def display_path(path: Path) -> str:
    """Return the path relative to the working folder, if it is inside it."""
    return relpath(path) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)


def format_term(term: Object) -> str:
    """Return the text that stands for a term in messages: for an IRI, its CURIE."""
    if isinstance(term, NamedNode):
        return shorten(term.value)
    return "a blank node" if isinstance(term, BlankNode) else abridge(str(term))


def abridge(text: str) -> str:
    """Return a text with at most 80 characters, for messages."""
    return text if len(text) <= 80 else f"{text[:79]}…"


def format_alternatives(terms: Sequence[Object]) -> str:
    """Return the terms as `a, b or c`."""
    *others, last = map(format_term, terms)
    return f"{', '.join(others)} or {last}" if others else last


def in_each(thing: str, predicate: str, languages: Sequence[str]) -> tuple[str, str]:
    """Return the texts that ask for one thing in each language: in words, and in Turtle."""
    names = " and one ".join(f"in {language_name(language)}" for language in languages)
    tags = " and one ".join(f"@{language}" for language in languages)
    return f"one {thing} {names}", f"one {predicate} {tags}"


def language_name(language: str) -> str:
    """Return the English name of a language."""
    return _LANGUAGE_NAMES.get(language, language)


def _read_files(content: Content) -> Iterator[tuple[Path, list[Quad]]]:
    # A folder may be missing: quads can be validated without any files.
    with suppress(MalformedInput):
        for path in curated_paths(content):
            with suppress(MalformedInput):
                yield path, read_curated_file(path, content)
    with suppress(MalformedInput):
        for path in ontology_paths(content.ontology):
            with suppress(MalformedInput):
                yield path, read_ontology_file(path)


def _keys(
    subject: Subject, predicate: NamedNode | None, object_: Object | None, graph: object
) -> Iterator[Hashable]:
    """Yield the keys under which a statement's file is found, from the most specific one."""
    names = term_key(subject), str(predicate), "" if object_ is None else term_key(object_)
    yield from ((*names, str(graph)), names, names[:2], names[0], (str(graph),))


def _locate(problem: Problem, files: dict[Hashable, Path], ontology: Path) -> Finding:
    graph, terms = problem.graph, (problem.subject, problem.predicate, problem.object)
    # The subject is tried as a graph too: a problem may be about a whole evidence graph.
    keys = (*_keys(*terms, graph), (str(problem.subject),))
    path = next((files[key] for key in keys if key in files), None)
    # The file itself names only evidence graphs; other graphs are assigned by folder.
    named = None if is_in(graph, GRAPH) else graph
    line = None if path is None else find_line(path, *terms, graph=named)
    texts = (problem.message, problem.remedy, problem.rule, problem.detail)
    return Finding(display_path(path or ontology), line, *texts)
