"""Queries that a SPARQL server which holds the release may answer in place of our engine.

Its text has to show that the answer is the same, but for the order of rows. It is plain if it has
only parts of which every server that follows SPARQL 1.1 makes the same: no numbers, comparisons,
ORDER BY or LIMIT, no paths that repeat or have alternatives. Virtuoso compares values otherwise and
joins what is unbound with nothing, so it is asked for one group of triple patterns whose joins are
of IRIs; its answer is not used if other values than IRIs and texts are in it.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions

from kg.remote.client import SparqlServer, StoreError, StoreFailed
from kg.remote.layout import GRAPHS_OF_VIEWS, SKOLEM, require_release
from kg.sparql.query import Query
from kg.statuses import Standing

Answer = QuerySolutions | QueryBoolean | None
# After a server was not to be used, nothing is asked of it for this long.
_REST_SECONDS: Final = 30.0
_WORDS: Final = (
    "DISTINCT|WHERE|FILTER|OPTIONAL|UNION|GROUP|BY|COUNT|AS|BOUND|NOT|EXISTS|LANG|LANGMATCHES"
    "|CONTAINS|STRSTARTS|STRENDS|A"
)
_SPACE: Final = r"(?:[\x00-\x20]|\#[^\n\r]*+)"
# Whatever comes before is no function that is named by its IRI.
_NO_CALL: Final = rf"(?!{_SPACE}*+\()"
_IRI: Final = r'<[A-Za-z][A-Za-z0-9+.-]*+:[^<>"{}|^`\\()\x00-\x20]*+>'
_NAME: Final = r"(?:[^\W\d_][\w.-]*+)?+:[\w.:%-]*+"
_TERM: Final = rf"""
    {_SPACE} | {_IRI} {_NO_CALL} | {_NAME} {_NO_CALL} | [?$]\w++ | A (?![\w.:-])
  | "(?!"")[^"\\\n\r]*+" | '(?!'')[^'\\\n\r]*+' | @(?-i:[a-z]++(?:-[a-z0-9]++)*+) (?![\w-])
"""
_PROLOGUE: Final = rf"(?: {_SPACE} | PREFIX {_SPACE}++ {_NAME} {_SPACE}*+ {_IRI} )*+"
_PLAIN: Final = re.compile(
    rf"""{_PROLOGUE} (?:SELECT|ASK) (?![\w.:-])
    (?: {_TERM} | _:\w++ | (?:{_WORDS}) (?![\w.:-])
      | (?<=\() {_SPACE}*+ \* {_SPACE}*+ (?=\)) | && | \|\| | \^ (?!\^) | [{{}}()\[\].;,/!]
    )*+""",
    re.VERBOSE | re.IGNORECASE,
)
# A term as a condition: engines differ in whether a text in a language is true.
_CONDITION: Final = re.compile(rf"""(?:FILTER|!|&&|\|\|)(?:{_SPACE}|\()*+[?$"']""", re.IGNORECASE)
_ONE_GROUP: Final = re.compile(
    rf"""{_PROLOGUE} SELECT (?![\w.:-]) (?: {_SPACE} | DISTINCT (?![\w.:-]) )*+
    (?P<head> (?: {_SPACE} | [?$]\w++ )*+ ) (?: WHERE {_SPACE}*+ )?
    \{{ (?P<body> (?: {_TERM} | [.;,/] )*+ ) \}} {_SPACE}*+""",
    re.VERBOSE | re.IGNORECASE,
)
_OPAQUE: Final = re.compile(r"""<[^>]*>|"[^"]*"|'[^']*'|\#[^\n\r]*""")
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_SUBJECT: Final = re.compile(r"(?:\A|\.)\s*[?$](\w+)")
# In a string of JSON a quotation mark has a backslash before it, so these match no part of one.
_BLANK: Final = re.compile(
    rb'"type"\s*:\s*"uri"\s*,\s*"value"\s*:\s*"' + re.escape(SKOLEM.encode()) + rb'([^"]*)"'
)


def is_plain(text: str) -> bool:
    """Return whether a server that follows SPARQL 1.1 answers a SELECT or ASK as our engine."""
    return _PLAIN.fullmatch(text) is not None and not _CONDITION.search(text)


def is_one_group(text: str) -> bool:
    """Return whether a SELECT has one group of triple patterns, all of whose joins are of IRIs.

    They are where a variable is a subject. Each variable that is returned is in a pattern.
    """
    match = _ONE_GROUP.fullmatch(text)
    if match is None:
        return False
    # Comments go as well: `#` is in no name, and texts and IRIs are found before it.
    body = _OPAQUE.sub("<>", match["body"])
    names = Counter(_VARIABLE.findall(body))
    joined = {name for name, count in names.items() if count > 1}
    returned = set(_VARIABLE.findall(_OPAQUE.sub("", match["head"])))
    return joined <= {*_SUBJECT.findall(body)} and len(returned) > 0 and returned <= {*names}


class Passthrough:
    """Asks the first of several servers that holds the release with a hash.

    Each answer counts only if the server has the marker of the release afterwards, since `glocal
    load` removes it before all else. A server that fails has a rest.
    """

    def __init__(self, addresses: Iterable[str], release: str, seconds: float) -> None:
        self._servers = [SparqlServer(address, seconds) for address in addresses]
        self._release, self._chosen, self._next_try = release, 0, 0.0
        self._is_virtuoso: bool | None = None

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers:
            server.close()

    def answer(self, query: Query, view: Standing) -> Answer:
        """Return the results of a server in a view, or None if our engine has to answer."""
        text, graphs = query.named_text, GRAPHS_OF_VIEWS.get(view)
        if graphs is None or not is_plain(text) or time.monotonic() < self._next_try:
            return None
        while self._chosen < len(self._servers):
            server = self._servers[self._chosen]
            try:
                return self._ask(server, text, graphs)
            except StoreError as error:
                if isinstance(error, StoreFailed) and self._is_virtuoso is not None:
                    # Only this query; the server holds the release.
                    return None
                sys.stderr.write(f"Queries are answered from the release's folder: {error}\n")
                self._chosen, self._is_virtuoso = self._chosen + 1, None
        self._chosen, self._next_try = 0, time.monotonic() + _REST_SECONDS
        return None

    def _ask(self, server: SparqlServer, text: str, graphs: Sequence[NamedNode]) -> Answer:
        if self._is_virtuoso is None:
            require_release(server, self._release)
            self._is_virtuoso = b"__ASK_RETVAL" in server.query("ASK {}")
        if self._is_virtuoso and not is_one_group(text):
            return None
        body = _BLANK.sub(rb'"type":"bnode","value":"\1"', server.query(text, graphs))
        require_release(server, self._release)
        if SKOLEM.encode() in body or (self._is_virtuoso and b'"datatype"' in body):
            return None
        try:
            return pyoxigraph.parse_query_results(body, format=QueryResultsFormat.JSON)
        except (SyntaxError, ValueError):
            return None
