"""Uploads to a scratch store: the preconditions of a change, and the RDF documents in its body.

Preconditions are If-Match and If-None-Match (RFC 9110, section 13.1). Documents are not decoded
here; the writer process parses them.
"""

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Final

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from kg.errors import MalformedParameter
from service.answers.formats import GRAPH_FORMATS, VERSIONS, Choice
from service.errors import PreconditionFailed, UnsupportedMediaType
from service.http.content_coding import contains_tag, strip_coding
from service.http.request import accepted_media_type, read_body
from service.http.threads import in_thread
from service.queries.messages import RDF_MEDIA_TYPES, Precondition, SentBody
from service.routes.graphs import Graph, graph_entity_tag
from service.scratch.store import ScratchStore

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART: Final = "multipart/form-data"
_CODINGS: Final = {"": False, "identity": False, "gzip": True, "x-gzip": True}
_MAX_PARTS: Final = 1000
_PIECE_BYTES: Final = 2**16
_FORMATS: Final = [
    (form, media_type) for form in GRAPH_FORMATS for media_type in (form.media_type, *form.aliases)
]


def precondition_of(request: Request) -> Precondition:
    """Return the precondition that `*` in these headers sets; the writer process checks it."""
    if _header(request, "if-match") == "*":
        return Precondition.PRESENT
    return Precondition.ABSENT if _header(request, "if-none-match") == "*" else Precondition.NOTHING


def check_entity_tags(request: Request, store: ScratchStore, graph: Graph) -> None:
    """Check the entity tags that a change names; no other change may come in between.

    A tag identifies a state of the store, in any format and content coding. Raises
    PreconditionFailed if If-Match names another state, or If-None-Match the current one.
    """
    if_match, if_none_match = _header(request, "if-match"), _header(request, "if-none-match")
    if if_match not in ("", "*") and not _match_current(if_match, store, graph):
        raise PreconditionFailed("the store has changed since that entity tag was issued")
    if if_none_match not in ("", "*") and _match_current(if_none_match, store, graph):
        raise PreconditionFailed("the store has not changed since that entity tag was issued")


def _match_current(tags: str, store: ScratchStore, graph: Graph) -> bool:
    """Return whether one of these tags identifies the current state; weak tags never do."""
    strong_tags = ",".join(tag for tag in tags.split(",") if not tag.strip().startswith("W/"))
    uncoded_tags = strip_coding(strong_tags)
    choices = (Choice(*form, version) for form, version in product(_FORMATS, ("", *VERSIONS)))
    return any(
        contains_tag(uncoded_tags, graph_entity_tag(store, choice, graph, {})) for choice in choices
    )


def _header(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name)).strip()


async def read_uploads(request: Request, most_bytes: int) -> list[SentBody]:
    """Read the body of a request, or the parts of a multipart/form-data body.

    Raises UnsupportedMediaType, also for a content coding, ContentTooLarge if the body as sent has
    more than `most_bytes`, and MalformedParameter for a malformed multipart body.
    """
    media_type = accepted_media_type(request, [*RDF_MEDIA_TYPES, MULTIPART])
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnsupportedMediaType(f"{media_type} in {coding}", ["gzip"])
    content = await read_body(request, most_bytes, is_coded=True)
    if media_type != MULTIPART:
        return [SentBody(content, media_type, _CODINGS[coding])]
    if _CODINGS[coding]:
        raise UnsupportedMediaType(f"{media_type} in {coding}", RDF_MEDIA_TYPES)
    return await in_thread(request, partial(_parse_multipart, request, content))


def _parse_multipart(request: Request, content: bytearray) -> list[SentBody]:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if not options.get(b"boundary"):
        reason = "has no boundary; expected one that separates the parts"
        raise MalformedParameter("Content-Type", reason)
    collector = _PartCollector()
    try:
        parser = MultipartParser(options[b"boundary"], collector.callbacks())
        # A piece at a time, since a slice of all would hold up the event loop.
        with memoryview(content) as view:
            for start in range(0, len(view), _PIECE_BYTES):
                parser.write(bytes(view[start : start + _PIECE_BYTES]))
        parser.finalize()
    except FormParserError as error:
        reason = f"is not valid multipart/form-data: {error}"
        raise MalformedParameter("the body", reason) from error
    if not collector.is_whole:
        raise MalformedParameter("the body", "ends before the last boundary of its parts")
    return collector.bodies


class _PartCollector:
    """Collects the parts of a body from its parser; each part has its own Content-Type."""

    def __init__(self) -> None:
        self.bodies: list[SentBody] = []
        self.is_whole = False
        self._name, self._value, self._type = bytearray(), bytearray(), ""
        self._content = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        """Return the callbacks for the parser."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end_body,
        }

    def _begin_part(self) -> None:
        self._type, self._content = "", bytearray()

    def _end_header(self) -> None:
        if bytes(self._name).strip().lower() == b"content-type":
            self._type = self._value.decode("latin-1").partition(";")[0].strip().lower()
        self._name.clear()
        self._value.clear()

    def _end_part(self) -> None:
        if self._type not in RDF_MEDIA_TYPES:
            raise UnsupportedMediaType(self._type, RDF_MEDIA_TYPES)
        if len(self.bodies) == _MAX_PARTS:
            raise MalformedParameter("the body", f"has more than {_MAX_PARTS:,} parts")
        self.bodies.append(SentBody(self._content, self._type))

    def _end_body(self) -> None:
        self.is_whole = True
