"""What an endpoint answers -> solutions."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, QueryResultsFormat, QuerySolutions, parse_query_results

from kg.store.service_values import Solutions, Term, has_node
from service.errors import EndpointFailed
from service.federation.calls import Answered

_FORMATS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
}
# The parser calls itself for each triple term inside another, and takes the process with it
# where its stack ends: from some thousands on. A flat answer is five deep.
_MOST_DEPTH: Final = 64
_JSON_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
# The parser takes XML that is cut off for whole.
_XML_END: Final = re.compile(rb"</[^<>]*sparql\s*>\s*\Z")
_XML_TRIPLE: Final = re.compile(rb"<[^<>\s]*triple[\s/>]")


def solutions_in(endpoint: str, answered: Answered, *, most_rows: int) -> Solutions:
    """The solutions of an answer; one more than so many, if there are more.

    Its blank nodes are new ones: they are of this answer and no other.

    Raises:
        EndpointFailed: another media type, a format that is broken, or something else than rows.
    """
    form = _FORMATS.get(answered.media_type)
    if form is None:
        what = f"'{answered.media_type[:80]}'" if answered.media_type else "of no media type"
        raise EndpointFailed(endpoint, f"it is {what}, not SPARQL results in JSON or XML")
    if _is_deep(answered.body, form):
        raise EndpointFailed(endpoint, "its terms are nested too deep")
    if form == QueryResultsFormat.XML and _XML_END.search(answered.body) is None:
        raise EndpointFailed(endpoint, "its results are broken: they have no end")
    try:
        found = _parsed(answered.body, form, most_rows)
    except (SyntaxError, ValueError) as error:
        # Without the frames that hold the parser: it may be let go in this thread alone.
        error.__traceback__ = None
        raise EndpointFailed(endpoint, f"its results are broken: {str(error)[:200]}") from error
    if found is None:
        raise EndpointFailed(endpoint, "it is a yes or no instead of rows")
    return found


def _parsed(body: bytes, form: QueryResultsFormat, most_rows: int) -> Solutions | None:
    """The solutions; none of a yes or no."""
    found = parse_query_results(body, format=form)
    if not isinstance(found, QuerySolutions):
        return None
    names = [variable.value for variable in found.variables]
    return Solutions(names, list(islice(_rows(found, names), most_rows + 1)))


def _rows(found: QuerySolutions, names: Sequence[str]) -> Iterator[list[Term | None]]:
    nodes: dict[str, BlankNode] = {}
    for solution in found:
        row: list[Term | None] = []
        for name in names:
            term = solution[name]
            if isinstance(term, BlankNode):
                term = nodes.setdefault(term.value, BlankNode())
            elif has_node(term):
                raise ValueError("a triple term with a blank node in it cannot be taken over")
            row.append(term)
        yield row


def _is_deep(body: bytes, form: QueryResultsFormat) -> bool:
    if form == QueryResultsFormat.XML:
        return _XML_TRIPLE.search(body) is not None
    depth = 0
    for mark in _JSON_MARK.finditer(body):
        first = mark[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > _MOST_DEPTH:
            return True
    return False
