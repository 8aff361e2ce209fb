"""Read the answer of a server to a query as the embedded engine would return it."""

import io
import json
import re
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
)

from kg.namespaces import XSD
from kg.remote.blank_nodes import SKOLEM, restore
from kg.remote.client import TRIPLES, Answer
from kg.remote.errors import AnswerCut, StoreFailed
from kg.remote.terms import repaired
from kg.store.engine import Results

_ALL_TRIPLES: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_BOOLEAN: Final = XSD["boolean"]
# In a string of JSON a quotation mark has a backslash before it, so these match no part of one.
_SKOLEM: Final = re.compile(
    rb'"type"\s*:\s*"uri"\s*,\s*"value"\s*:\s*"' + re.escape(SKOLEM.encode()) + rb'([^"]*)"'
)
_STORED_BOOLEAN: Final = re.compile(
    rb'("datatype"\s*:\s*"'
    + re.escape(_BOOLEAN.value.encode())
    + rb'"\s*,\s*"value"\s*:\s*)"([01])"'
)
# Headers of Virtuoso: the most rows of an answer, when it has that many; and an error, perhaps that
# its time was over, after part of an answer.
_MOST_ROWS: Final = "x-sparql-maxrows"
_STATE: Final = "x-sql-state"
_MESSAGE: Final = "x-sql-message"
_RETURNED: Final = b"__ASK_RETVAL"
_ASKED: Final = re.compile(rb'"__ASK_RETVAL"\s*:\s*\{[^}]*"value"\s*:\s*"([01])"')
# Durations, geometries and years before the common era, of which servers write another form.
_OTHER_FORM: Final = re.compile(
    rb'#(?:duration|dayTimeDuration|Geometry)"'
    rb'|#(?:date|dateTime|gYear|gYearMonth)"\s*,\s*"value"\s*:\s*"-'
)
# Whoever writes a long answer has sent some of it when an error shows, so it is read before. In a
# shorter one that ends as it should, an error is a SyntaxError when its rows are read.
_READ_TWICE_FROM: Final = 2**19
_WORDS: Final = {b"0": b"false", b"1": b"true"}


def read_results(answer: Answer, address: str, limit: int | None = None) -> Results:
    """Return the results of a query from SPARQL JSON or N-Triples; StoreFailed if it is neither.

    `limit` is the LIMIT of the query. For AnswerCut see `check_whole`.
    """
    check_whole(answer, address, limit)
    try:
        if answer.media_type in (TRIPLES, "text/plain"):
            triples = pyoxigraph.parse(answer.body, format=RdfFormat.N_TRIPLES)
            return as_triples(quad.triple for quad in triples)
        body = answer.body
        # To look for a word takes a tenth of the time of these expressions.
        if _RETURNED in body and (asked := _ASKED.search(body)):
            return as_boolean(asked[1] == b"1")
        if SKOLEM.encode() in body:
            body = _SKOLEM.sub(rb'"type":"bnode","value":"\1"', body)
        if _BOOLEAN.value.encode() in body:
            body = _STORED_BOOLEAN.sub(_boolean, body)
        if _OTHER_FORM.search(body):
            body = _with_repaired_terms(body)
        if len(body) > _READ_TWICE_FROM:
            deque(_rows_of(body), maxlen=0)
        return _parsed(body)
    except (SyntaxError, ValueError) as error:
        shown = answer.body[-200:].decode(errors="replace")
        raise StoreFailed(address, 200, f"{error} in {answer.media_type}: …{shown}") from error


def check_whole(answer: Answer, address: str, limit: int | None = None) -> None:
    """Raise AnswerCut if a server says that there are more rows than it sends."""
    most = answer.headers.get(_MOST_ROWS)
    if most is not None and (limit is None or not most.isdigit() or limit > int(most)):
        remedy = "raise ResultSetMaxRows in its configuration, or add a LIMIT"
        raise AnswerCut(address, f"it sends at most {most} rows", remedy)
    state = answer.headers.get(_STATE)
    if state is not None:
        message = answer.headers.get(_MESSAGE, state)
        remedy = "raise MaxQueryExecutionTime in its configuration, or ask for less"
        raise AnswerCut(address, message, remedy)


def as_triples(triples: Iterable[Triple]) -> QueryTriples:
    """Return triples as the results of a CONSTRUCT, with their blank nodes."""
    store = pyoxigraph.Store()
    store.extend(
        Quad(restore(one.subject), one.predicate, repaired(restore(one.object))) for one in triples
    )
    found = store.query(_ALL_TRIPLES)
    if not isinstance(found, QueryTriples):
        raise TypeError("a CONSTRUCT returns triples")
    return found


def as_boolean(value: bool) -> Results:
    """Return the result of an ASK."""
    return _parsed(b'{"head":{},"boolean":%s}' % str(value).lower().encode())


def may_be_of_nothing(body: bytes, has_keys: bool) -> bool:
    """Return whether a JSON result may be that of a server that found nothing to aggregate.

    It is one row; without keys, it has nothing but 0 and 1, and 0 alone is right.
    """
    rows = [*islice(_rows_of(body), 2)]
    terms = [term for row in rows for term in row if term is not None]
    values = {one.value if isinstance(one, Literal) else "" for one in terms}
    return len(rows) == 1 and (has_keys or (values <= {"0", "1"} and values != {"0"}))


def is_in_order(body: bytes, columns: Sequence[str]) -> bool:
    """Return whether servers put these columns of a JSON result in the order of the engine.

    Each has only IRIs, only numbers, or one value; Virtuoso puts long texts in no order.
    """
    if not columns:
        return True
    kinds: dict[str, set[str]] = {column: set() for column in columns}
    values: dict[str, set[Any]] = {column: set() for column in columns}
    for row in _rows_of(body):
        for column in columns:
            kinds[column].add(_kind(row[column]))
            values[column].add(row[column])
    return all(
        len(values[column]) == 1 or found <= {"", "iri"} or found <= {"", "number"}
        for column, found in kinds.items()
    )


def _parsed(body: bytes) -> Results:
    # It is read piece by piece; a string would be copied.
    return pyoxigraph.parse_query_results(io.BytesIO(body), format=QueryResultsFormat.JSON)


def _rows_of(body: bytes) -> Iterable[QuerySolution]:
    found = _parsed(body)
    return found if isinstance(found, QuerySolutions) else ()


def _with_repaired_terms(body: bytes) -> bytes:
    """Return a JSON result in which each literal is written as the embedded engine does."""
    document = json.loads(body)
    for row in document["results"]["bindings"]:
        for term in row.values():
            if "datatype" in term:
                literal = repaired(Literal(term["value"], datatype=NamedNode(term["datatype"])))
                term.update(value=literal.value, datatype=literal.datatype.value)
    return json.dumps(document).encode()


def _kind(term: Any) -> str:
    """Return the kind of a term by which it can be put in order; unbound is the empty string."""
    if term is None:
        return ""
    if not isinstance(term, Literal):
        is_blank = isinstance(term, BlankNode) or term.value.startswith(SKOLEM)
        return "blank" if is_blank else "iri"
    if term.language:
        return "text"
    kind = term.datatype.value.rpartition("#")[2]
    return "number" if kind in ("integer", "decimal", "double", "float") else kind


def _boolean(match: re.Match[bytes]) -> bytes:
    return b'%s"%s"' % (match[1], _WORDS[match[2]])
