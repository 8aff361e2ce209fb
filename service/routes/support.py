"""/sparql/support: the triples behind rows of an answer, and who says them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response

from kg.errors import MalformedParameter
from kg.store.quad_store import view_with_dataset
from service.answers.formats import HTML, JSON
from service.answers.json_types import RowsSupport, SupportQuestion
from service.answers.result_terms import read_row
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter
from service.evaluators.jobs import SupportJob
from service.http import request as http
from service.http.conditional import entity_tag
from service.http.documents import language_headers
from service.http.negotiation import Language, choose_format, choose_page_language
from service.http.observation import note_for_log
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    VIEW_PARAMETERS,
    Router,
    describe_form,
    describe_parameter,
    schema_of,
)
from service.http.query_answer import answer_job, read_query
from service.http.threads import in_thread
from service.http.views import asks_for_view, choose_view_in_thread, view_headers
from service.pages.reasons.support_page import SupportPage
from service.pages.result_page import CELLS, CELLS_PARAMETER, SHOW_PARAMETER, check_display
from service.served import CurrentRelease, ServedRelease
from service.settings import Settings

router = Router("SPARQL")

_FORMATS: Final = (JSON, HTML)
_MAX_ROWS: Final = 200
_DEFAULT_LIMIT: Final = 10
# Of all rows together.
_MAX_SOLUTIONS: Final = 2_000
# A character has at most four bytes, each at most three when percent-encoded.
_BYTES_PER_CHARACTER: Final = 12
_BYTES_PER_ROW: Final = 8_192
_EXAMPLE: Final = '{"thing": {"type": "uri", "value": "http://example.org/a"}}'
_QUERY: Final = describe_parameter("query", "The SELECT query.", required=True)
_ROW: Final = describe_parameter(
    "row",
    f"A row of its answer: a binding of SPARQL results in JSON, such as `{_EXAMPLE}`. "
    f"Repeatable, up to {_MAX_ROWS} times; a page shows one row.",
    required=True,
    type="array",
    items={"type": "string"},
)
_LIMIT: Final = describe_parameter(
    "limit",
    f"The most matches of the query to trace for each row, {_MAX_SOLUTIONS:,} for all together.",
    type="integer",
    minimum=1,
    maximum=_MAX_SOLUTIONS,
    default=_DEFAULT_LIMIT,
)
# How the answer was shown, for the way back to it.
_SHOWN: Final = [CELLS_PARAMETER, SHOW_PARAMETER]
_OPTIONS: Final = [_LIMIT, *VIEW_PARAMETERS, *_SHOWN, FORMAT_PARAMETER, LANGUAGE_PARAMETER]
_FORM: Final = describe_form("SupportForm", [_QUERY, _ROW, *_OPTIONS], required=["query", "row"])
# The parameters that the links and forms of a page keep.
_KEPT: Final = ("query", "row", "limit", "view", "world", "cells", "show", "lang")
# Room for the rest of an address: the host, and a language.
_OTHER_CHARACTERS: Final = 100


@dataclass(frozen=True)
class SupportRequest:
    """A query with rows of its answer; `pairs` are all parameters."""

    text: str
    rows: Sequence[Mapping[str, Any]]
    pairs: http.Parameters


@router.operation(
    "/sparql/support",
    "Get the triples behind a row of an answer",
    _FORMATS,
    (304, 400, 403, 406, 414, 503, 504),
    what="The triples behind each row, with their grounds.",
    parameters=[_QUERY, _ROW, *_OPTIONS],
    answer=RowsSupport,
    operation_id="getRowSupport",
)
async def support_by_get(request: Request, release: CurrentRelease) -> Response:
    """The triples that matched the patterns of a query for a row; see the POST."""
    pairs = http.query_parameters(request)
    asked = await in_thread(request, partial(_read_pairs, pairs))
    if len(asked.text) > release.settings.max_query_characters:
        raise AddressTooLong("query", release.settings.max_query_characters)
    return await _send_support(request, release, asked)


@router.operation(
    "/sparql/support",
    "Get the triples behind rows of an answer",
    _FORMATS,
    (303, 400, 403, 406, 413, 415, 503, 504),
    what="The triples behind each row, with their grounds.",
    body={http.FORM_MEDIA_TYPE: _FORM, JSON.media_type: schema_of(SupportQuestion)},
    parameters=_OPTIONS,
    method="POST",
    answer=RowsSupport,
    operation_id="askRowSupport",
)
async def support_by_post(request: Request, release: CurrentRelease) -> Response:
    """The triples that matched the patterns of a query for rows of its answer, and who says them.

    Variables that the query does not select get their values from one further query. A row is as
    strong as its `weakest` triple. Of an aggregate, the matches of the row's group are counted, and
    the triples of the first ones listed. What has no single triples, such as `MINUS` and paths with
    repeated steps, is named in `untraced`. A page stands at an address of its own, if the question
    fits into one.
    """
    settings = release.settings
    media_type = http.accepted_media_type(request, [http.FORM_MEDIA_TYPE, JSON.media_type])
    max_bytes = _BYTES_PER_CHARACTER * settings.max_query_characters + _MAX_ROWS * _BYTES_PER_ROW
    body, pairs = await http.read_body(request, max_bytes), http.query_parameters(request)
    read = _read_json if media_type == JSON.media_type else _read_form
    asked = await in_thread(request, lambda: _read_pairs([*pairs, *read(body)]))
    if len(asked.text) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters")
    return await _send_support(request, release, asked)


async def _send_support(
    request: Request, release: ServedRelease, asked: SupportRequest
) -> Response:
    pairs = asked.pairs
    names = http.all_values(pairs, "format")
    choice = choose_format(request, _FORMATS, format_names=names)
    language = choose_page_language(request, pairs)
    query = await read_query(
        request, asked.text, http.request_iri(request).removesuffix("/support")
    )
    note_for_log(request.scope, query=asked.text)
    view = await choose_view_in_thread(request, release.resolver(request), pairs)
    if asks_for_view(pairs) and query.dataset:
        raise view_with_dataset()
    allowed = range(1, _MAX_SOLUTIONS // len(asked.rows) + 1)
    limit = http.number_value(pairs, "limit", min(_DEFAULT_LIMIT, allowed[-1]), allowed)
    page = None
    if choice.format == HTML:
        if len(asked.rows) > 1:
            raise MalformedParameter("row", f"expected one row for a page, got {len(asked.rows)}")
        page = _read_page(language, pairs, release.settings)
        # So that a browser comes back to the page without sending a form again.
        if request.method == "POST" and page.path:
            again = [pair for pair in pairs if pair[0] in ("format", "lang") and pair[1]]
            address = f"{request.scope.get('root_path', '')}{page.path}"
            address += f"&{urlencode(again)}" if again else ""
            return Response(status_code=303, headers={"Location": address})
    job = SupportJob(choice=choice, query=query, rows=asked.rows, view=view, limit=limit, page=page)
    is_get = request.method in ("GET", "HEAD") and not query.is_volatile
    parts = (str(view_headers(request.scope)), repr(job))
    tag = entity_tag(release, choice, *parts) if is_get else None
    headers = language_headers(language if page else None)
    processes = release.shared_evaluations
    return await answer_job(request, release, processes, job, tag=tag, others=headers)


def _read_page(language: Language, pairs: http.Parameters, settings: Settings) -> SupportPage:
    """Return the parts of a page from the parameters of its request."""
    http.chosen_value(pairs, "cells", *CELLS)
    check_display(pairs)
    # A form sends line ends as CR and LF.
    lines = ((name, value.replace("\r\n", "\n")) for name, value in pairs)
    kept = tuple(pair for pair in lines if pair[0] in _KEPT and pair[1])
    own = urlencode([pair for pair in kept if pair[0] != "lang"])
    result = urlencode([pair for pair in kept if pair[0] not in ("row", "limit")])
    most = settings.max_address_characters - _OTHER_CHARACTERS
    path = f"/sparql/support?{own}" if len(own) < most else ""
    return SupportPage(language, path, f"/sparql?{result}" if len(result) < most else "", kept)


def _read_form(body: bytes | bytearray) -> http.Parameters:
    return http.decode_parameters(body, "the body")


def _read_json(body: bytes | bytearray) -> http.Parameters:
    """Return a question in JSON as the parameters of a form."""
    try:
        question = json.loads(body)
        rows = [("row", json.dumps(row)) for row in question.pop("rows", [])]
        return [*rows, *((name, str(value)) for name, value in question.items())]
    except (ValueError, TypeError, AttributeError) as error:
        reason = f'expected JSON such as {{"query": "…", "rows": [{_EXAMPLE}]}}'
        raise MalformedParameter("the body", reason) from error


def _read_pairs(pairs: http.Parameters) -> SupportRequest:
    text = http.single_value(pairs, "query")
    if not text:
        raise MissingParameter("query", "is missing; expected the SELECT query of the rows")
    rows = http.all_values(pairs, "row")
    if not rows:
        raise MissingParameter("row", f"is missing; expected a row such as {_EXAMPLE}")
    if len(rows) > _MAX_ROWS:
        raise MalformedParameter("row", f"is given {len(rows)} times; expected at most {_MAX_ROWS}")
    return SupportRequest(text, [*map(_read_row, rows)], pairs)


def _read_row(text: str) -> Mapping[str, Any]:
    try:
        return read_row(json.loads(text))
    except (ValueError, TypeError) as error:
        reason = f"expected a row such as {_EXAMPLE}, got '{text[:200]}'"
        raise MalformedParameter("row", reason) from error
