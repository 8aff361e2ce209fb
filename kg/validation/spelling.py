"""Check the formatting of curated files and modules: by turtlefmt for Turtle, here for TriG."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from kg.sources.files import read_text
from kg.validation.findings import Finding, display_path

_RULE: Final = "one-spelling"
_PREFIX: Final = re.compile(r"@prefix ([\w.-]*): <[^>]*> \.")
_OPENING: Final = re.compile(r"(ev:(p[^-\s]+)?\S*) \{")
_LONG_QUOTES: Final = re.compile(r'"""|\'\'\'')

_Lines = Sequence[tuple[int, str]]  # with numbers from 1
_Error = tuple[int, str, str]  # line, message and remedy


def check_turtle_format(paths: Iterable[Path]) -> list[Finding]:
    """Return a finding for each file that turtlefmt would change; none if it is not installed."""
    formatter = Path(sys.executable).parent / "turtlefmt"
    if not formatter.exists():
        return []
    return [finding for path in paths for finding in _check_turtle(formatter, path)]


def check_trig_format(path: Path, offsets: Mapping[str, int]) -> list[Finding]:
    """Return a TriG file's formatting errors; `offsets` by passage give the order of graphs."""
    text = read_text(path)
    lines = list(enumerate(text.split("\n"), 1))
    errors = [*_check_layout(lines), *_check_prefixes(lines), *_check_graphs(lines, offsets)]
    if not text.endswith("\n") or text.endswith("\n\n"):
        message = "the file does not end in exactly one line feed."
        errors.append((text.count("\n") + 1, message, "one at the end."))
    return [Finding(display_path(path), *error, _RULE) for error in errors]


def _check_turtle(formatter: Path, path: Path) -> Iterator[Finding]:
    command, place = [str(formatter), "--check", str(path)], display_path(path)
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if process.returncode:
        message = "the file is not formatted."
        # turtlefmt exits with 65 if it would change the file.
        if process.returncode != 65:
            reason = process.stderr.partition("\n")[0]
            message = f"turtlefmt cannot read the file: {reason}."
        yield Finding(place, None, message, f"the output of turtlefmt {place}", _RULE)


def _check_layout(lines: _Lines) -> Iterator[_Error]:
    in_long_literal = False
    for number, line in lines:
        if "\r" in line:
            yield number, "the line contains a carriage return.", "LF line endings."
        if "\t" in line:
            yield number, "the line contains a tab.", "four spaces, or \\t in a literal."
        if line.rstrip("\r") != line.rstrip():
            yield number, "the line has trailing spaces.", f"'{line.rstrip()}'"
        indentation = len(line) - len(line.lstrip(" "))
        if indentation % 4 and not in_long_literal:
            yield number, f"the line is indented by {indentation} spaces.", "a multiple of four."
        in_long_literal ^= len(_LONG_QUOTES.findall(line)) % 2 == 1


def _check_prefixes(lines: _Lines) -> Iterator[_Error]:
    keywords = ("@prefix", "prefix ")
    numbered = [pair for pair in lines if pair[1].lstrip().lower().startswith(keywords)]
    ordered = sorted((line for _, line in numbered), key=_prefix_name)
    for place, ((number, line), expected) in enumerate(zip(numbered, ordered, strict=True), 1):
        if number != place:
            yield number, "a prefix is not at the top of the file.", f"line {place}."
        elif not _PREFIX.fullmatch(line):
            yield number, "a prefix declaration is not formatted.", "@prefix id: <…> ."
        elif line != expected:
            yield number, "the prefixes are not sorted.", expected


def _check_graphs(lines: _Lines, offsets: Mapping[str, int]) -> Iterator[_Error]:
    """Find graphs that are opened twice, by mistake perhaps, or not in the order of passages."""
    first_lines: dict[str, int] = {}
    reopened: list[_Error] = []
    previous = ""
    for number, line in lines:
        match = _OPENING.match(line)
        if not match:
            continue
        graph, passage = match[1], match[2]
        if first_lines.setdefault(graph, number) != number:
            message = f"{graph} was already opened on line {first_lines[graph]}."
            remedy = "another number in its name, or the whole graph in one place."
            reopened.append((number, message, remedy))
        if not passage:
            continue
        if offsets.get(passage, 0) < offsets.get(previous, 0) and passage in offsets:
            message = f"a graph of passage:{passage} comes after one of passage:{previous}."
            yield number, message, "graphs in the order of their passages in the text."
        previous = passage
    yield from reopened


def _prefix_name(line: str) -> str:
    match = _PREFIX.match(line)
    return match[1] if match else line
