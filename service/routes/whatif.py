"""/whatif: what would hold, and what would no longer hold, if some facts were different.

The address has a patch as statements to add and to remove, and perhaps SPARQL Update; a form may
have the same. Or a body is a patch: SPARQL Update, or RDF to add. Without a patch, people get a
form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response

from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.errors import KgError, MalformedParameter, RefusedQuery
from kg.linking.triple_terms import read_triple
from kg.namespaces import PREFIXES
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, view_parameters
from service.answers import formats
from service.answers.formats import HTML, JSON_LD, OUTCOME_FORMATS, TURTLE
from service.answers.json_ld_types import JsonLdDocument, Outcome
from service.errors import ContentTooLarge, MissingParameter
from service.evaluators.jobs import WhatIfJob, WhatIfPage
from service.http import request as http
from service.http.conditional import NOT_STORED, conditional_response, entity_tag
from service.http.documents import language_headers
from service.http.negotiation import Language, choose_format, choose_page_language
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    VIEW_PARAMETERS,
    Router,
    describe_form,
    describe_parameter,
    schema_of,
)
from service.http.problems import prefers_page
from service.http.query_answer import answer_job
from service.http.threads import in_thread
from service.http.views import choose_view_in_thread, view_headers
from service.pages.problem_page import show_form_on_failure
from service.pages.reasons.asked_again import offer_names
from service.pages.reasons.suppositions import (
    FIELDS,
    Supposition,
    split_statement,
    write_statement,
    write_update,
)
from service.pages.reasons.whatif_page import write_whatif_form
from service.queries.messages import SentBody
from service.routes.about.openapi import example_statements
from service.served import CurrentRelease, ServedRelease

router = Router("Reasons")

RDF_TYPES: Final = formats.media_types(
    (formats.TRIG, TURTLE, formats.N_QUADS, formats.N_TRIPLES, JSON_LD)
)
_QUERY: Final = describe_parameter(
    "query", "A SELECT or ASK query, which is run before and after the change."
)
_PROOFS: Final = describe_parameter(
    "proofs",
    "`1` gives the whole proof of each change, and `0` only its last rule.",
    type="string",
    enum=["0", "1"],
    default="0",
)
_DEFAULT_LIMIT: Final = 200
_MOST_CHANGES: Final = 20_000
_LIMIT: Final = describe_parameter(
    "limit",
    "The maximum number of contradictions and changes to list and prove; all are counted.",
    type="integer",
    minimum=0,
    maximum=_MOST_CHANGES,
    default=_DEFAULT_LIMIT,
)
_OFFSET: Final = describe_parameter(
    "offset",
    "The number of contradictions and changes to skip, for further pages of the same patch.",
    type="integer",
    minimum=0,
    maximum=_MOST_CHANGES,
    default=0,
)
_OPTIONS: Final = [_QUERY, _PROOFS, _LIMIT, _OFFSET, *VIEW_PARAMETERS, FORMAT_PARAMETER]
_STATEMENT: Final = (
    "three terms with spaces between them, each a CURIE, an IRI between `<` and `>`, a literal or "
    "another name; only the last name may have spaces"
)
_STATEMENTS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}}
_PATCH: Final = [
    describe_parameter("remove", f"A statement to remove: {_STATEMENT}.", **_STATEMENTS),
    describe_parameter("add", f"A statement to add: {_STATEMENT}.", **_STATEMENTS),
    describe_parameter(
        "update",
        "Any number of INSERT DATA and DELETE DATA, which are applied in order. The project's own "
        "prefixes need no declaration.",
    ),
]
_RDF_TEXT: Final = {
    "type": "string",
    "description": "RDF to add; triples in `graph:removed` are removed instead.",
}
_BODY: Final[dict[str, Any]] = {
    http.UPDATE_MEDIA_TYPE: _PATCH[-1]["schema"],
    **dict.fromkeys(RDF_TYPES, _RDF_TEXT),
    JSON_LD.media_type: schema_of(JsonLdDocument),
    http.FORM_MEDIA_TYPE: describe_form("WhatIfForm", [*_PATCH, *_OPTIONS]),
}
_FORMATS: Final = (*OUTCOME_FORMATS, HTML)
_MAX_EXAMPLES: Final = 3
# What a statement loses by the button that takes it back, and its number among its like.
_DROP: Final = re.compile(r"(add|remove) (\d{1,5})")
# Each address is another page, and crawlers would never come to an end.
_NOT_INDEXED: Final = {"X-Robots-Tag": "noindex"}


@router.operation(
    "/whatif",
    "Show the effects of changed facts that the address names",
    _FORMATS,
    (303, 304, 400, 403, 404, 406, 413, 414, 422, 503, 504),
    what="What would change, with proofs; without a patch, a form.",
    parameters=[*_PATCH, *_OPTIONS, LANGUAGE_PARAMETER],
    answer=Outcome,
    operation_id="showWhatIf",
)
async def show(request: Request, release: CurrentRelease) -> Response:
    """Return what would newly hold or no longer hold, or a form for people without a patch.

    The parameters and the answer are those of a POST; a patch that fits in an address can be
    shared by it.
    """
    asked = _Asked(request, release, http.query_parameters(request))
    await asked.read_view()
    if asked.is_edited:
        return await asked.redirect()
    if asked.form.is_empty:
        choice, language = choose_format(request, (HTML,)), choose_page_language(request)
        parts = ("whatif", str(language), repr(asked.form))
        respond = partial(conditional_response, request, choice, asked.write_form, *parts)
        return await in_thread(request, partial(respond, headers=language_headers(language)))
    return await _answer(request, release, asked, await asked.read_patch(), is_kept=True)


@router.operation(
    "/whatif",
    "Show the effects of changed facts",
    _FORMATS,
    (303, 400, 403, 404, 406, 413, 415, 422, 503, 504),
    what="What would change, with proofs.",
    body=_BODY,
    parameters=_OPTIONS,
    method="POST",
    answer=Outcome,
    operation_id="askWhatIf",
)
async def whatif(request: Request, release: CurrentRelease) -> Response:
    """Add and remove facts hypothetically, and return what would newly hold or no longer hold.

    Nothing is stored, and requests do not see each other's patches. The answer counts all changes
    and lists the first ones; for more, send the same patch with another `offset` or `limit`.
    Without GRAPH, a triple is removed from every graph that asserts it, or added as a Fact; within
    an evidence graph, it is removed from that graph only, or added with that graph's status and
    holder. Contradictions that would arise are not an error, but listed as `contradictions`.
    JSON-LD and Turtle use PROV-O: the supposition generates, invalidates and influences statements.
    """
    media_type = http.accepted_media_type(
        request, [http.UPDATE_MEDIA_TYPE, *RDF_TYPES, http.FORM_MEDIA_TYPE]
    )
    body = await http.read_body(request, release.settings.max_patch_bytes)
    pairs, patch = http.query_parameters(request), SentBody(body, media_type)
    if media_type == http.FORM_MEDIA_TYPE:
        pairs += http.decode_parameters(body, "the body")
    asked = _Asked(request, release, pairs)
    await asked.read_view()
    if media_type == http.FORM_MEDIA_TYPE:
        if asked.is_edited:
            return await asked.redirect()
        if not any(key in ("update", "add", "remove") for key, _ in pairs):
            raise MissingParameter("update", "expected exactly one patch in the form")
        patch = await asked.read_patch()
    return await _answer(request, release, asked, patch, is_kept=False)


async def _answer(
    request: Request, release: ServedRelease, asked: "_Asked", patch: SentBody, *, is_kept: bool
) -> Response:
    """Respond with the outcome; what is kept may be shared by its address."""
    pairs, form = asked.pairs, asked.form
    choice = choose_format(
        request,
        _FORMATS,
        format_names=http.all_values(pairs, "format"),
        profiles=COMPACTED_ONLY,
    )
    language = choose_page_language(request) if choice.format == HTML else None
    job = WhatIfJob(
        choice=choice,
        patch=patch,
        query=await _read_query(request, release, form.query),
        view=asked.view,
        offset=http.number_value(pairs, "offset", 0, range(_MOST_CHANGES + 1)),
        limit=http.number_value(pairs, "limit", _DEFAULT_LIMIT, range(_MOST_CHANGES + 1)),
        proofs=http.chosen_value(pairs, "proofs", "0", "1") == "1",
        page=asked.page(language) if language else None,
    )
    tag = None
    if is_kept:
        tag = entity_tag(release, choice, str(view_headers(request.scope)), repr(job))
    headers = language_headers(language) | _NOT_INDEXED
    processes = release.shared_evaluations
    return await answer_job(
        request,
        release,
        processes,
        job,
        tag=tag,
        others=headers if is_kept or language else None,
    )


class _Asked:
    """The request as the form of the page has it; `view` is set by `read_view`."""

    def __init__(self, request: Request, release: ServedRelease, pairs: http.Parameters) -> None:
        """Read the fields; a failure after that comes with the form."""
        self.pairs, self.view = pairs, DEFAULT_VIEW
        self._request, self._release, self._shown = request, release, release
        names = (*FIELDS, "update", "query", "view", "world", "change")
        self.form = Supposition(
            removals=tuple(filter(None, http.all_values(pairs, "remove"))),
            additions=tuple(filter(None, http.all_values(pairs, "add"))),
            **{name: next(iter(http.all_values(pairs, name)), "") for name in names},
        )
        if prefers_page(request):
            choose_page_language(request)
            show_form_on_failure(request.scope, lambda _, failure: self.write_failure(failure))
        for name in names:
            http.single_value(pairs, name)

    @property
    def _max_address(self) -> int:
        return self._release.settings.max_address_characters

    @property
    def is_edited(self) -> bool:
        """Whether one more statement is to be supposed, or one to be taken back."""
        return any(key in ("change", "drop") for key, _ in self.pairs)

    async def read_view(self) -> None:
        """Read the view; for errors see `choose_view`."""
        resolver = self._release.resolver(self._request)
        self.view = await choose_view_in_thread(self._request, resolver, self.pairs)
        if prefers_page(self._request):
            # In a thread, since a view may have to be computed.
            shown = partial(self._release.in_view, self.view)
            self._shown = await in_thread(self._request, shown)

    async def redirect(self) -> Response:
        """Redirect to the address of the supposition with this statement, or without that one."""
        form = await in_thread(self._request, self._edited)
        kept = [pair for pair in self.pairs if pair[0] in ("lang", "format")]
        shown = view_parameters(self.view) if self.view != DEFAULT_VIEW else {}
        view, world = shown.get("view", ""), shown.get("world", "")
        address = replace(form, view=view, world=world).address
        if kept:
            address += f"{'&' if '?' in address else '?'}{urlencode(kept)}"
        root = self._request.scope.get("root_path", "")
        return Response(status_code=303, headers={"Location": f"{root}{address}", **NOT_STORED})

    def _edited(self) -> Supposition:
        form, lists = self.form, {"add": [*self.form.additions], "remove": [*self.form.removals]}
        if any(form.statement):
            for name, value in zip(FIELDS, form.statement, strict=True):
                if not value:
                    raise MissingParameter(name, "is missing; expected any name")
            triple = read_triple(self._release.resolver(self._request), *form.statement)
            lists[http.chosen_value(self.pairs, "change", "add", "remove")].append(
                write_statement(triple)
            )
        drop = http.single_value(self.pairs, "drop") or ""
        if drop:
            found = _DROP.fullmatch(drop)
            if found is None or int(found[2]) >= len(lists[found[1]]):
                reason = f"expected 'add' or 'remove' and the number of a statement, got '{drop}'"
                raise MalformedParameter("drop", reason)
            del lists[found[1]][int(found[2])]
        additions, removals = (tuple(dict.fromkeys(lists[name])) for name in ("add", "remove"))
        return replace(form, additions=additions, removals=removals)

    async def read_patch(self) -> SentBody:
        """Return the patch as SPARQL Update, its names resolved; for errors see `Resolver`."""
        text = await in_thread(self._request, self._patch_text)
        return SentBody(text.encode(), http.UPDATE_MEDIA_TYPE)

    def _patch_text(self) -> str:
        resolver = self._release.resolver(self._request)

        def read(parameter: str, texts: Sequence[str]) -> list[str]:
            triples = []
            for text in texts:
                terms = split_statement(parameter, text)
                try:
                    triples.append(read_triple(resolver, *terms))
                except KgError:
                    self._retype(parameter, text, terms)
                    raise
            return [f"{triple} ." for triple in triples]

        removals, additions = read("remove", self.form.removals), read("add", self.form.additions)
        return write_update(removals, additions, self.form.update)

    def _retype(self, change: str, text: str, terms: tuple[str, str, str]) -> None:
        """Move a statement to the fields of one more statement, where it can be corrected."""
        form = self.form
        self.form = replace(
            form,
            removals=tuple(one for one in form.removals if (change, one) != ("remove", text)),
            additions=tuple(one for one in form.additions if (change, one) != ("add", text)),
            change=change,
            **dict(zip(FIELDS, terms, strict=True)),
        )

    def page(self, language: Language) -> WhatIfPage:
        """Return the rest of the page of an outcome."""
        return WhatIfPage(
            language=language,
            files=self._release.ontology_paths,
            release=self._release.release_hash,
            form=self.form,
            max_address=self._max_address,
        )

    def write_form(self, failure: Mapping[str, Any] | None = None) -> bytes:
        """Write the form, with a failure above it or else with examples."""
        language = choose_page_language(self._request)
        shown = self._shown
        asked = [pair for pair in self.pairs if pair[0] != "lang"]
        examples = [] if failure else example_statements(self._release)[:_MAX_EXAMPLES]
        return write_whatif_form(
            shown.page_terms(language),
            shown.store,
            self.form,
            address=f"/whatif?{urlencode(asked)}" if asked else "/whatif",
            max_address=self._max_address,
            examples=examples,
            failure=failure,
        )

    def write_failure(self, failure: Mapping[str, Any]) -> bytes:
        """Write the form with a failure above it."""
        terms = self._shown.page_terms(choose_page_language(self._request))
        store = self._shown.store
        return self.write_form(offer_names(failure, terms, store, "/whatif", self.pairs, FIELDS))


async def _read_query(request: Request, release: ServedRelease, text: str) -> Query | None:
    if not text.strip():
        return None
    longest = release.settings.max_query_characters
    if len(text) > longest:
        raise ContentTooLarge(longest, "characters in its query")

    def read() -> Query:
        query = Query.with_prefixes(text, PREFIXES)
        # Read here, since a long text takes long.
        if query.form in ("CONSTRUCT", "DESCRIBE"):
            raise RefusedQuery("its form", "expected a SELECT or ASK to compare before and after")
        return query

    return await in_thread(request, read)
