"""The engine's syntax error -> the line and column that are wrong, and what would be right.

The engine names the furthest place that any of its rules has seen, and a rule that looks for
`OPTIONAL` has then seen eight characters more. So the place is asked for a second time, on a text
in which every gap is wider than the longest keyword, and what is expected there a third time, on
one that ends there.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pyoxigraph import Store

from kg.errors import MalformedQuery, RefusedQuery
from kg.namespaces import PREFIXES
from kg.store.query import PROLOGUE, Token, position, tokens

_GAP: Final = " " * 24
_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
_POSITION: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_EXPECTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^"]*?\](?=,|$)|[^,\["]+', re.DOTALL)


@contextmanager
def explained(text: str) -> Iterator[None]:
    """The engine's errors about this query, as errors of the project.

    Raises:
        MalformedQuery: no SPARQL query, with line and column.
        RefusedQuery: a function that there is not.
    """
    try:
        yield
    except SyntaxError as error:
        raise malformed(text, error) from error
    except RuntimeError as error:
        raise RefusedQuery("what the engine lacks", str(error)) from error


def malformed(text: str, error: SyntaxError) -> MalformedQuery:
    """The engine's syntax error with line and column, and in words that help."""
    found = list(tokens(text))
    form = next((token for token in found if _is_form(token)), None)
    is_update = form is not None and form.text.upper() in _UPDATES
    if form is not None and is_update and _undeclared_prefix(found, ()) is None:
        reason = f"{form.text.upper()} is an update; here only queries are run"
        return MalformedQuery(reason, *position(text, form.offset))
    return MalformedQuery(*mistake(text, error, _query))


def mistake(
    text: str, error: SyntaxError, run: Callable[[str], object], known: Collection[str] = ()
) -> tuple[str, int | None, int | None]:
    """What is wrong in a SPARQL text, in words that help, with line and column.

    Args:
        text: what the engine cannot read.
        error: what it said of it.
        run: runs a text, or raises the engine's SyntaxError.
        known: prefixes that need not be declared.
    """
    found = list(tokens(text))
    undeclared = _undeclared_prefix(found, known)
    if undeclared is not None:
        prefix = undeclared.text.partition(":")[0]
        reason = f"the prefix '{prefix}:' is not declared"
        if prefix in PREFIXES:
            reason += f"; put before all else: PREFIX {prefix}: <{PREFIXES[prefix]}>"
        return reason, *position(text, undeclared.offset)
    wrong = _wrong_token(found, run)
    if wrong is None:
        return _as_the_engine_says(error)
    offset = found[wrong].offset if wrong < len(found) else len(text.rstrip())
    there = f"'{found[wrong].text[:40]}'" if wrong < len(found) else "the end of the text"
    reason = _reason(there, _expected(str(error)), _expected(_end_at(found[:wrong], run)))
    return reason, *position(text, offset)


def _as_the_engine_says(error: SyntaxError) -> tuple[str, int | None, int | None]:
    """For a text that is right once its gaps are wide: a string that runs over a line's end."""
    found = _POSITION.match(str(error))
    if found is None:
        return str(error), None, None
    expected = " or ".join(_expected(str(error))[:12])
    return f"expected {expected}", int(found[1]), int(found[2])


def _undeclared_prefix(found: Sequence[Token], known: Collection[str]) -> Token | None:
    declared = set(known)
    before = ""
    for token in found:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return token
        before = token.text.upper()
    return None


def _is_form(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() not in PROLOGUE


def _wrong_token(found: Sequence[Token], run: Callable[[str], object]) -> int | None:
    """Which token the engine cannot read; as many as there are if the text ends too early."""
    wide, starts = _widen(found)
    position = _POSITION.match(_error(wide, run))
    if position is None:
        return None
    lines = wide.split("\n")
    line, column = int(position[1]), int(position[2])
    offset = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    if offset >= len(wide):
        return len(found)
    return max((index for index, start in enumerate(starts) if start <= offset), default=0)


def _widen(found: Sequence[Token]) -> tuple[str, list[int]]:
    """The text with wide gaps instead of white space and comments, and where each token starts."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for index, token in enumerate(found):
        end = token.offset + len(token.text)
        is_apart = index + 1 == len(found) or found[index + 1].offset > end
        starts.append(length)
        parts.append(token.text + (_GAP if is_apart else ""))
        length += len(parts[-1])
    return "".join(parts), starts


def _end_at(before: Sequence[Token], run: Callable[[str], object]) -> str:
    """What the engine says of the text up to the wrong token, with a mark that is never right."""
    return _error(_widen(before)[0] + "\x01", run)


def _query(text: str) -> object:
    return Store().query(text)


def _error(text: str, run: Callable[[str], object]) -> str:
    try:
        run(text)
    except SyntaxError as error:
        return str(error)
    return ""


def _expected(error: str) -> list[str]:
    found = _POSITION.match(error)
    words = _EXPECTED.findall(found[3]) if found else []
    return [word.strip() for word in words if word.strip()]


def _reason(there: str, first: Sequence[str], at_end: Sequence[str]) -> str:
    """What was found and expected; or the engine's own sentence, where it has one."""
    sentences = [word for word in first if " " in word and word[0] not in '"[<']
    if sentences:
        return f"{sentences[0]}, found {there}"
    marks = [word for word in at_end if word[0] not in "[<"]
    digit = ["a digit"] if "['0'..='9']" in at_end else []
    # Where a term may begin, the grammar names every mark that one can begin with.
    said = "a term" if '"$"' in marks else " or ".join([*digit, *marks][:12])
    return f"found {there}, expected {said}" if said else f"found {there}"


@contextmanager
def own_lines(declared: str) -> Iterator[None]:
    """A query's errors with the lines of the text that was typed, without what was declared."""
    try:
        yield
    except MalformedQuery as error:
        line = error.line and error.line - declared.count("\n")
        raise MalformedQuery(error.reason, line, error.column) from error
