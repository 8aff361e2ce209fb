"""Accept, or `?format=` -> media type.

The only place where a media type is chosen (RFC 9110, section 12.5.1).
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from fastapi import Request

from service.address import in_address, single
from service.errors import NotAcceptable
from service.formats import VERSIONS, Choice, Format, media_types

_RANGE: Final = re.compile(r"\s*([\w!#$&^.+-]+|\*)/([\w!#$&^.+-]+|\*)\s*$")
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
_PARTS: Final = {mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*"?)+') for mark in ",;"}


class _Range(NamedTuple):
    """A media range, how much it is liked, and the version of RDF that it asks for."""

    kind: str
    subtype: str
    quality: float
    version: str


def choose(
    request: Request, offered: Sequence[Format], *, format_name: str | None = None
) -> Choice:
    """The format that this request likes best.

    Args:
        request: asks by `format` in its address, where an empty one asks for nothing, or by Accept.
        offered: in the server's order of preference.
        format_name: what it asks for more strongly, in a form or by the ending of its path.

    Raises:
        NotAcceptable: nothing offered fits.
        MalformedParameter: several formats at once.
    """
    name = format_name or single(in_address(request), "format") or None
    return negotiate(request.headers.getlist("accept"), offered, format_name=name)


def negotiate(
    accept: Sequence[str], offered: Sequence[Format], *, format_name: str | None = None
) -> Choice:
    """The format that the client likes best; among equals, the first offered.

    Args:
        accept: the Accept headers; none or empty ones mean that anything is welcome.
        offered: in the server's order of preference.
        format_name: a name or media type that was asked for outright, stronger than Accept.

    Raises:
        NotAcceptable: nothing offered fits.
    """
    if format_name is not None:
        return _named(format_name, offered)
    header = ",".join(accept)
    if not header.strip(" \t,"):
        return Choice(offered[0], offered[0].media_type)
    ranges = _ranges(header)
    best, chosen = 0.0, None
    for media_type, form in _all_media_types(offered):
        quality, version = _liking(media_type, ranges)
        if quality > best:
            best, chosen = quality, Choice(form, media_type, version)
    if chosen is None:
        raise NotAcceptable(f"Nothing here fits 'Accept: {header}'", media_types(offered))
    return chosen


def _named(name: str, offered: Sequence[Format]) -> Choice:
    for form in offered:
        if name in (form.name, form.media_type, *form.other_names, *form.aliases):
            return Choice(form, form.media_type)
    names = [f"{form.name} ({form.media_type})" for form in offered]
    raise NotAcceptable(f"No format here is called '{name}'", names)


def _all_media_types(offered: Sequence[Format]) -> list[tuple[str, Format]]:
    main = [(form.media_type, form) for form in offered]
    return main + [(alias, form) for form in offered for alias in form.aliases]


# Clients are many, what they accept is nearly always the same.
@lru_cache(maxsize=256)
def _ranges(header: str) -> tuple[_Range, ...]:
    return tuple(one for one in map(_range, _PARTS[","].findall(header)) if one is not None)


def _range(text: str) -> _Range | None:
    """A media range; none if it is malformed, which then asks for nothing."""
    name, *parameters = _PARTS[";"].findall(text) or [""]
    found = _RANGE.match(name)
    if found is None:
        return None
    quality, version = 1.0, ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        key, value = key.strip().lower(), value.strip()
        if key == "q":
            if _QUALITY.match(value) is None:
                return None
            quality = float(value)
        elif key == "version" and value.strip('"') in VERSIONS:
            version = value.strip('"')
    return _Range(found[1].lower(), found[2].lower(), quality, version)


def _liking(media_type: str, ranges: Iterable[_Range]) -> tuple[float, str]:
    """How much a media type is liked, and in which version: as the most specific range says."""
    kind, _, subtype = media_type.partition("/")
    fitting = [
        ((one.subtype != "*") + (one.kind != "*"), one.quality, one.version)
        for one in ranges
        if one.kind in (kind, "*") and one.subtype in (subtype, "*")
    ]
    return max(fitting, default=(0, 0.0, ""))[1:]
