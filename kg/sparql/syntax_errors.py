"""Turn the engine's syntax errors into precise messages: line, column and expected tokens.

The engine reports the furthest position that any grammar rule has reached, and a rule that tries
`OPTIONAL` reaches eight characters ahead. So the text is parsed twice more. In the first copy every
gap is wider than the longest keyword, so the position identifies the wrong token. The second copy
ends before that token, so the error lists what is expected there.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, zip_longest
from typing import Final

from pyoxigraph import Store

from kg.errors import MalformedQuery, RefusedQuery
from kg.namespaces import PREFIXES
from kg.sparql.query import PROLOGUE, Query
from kg.sparql.select_clauses import MODIFIERS, find_ungrouped
from kg.sparql.tokens import SparqlToken, depth_change, position_at, tokenize

_GAP: Final = " " * 24
_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
_POSITION: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_CLOSING: Final = {"{": "}", "(": ")"}
_EXPECTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^"]*?\](?=,|$)|[^,\["]+', re.DOTALL)


@contextmanager
def translate_engine_errors(query: Query) -> Iterator[None]:
    """Raise the engine's errors as MalformedQuery, or RefusedQuery for an unsupported feature."""
    try:
        yield
    except SyntaxError as error:
        raise malformed_query_error(query, error) from error
    except RuntimeError as error:
        raise RefusedQuery("an unsupported feature", str(error)) from error


def malformed_query_error(query: Query, error: SyntaxError) -> MalformedQuery:
    """Return the error for a query that the engine cannot parse."""
    form = next((token for token in query.tokens if token.keyword not in {"", *PROLOGUE}), None)
    if form is not None and form.keyword in _UPDATES and not _undeclared_prefix(query.tokens, ()):
        return query.error_at(form.offset, f"{form.keyword} is an update; expected a query")
    reason, line, column = locate_syntax_error(query.full_text, error, Store().query)
    return MalformedQuery(reason, line and line - query.declarations.count("\n"), column)


def locate_syntax_error(
    text: str, error: SyntaxError, run: Callable[[str], object], known: Collection[str] = ()
) -> tuple[str, int | None, int | None]:
    """Return the reason, line and column of the engine's syntax error in a SPARQL query or update.

    Line and column count from 1; they are None if the engine's error has no position. `run` runs a
    text, or raises the engine's SyntaxError. Prefixes in `known` need no declaration.
    """
    all_tokens = list(tokenize(text))
    undeclared = _undeclared_prefix(all_tokens, known)
    if undeclared is not None:
        prefix = undeclared.text.partition(":")[0]
        reason = f"the prefix '{prefix}:' is not declared"
        if prefix in PREFIXES:
            reason += f"; add at the top: PREFIX {prefix}: <{PREFIXES[prefix]}>"
        return reason, *position_at(text, undeclared.offset)
    wrong = _wrong_token(all_tokens, run)
    if wrong is None:
        return _engine_message(error)
    ungrouped = find_ungrouped(all_tokens, wrong)
    if ungrouped is not None:
        reason = f"{ungrouped.text} is selected, but neither in GROUP BY nor in an aggregate"
        return f"{reason} such as COUNT", *position_at(text, ungrouped.offset)
    if wrong < len(all_tokens):
        token = all_tokens[wrong]
        offset, found = token.offset, f"'{token.text[:40]}'"
    else:
        offset, found = len(text.rstrip()), "the end of the text"
    # A character that is never valid, after the tokens that are.
    end_error = _error(_widen(all_tokens[:wrong])[0] + "\x01", run)
    unclosed = _unclosed(all_tokens, wrong, run)
    if unclosed is not None:
        line, _ = position_at(text, unclosed.offset)
        reason = f"found {found}, expected '{_CLOSING[unclosed.text]}': opened at line {line}"
    else:
        reason = _reason(found, _expected(str(error)), _expected(end_error))
    return reason, *position_at(text, offset)


def _unclosed(
    all_tokens: Sequence[SparqlToken], wrong: int, run: Callable[[str], object]
) -> SparqlToken | None:
    """Return the brace or parenthesis that should be closed before the wrong token, if one should.

    Another wrong token is more likely a misspelt word.
    """
    word = all_tokens[wrong] if wrong < len(all_tokens) else None
    if word is not None and word.keyword not in MODIFIERS and word.text not in ("}", "{"):
        return None
    opened: list[SparqlToken] = []
    for token in all_tokens[:wrong]:
        change = depth_change(token)
        if change > 0:
            opened.append(token)
        elif change < 0 and opened:
            opened.pop()
    if not opened or opened[-1].text not in _CLOSING:
        return None
    # Whether its end can stand there, before a character that is never valid.
    start = all_tokens[wrong - 1].end + 1
    closed = [
        SparqlToken("mark", _CLOSING[opened[-1].text], start),
        SparqlToken("mark", "\x01", start + 2),
    ]
    is_closed_here = _wrong_token([*all_tokens[:wrong], *closed], run) == wrong + 1
    return opened[-1] if is_closed_here else None


def _engine_message(error: SyntaxError) -> tuple[str, int | None, int | None]:
    """Return the reason for a text that is valid with wide gaps: a string with a line break."""
    match = _POSITION.match(str(error))
    if match is None:
        return str(error), None, None
    expected = " or ".join(_expected(str(error))[:12])
    return f"expected {expected}", int(match[1]), int(match[2])


def _undeclared_prefix(
    all_tokens: Sequence[SparqlToken], known: Collection[str]
) -> SparqlToken | None:
    declared = set(known)
    previous = ""
    for token in all_tokens:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if previous == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return token
        previous = token.text.upper()
    return None


def _wrong_token(all_tokens: Sequence[SparqlToken], run: Callable[[str], object]) -> int | None:
    """Return the index of the first wrong token, their number at the end, or None if valid."""
    wide, starts = _widen(all_tokens)
    position = _POSITION.match(_error(wide, run))
    if position is None:
        return None
    line, column = int(position[1]), int(position[2])
    lines_before = wide.split("\n")[: line - 1]
    offset = sum(len(before) + 1 for before in lines_before) + column - 1
    return len(all_tokens) if offset >= len(wide) else bisect_right(starts, offset) - 1


def _widen(all_tokens: Sequence[SparqlToken]) -> tuple[str, list[int]]:
    """Replace white space and comments by wide gaps; return the text and each token's offset."""
    parts = [
        token.text + (_GAP if following is None or following.offset > token.end else "")
        for token, following in zip_longest(all_tokens, all_tokens[1:])
    ]
    return "".join(parts), list(accumulate(map(len, parts), initial=0))


def _error(text: str, run: Callable[[str], object]) -> str:
    """Return the engine's error message, or an empty string for a valid text."""
    try:
        run(text)
    except SyntaxError as error:
        return str(error)
    return ""


def _expected(error: str) -> list[str]:
    """Return the alternatives that the engine's error message lists as expected."""
    match = _POSITION.match(error)
    alternatives = _EXPECTED.findall(match[3]) if match else []
    return [alternative.strip() for alternative in alternatives if alternative.strip()]


def _reason(found: str, expected_first: Sequence[str], expected_at_end: Sequence[str]) -> str:
    """Return the engine's own sentence if it has one, or else what was found and expected."""
    sentences = [part for part in expected_first if " " in part and part[0] not in '"[<']
    if sentences:
        return f"{sentences[0]}, found {found}"
    marks = [part for part in expected_at_end if part[0] not in "[<"]
    digit = ["a digit"] if "['0'..='9']" in expected_at_end else []
    # Where a term is expected, the engine lists every character that a term can start with.
    expected = "a term" if '"$"' in marks else " or ".join([*digit, *marks][:12])
    return f"found {found}, expected {expected}" if expected else f"found {found}"
