"""If-Match and If-None-Match of a change (RFC 9110, section 13.1).

An upload -> the RDF in it, as it was sent; the writing process parses it.
"""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fastapi import Request
from pyoxigraph import DefaultGraph, NamedNode
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from kg.errors import MalformedParameter
from service.answers.formats import GRAPH_FORMATS, VERSIONS, Choice
from service.errors import PreconditionFailed, UnsupportedMediaType
from service.http.conditional import holds, tag_of
from service.http.kept_answers import uncoded
from service.http.request import media_type_of, read_body
from service.queries.messages import MEDIA_TYPES, Body, Demand
from service.scratch.store import Scratch

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


Graph = NamedNode | DefaultGraph | None
_FORMATS: Final = [
    (form, media_type) for form in GRAPH_FORMATS for media_type in (form.media_type, *form.aliases)
]


def tag_of_graph(
    here: Scratch,
    choice: Choice,
    graph: Graph,
    options: Mapping[str, str | bool] = MappingProxyType({}),
) -> str:
    """The entity tag of a graph in the present state, in this form; with none, of all graphs."""
    return tag_of(here, choice, "graph", str(graph), choice.version, *map(str, options.items()))


def demand_of(request: Request) -> Demand:
    """What `*` in these headers demands, which only the writing process can tell."""
    if _said(request, "if-match") == "*":
        return Demand.PRESENT
    return Demand.ABSENT if _said(request, "if-none-match") == "*" else Demand.NOTHING


def check_tags(request: Request, here: Scratch, graph: Graph) -> None:
    """Let pass a change of what its client has seen; called when no other change can come between.

    A tag says which state it was made of, in whichever form and content coding.

    Raises:
        PreconditionFailed: it has seen another state, or names this one in If-None-Match.
    """
    wanted, unwanted = _said(request, "if-match"), _said(request, "if-none-match")
    if wanted not in ("", "*") and not _is_present(wanted, here, graph):
        raise PreconditionFailed("the store was changed since that entity tag was given")
    if unwanted not in ("", "*") and _is_present(unwanted, here, graph):
        raise PreconditionFailed("the store is as it was when that entity tag was given")


def _is_present(tags: str, here: Scratch, graph: Graph) -> bool:
    """Whether one of these tags is of the present state; weak ones are of none."""
    strong = ",".join(one for one in tags.split(",") if not one.strip().startswith("W/"))
    held = uncoded(strong)
    return any(
        holds(held, tag_of_graph(here, Choice(form, media_type, version), graph))
        for (form, media_type), version in product(_FORMATS, ("", *VERSIONS))
    )


def _said(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name)).strip()


MULTIPART: Final = "multipart/form-data"
_CODINGS: Final = {"": False, "identity": False, "gzip": True, "x-gzip": True}
_MOST_PARTS: Final = 1000


async def read_uploads(request: Request, most_bytes: int) -> list[Body]:
    """The body, or the parts of one that is multipart/form-data.

    Raises:
        UnsupportedMediaType: no RDF, or in a coding that is not read.
        ContentTooLarge: longer than that, as it is sent.
        MalformedParameter: a multipart body that is none.
    """
    media_type = media_type_of(request, [*MEDIA_TYPES, MULTIPART])
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnsupportedMediaType(f"{media_type} in {coding}", ["gzip"])
    content = await read_body(request, most_bytes, is_coded=True)
    if media_type != MULTIPART:
        return [Body(content, media_type, _CODINGS[coding])]
    if _CODINGS[coding]:
        raise UnsupportedMediaType(f"{media_type} in {coding}", MEDIA_TYPES)
    return _parts(request, content)


def _parts(request: Request, content: bytes) -> list[Body]:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise MalformedParameter("Content-Type", "has no boundary, which divides the parts")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(content)
        parser.finalize()
    except FormParserError as error:
        raise MalformedParameter("the body", f"is no multipart/form-data: {error}") from error
    if not parts.is_whole:
        raise MalformedParameter("the body", "ends before the last boundary of its parts")
    return parts.found


class _Parts:
    """The parts of a body, as its parser meets them; each says its own media type."""

    def __init__(self) -> None:
        self.found: list[Body] = []
        self.is_whole = False
        self._name, self._value, self._type = bytearray(), bytearray(), ""
        self._content = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._end_all,
        }

    def _begin(self) -> None:
        self._type = ""
        self._content.clear()

    def _end_header(self) -> None:
        if bytes(self._name).strip().lower() == b"content-type":
            self._type = self._value.decode("latin-1").partition(";")[0].strip().lower()
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        if self._type not in MEDIA_TYPES:
            raise UnsupportedMediaType(self._type, MEDIA_TYPES)
        if len(self.found) == _MOST_PARTS:
            raise MalformedParameter("the body", f"has more than {_MOST_PARTS:,} parts")
        self.found.append(Body(bytes(self._content), self._type))

    def _end_all(self) -> None:
        self.is_whole = True
