"""The one spelling of curated files and modules: turtlefmt's for Turtle, our own for TriG."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from kg.sources.files import text_of
from kg.validation.findings import Finding, displayed

_RULE: Final = "one-spelling"
_PREFIX: Final = re.compile(r"@prefix ([\w.-]*): <[^>]*> \.")
_GRAPH: Final = re.compile(r"ev:(p[^-\s]+)\S* \{")
_OPENING: Final = re.compile(r"(ev:\S+) \{")
_TAB: Final = "    "
_LONG_QUOTES: Final = re.compile(r'"""|\'\'\'')


def turtle_findings(paths: Iterable[Path]) -> list[Finding]:
    """The well-formed Turtle files that turtlefmt would write otherwise.

    It is a tool of whoever works on the files and may be absent where the service only runs;
    there the list is empty.
    """
    formatter = Path(sys.executable).parent / "turtlefmt"
    if not formatter.exists():
        return []
    return [finding for path in paths if (finding := _formatted(formatter, path))]


def trig_findings(path: Path, offsets: Mapping[str, int]) -> list[Finding]:
    """What in a well-formed TriG file differs from the one spelling, by line.

    Args:
        path: the file.
        offsets: a passage's local name -> where it begins in the text; graphs follow that order.

    Raises:
        MalformedInput: the file cannot be opened or is not UTF-8.
    """
    text = text_of(path)
    where = displayed(path)
    return [
        Finding(where, line, message, remedy, _RULE)
        for line, message, remedy in (
            *_layout(text),
            *_prefixes(text),
            *_order(text, offsets),
            *_reopened(text),
        )
    ]


def spelled(text: str) -> str:
    """The text with what can be put right without a choice: line ends, spaces, prefix order."""
    lines = [line.rstrip().replace("\t", _TAB) for line in text.replace("\r", "").split("\n")]
    prefixes = [line for line in lines if _PREFIX.fullmatch(line)]
    rest = [line for line in lines if not _PREFIX.fullmatch(line)]
    body = "\n".join(rest).strip("\n")
    return "\n".join([*sorted(prefixes, key=_prefix_of), "", body]).strip("\n") + "\n"


def _formatted(formatter: Path, path: Path) -> Finding | None:
    """None where turtlefmt is content; it answers 65 where it would write otherwise."""
    done = subprocess.run(  # noqa: S603
        [formatter, "--check", path], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return None
    message = "the file is not in the one spelling."
    if done.returncode != 65:
        reason = done.stderr.partition("\n")[0]
        message = f"turtlefmt cannot read the file: {reason}."
    return Finding(displayed(path), None, message, f"turtlefmt {displayed(path)}", _RULE)


def _layout(text: str) -> Iterator[tuple[int, str, str]]:
    in_long_literal = False
    for number, line in enumerate(text.split("\n"), 1):
        if "\r" in line:
            yield number, "the line does not end in a line feed alone.", "LF line ends."
        if "\t" in line:
            yield number, "the line holds a tab.", "four spaces, or \\t in a literal."
        if line.rstrip("\r") != line.rstrip():
            yield number, "the line ends in spaces.", f"'{line.rstrip()}'"
        indentation = len(line) - len(line.lstrip(" "))
        if indentation % 4 and not in_long_literal:
            yield number, f"the line is indented by {indentation} spaces.", "a multiple of four."
        in_long_literal ^= len(_LONG_QUOTES.findall(line)) % 2 == 1
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield text.count("\n") + 1, "the file does not end in one line feed.", "one at the end."


def _prefixes(text: str) -> Iterator[tuple[int, str, str]]:
    lines = text.split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if _is_prefix(line)]
    ordered = sorted((line for _, line in numbered), key=_prefix_of)
    for place, ((number, line), right) in enumerate(zip(numbered, ordered, strict=True), 1):
        if number != place:
            yield number, "a prefix stands below the top of the file.", f"line {place}."
        elif not _PREFIX.fullmatch(line):
            yield number, "a prefix is not spelled as the others are.", "@prefix id: <…> ."
        elif line != right:
            yield number, "the prefixes are not sorted.", right


def _order(text: str, offsets: Mapping[str, int]) -> Iterator[tuple[int, str, str]]:
    """Each graph whose passage comes earlier in the text than that of the graph before it."""
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        found = _GRAPH.match(line)
        if not found:
            continue
        if offsets.get(found[1], 0) < offsets.get(before, 0) and found[1] in offsets:
            message = f"a graph of passage:{found[1]} stands after one of passage:{before}."
            yield number, message, "graphs in the order of their passages in the text."
        before = found[1]


def _reopened(text: str) -> Iterator[tuple[int, str, str]]:
    """Each graph that was opened further up: as likely a number used twice as one graph."""
    first: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        found = _OPENING.match(line)
        if found and first.setdefault(found[1], number) != number:
            message = f"{found[1]} was opened on line {first[found[1]]} already."
            yield number, message, "another number in its name, or all of it in one place."


def _is_prefix(line: str) -> bool:
    return line.lstrip().lower().startswith(("@prefix", "prefix "))


def _prefix_of(line: str) -> str:
    found = _PREFIX.match(line)
    return found[1] if found else line
