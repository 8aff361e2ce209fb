"""Read what a service sent on a connection to the letter of HTTP/1.1; none of it may be left."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [\x20-\x7e]*")
_FIELD: Final = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t\x80-\xff]*)")
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})\r\n")
_WITHOUT_BODY: Final = frozenset({204, 304})


class Malformed(Exception):
    """Bytes that are no HTTP/1.1."""


@dataclass(frozen=True)
class Response:
    """A response: its status, its fields by their names in lower case, and its body, unchunked."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes


def read_responses(received: bytes, methods: Iterable[str] = ()) -> list[Response]:
    """Return all responses in these bytes, to requests with these methods, others of which are GET.

    Raises Malformed for anything but HTTP/1.1, a body that is cut off, or JSON that does not parse.
    """
    found, rest, left = [], received, list(methods)
    while rest:
        head, end, after = rest.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status_line = _STATUS_LINE.fullmatch(first)
        if not end or status_line is None:
            raise Malformed(f"no head of a response: {rest[:80]!r}")
        status, fields = int(status_line[1]), _read_fields(lines)
        if status == 101:
            raise Malformed("another protocol was taken up")
        if status < 200:
            rest = after
            continue
        has_body = (left.pop(0) if left else "GET") != "HEAD" and status not in _WITHOUT_BODY
        body, rest = _read_body(fields, after) if has_body else (b"", after)
        if has_body:
            _check_json(fields, body)
        found.append(Response(status, fields, body))
        if fields.get(b"connection", b"").lower() == b"close" and rest:
            raise Malformed(f"bytes after the last response: {rest[:80]!r}")
    return found


def _read_fields(lines: Iterable[bytes]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise Malformed(f"no header: {line[:80]!r}")
        name = match[1].lower()
        if name in (b"content-length", b"transfer-encoding") and name in fields:
            raise Malformed(f"{name.decode()} twice")
        fields[name] = match[2].strip()
    return fields


def _read_body(fields: dict[bytes, bytes], after: bytes) -> tuple[bytes, bytes]:
    """Return the body, and what comes behind it."""
    if fields.get(b"transfer-encoding") == b"chunked":
        return _read_chunks(after)
    length = fields.get(b"content-length", b"")
    if not length.isdigit():
        raise Malformed("neither Content-Length nor chunked")
    if len(after) < int(length):
        raise Malformed(f"{len(after)} bytes of {int(length)}")
    return after[: int(length)], after[int(length) :]


def _read_chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while size := _CHUNK.match(rest):
        start, until = size.end(), size.end() + int(size[1], 16)
        if rest[until : until + 2] != b"\r\n":
            break
        body, rest = body + rest[start:until], rest[until + 2 :]
        if start == until:
            return body, rest
    raise Malformed(f"no chunk: {rest[:40]!r}")


def _check_json(fields: dict[bytes, bytes], body: bytes) -> None:
    media_type = fields.get(b"content-type", b"").partition(b";")[0]
    if b"content-encoding" in fields or not media_type.endswith(b"json"):
        return
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Malformed(f"{media_type.decode()}: {error}") from error
    if media_type == b"application/problem+json" and not {"type", "status"} <= set(document):
        raise Malformed(f"no problem document: {body[:80]!r}")
