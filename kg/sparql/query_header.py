"""The header of a saved query: what its first comment lines say of it, in each language.

    # question (en): Who is a member of this network?
    # parameter (en): ?network, a network of cities
    # example: ?network, id:C40
    # view: paper
    # answer (en): one row per member
    # columns (en): ?network network, ?member member

A text continues on the next lines, up to the next key. A world stands like a view.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from kg.content import english
from kg.errors import MalformedFile
from kg.namespaces import PREFIXES
from kg.statuses import VIEWS

# Parameters of every saved query over HTTP, so that none of its own can have these names.
RESERVED_PARAMETERS: Final = (
    *("format", "entailment", "view", "world", "limit", "offset"),
    *("lang", "cells", "show"),
)
_TRANSLATED: Final = ("question", "parameter", "answer", "columns")
_LINE: Final = re.compile(
    rf"(?:({'|'.join(_TRANSLATED)}) \(([A-Za-z-]+)\)|(view|world|example)):\s*(.+)"
)
_KEYS: Final = (*_TRANSLATED, "view", "world", "example")
_PARAMETER: Final = re.compile(r"\?(\w+),\s*(.+)")
_COLUMN: Final = re.compile(r"\?(\w+)\s+([^?]+?)\s*[,，]?\s*(?=\?|$)")


@dataclass(frozen=True)
class Parameter:
    """A value that a saved query takes: what it has to be, by language, and an example.

    The example is written as in the query: a CURIE where the value is a thing.
    """

    texts: Mapping[str, str]
    example: str

    @property
    def is_thing(self) -> bool:
        """Whether the value is an IRI, for which people may enter any name of the thing."""
        prefix, colon, _ = self.example.partition(":")
        return bool(colon) and prefix in PREFIXES

    @property
    def expected(self) -> str:
        """The expected value, described in English for programs and messages; see `parse_term`."""
        text = english(self.texts)
        return f"the IRI of {text}" if self.is_thing else text


@dataclass(frozen=True, kw_only=True)
class QueryHeader:
    """The header of a saved query: texts by language, parameters and columns by name.

    The question is meant for this view, and in this world if there is one.
    """

    questions: Mapping[str, str]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    view: str = "paper"
    world: str = ""

    @property
    def question(self) -> str:
        """The question in English, or else in the first of its languages."""
        return english(self.questions)

    @property
    def answer(self) -> str:
        """The description of a row of the answer, in English, or else in its first language."""
        return english(self.answers)

    def headings(self, language: str) -> Mapping[str, str]:
        """Return the headings of the columns by variable, in English if there are no others."""
        return self.columns.get(language) or self.columns.get("en", {})


class _Entry(NamedTuple):
    """A key of a header with its value, and the language and line where it stands."""

    key: str
    language: str
    value: str
    line: int


def read_header(path: Path, text: str, languages: Sequence[str]) -> QueryHeader:
    """Read the header of a query from its file; raise MalformedFile, with the line.

    Only the question has to stand in each of the languages; `glocal check` finds what else does
    not.
    """
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    columns: dict[str, dict[str, str]] = {}
    parameters: defaultdict[str, dict[str, str]] = defaultdict(dict)
    examples: dict[str, str] = {}
    lines: dict[str, int] = {}
    for key, language, value, line in _read_entries(path, text):
        lines.setdefault(key, line)
        if key == "columns":
            columns[language] = dict(_COLUMN.findall(value))
        elif key in ("parameter", "example"):
            name, said = _split_parameter(path, line, key, value)
            lines.setdefault(f"?{name}", line)
            if key == "example":
                examples[name] = said
            else:
                parameters[name][language] = said
        else:
            texts[key][language] = value
    _require_examples(path, lines, parameters, examples)
    _require_keys(path, texts, languages)
    view = texts["view"][""]
    if view not in VIEWS:
        reason, remedy = f"'{view}' is not a view", f"one of {', '.join(VIEWS)}"
        raise MalformedFile(path, lines["view"], 1, reason, remedy=remedy)
    return QueryHeader(
        questions={language: texts["question"][language] for language in languages},
        parameters={name: Parameter(said, examples[name]) for name, said in parameters.items()},
        answers=texts["answer"],
        columns=columns,
        view=view,
        world=texts["world"].get("", ""),
    )


def _read_entries(path: Path, text: str) -> Iterator[_Entry]:
    """Yield the entries, each with the lines that continue it."""
    last: _Entry | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        content = line.lstrip("#").strip()
        match = _LINE.fullmatch(content)
        if match is not None:
            if last is not None:
                yield last
            last = _Entry(match[1] or match[3], match[2] or "", match[4], number)
            continue
        _require_no_key(path, number, content)
        if last is not None and content:
            last = last._replace(value=f"{last.value} {content}")
    if last is not None:
        yield last


def _require_no_key(path: Path, line: int, content: str) -> None:
    """Raise MalformedFile for a misspelt key, which would continue the text before it."""
    word, colon, _ = content.partition(":")
    name = word.partition(" (")[0].lower()
    near = get_close_matches(name, _KEYS, n=1, cutoff=0.7) if colon else []
    if near:
        key = f"{near[0]} (en)" if near[0] in _TRANSLATED else near[0]
        reason = f"'{word}' is not a key of a header"
        raise MalformedFile(path, line, 1, reason, remedy=f"# {key}: …")


def _split_parameter(path: Path, line: int, key: str, value: str) -> tuple[str, str]:
    """Return the name of a parameter and what is said of it."""
    match = _PARAMETER.fullmatch(value)
    if match is None:
        what = "value" if key == "example" else "description"
        reason, remedy = f"the {key} has no name or no {what}", f"?name, {what}"
        raise MalformedFile(path, line, 1, reason, remedy=remedy)
    if match[1] in RESERVED_PARAMETERS:
        reason = f"every query has a parameter '{match[1]}' already"
        remedy = f"another name than {', '.join(RESERVED_PARAMETERS)}"
        raise MalformedFile(path, line, 1, reason, remedy=remedy)
    return match[1], match[2]


def _require_examples(
    path: Path,
    lines: Mapping[str, int],
    parameters: Mapping[str, object],
    examples: Mapping[str, str],
) -> None:
    """Raise MalformedFile for a parameter without an example, or an example of no parameter."""
    for name in sorted(parameters.keys() ^ examples.keys()):
        lacks = "example" if name in parameters else "description"
        remedy = f"# {'example' if name in parameters else 'parameter (en)'}: ?{name}, …"
        reason = f"the parameter ?{name} has no {lacks}"
        raise MalformedFile(path, lines[f"?{name}"], 1, reason, remedy=remedy)


def _require_keys(
    path: Path, texts: Mapping[str, Mapping[str, str]], languages: Sequence[str]
) -> None:
    """Raise MalformedFile for a header without its view, or its question in each language."""
    for key, language in (*(("question", language) for language in languages), ("view", "")):
        if language not in texts[key]:
            named = f"{key} ({language})" if language else key
            reason = f"the header has no line '# {named}: …'"
            raise MalformedFile(path, 1, 1, reason, remedy="such a line")
