"""The languages in which there are pages.

Accept, or `?format=` -> media type.

The only place where a media type is chosen (RFC 9110, section 12.5.1).

Accept-Language, or `?lang=` -> the language of a page.

The only place where a language is chosen (RFC 4647, section 3.4: lookup).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from fastapi import Request

from kg.describe.json_ld_context import GRAPH_PROFILES, Profile, asked_for
from kg.errors import MalformedParameter
from service.answers.formats import JSON_LD, VERSIONS, Choice, Format, media_types
from service.errors import NotAcceptable
from service.http.endpoint import endpoint_of
from service.http.request import base_of, in_address, single

# The first is for those who ask for none of them.
LANGUAGES: Final = ("en", "zh")
NAMES: Final = {"en": "English", "zh": "中文"}


class Language(NamedTuple):
    """The language of a page, and whether the address asked for it outright."""

    tag: str
    is_asked: bool


_RANGE: Final = re.compile(r"\s*([\w!#$&^.+-]+|\*)/([\w!#$&^.+-]+|\*)\s*$")
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
_PARTS: Final = {mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*"?)+') for mark in ",;"}


class _Range(NamedTuple):
    """A media range, how much it is liked, the version of RDF and the profiles that it asks for."""

    kind: str
    subtype: str
    quality: float
    version: str
    profile: str


class _Liking(NamedTuple):
    """How much a media type is liked, and in which version and form."""

    quality: float
    version: str
    profiles: tuple[Profile, ...]


_Fitting = tuple[_Range, tuple[Profile, ...]]


def choose(
    request: Request,
    offered: Sequence[Format],
    *,
    format_name: str | None = None,
    profiles: Sequence[Profile] = GRAPH_PROFILES,
) -> Choice:
    """The format that this request likes best, and for JSON-LD where its context is.

    Args:
        request: asks by `format` in its address, where an empty one asks for nothing, or by Accept;
            `context=inline` puts the context into the document.
        offered: in the server's order of preference.
        format_name: what it asks for more strongly, in a form or by the ending of its path.
        profiles: see `negotiate`.

    Raises:
        NotAcceptable: nothing offered fits.
        MalformedParameter: several formats at once, or `context` with another value.
    """
    name = format_name or single(in_address(request), "format") or None
    accept = request.headers.getlist("accept")
    version = endpoint_of(request.scope).context_version
    known = profiles if version is not None else (Profile.expanded,)
    choice = negotiate(accept, offered, format_name=name, profiles=known)
    if choice.format != JSON_LD or version is None:
        return choice
    return replace(choice, context=_context_of(request, version))


def negotiate(
    accept: Sequence[str],
    offered: Sequence[Format],
    *,
    format_name: str | None = None,
    profiles: Sequence[Profile] = GRAPH_PROFILES,
) -> Choice:
    """The format that the client likes best; among equals, the first offered.

    Args:
        accept: the Accept headers; none or empty ones mean that anything is welcome.
        offered: in the server's order of preference.
        format_name: a name or media type that was asked for outright, stronger than Accept; of
            JSON-LD, Accept still says the form.
        profiles: the forms of JSON-LD that there are, the usual one first; what asks for others
            alone asks for none.

    Raises:
        NotAcceptable: nothing offered fits.
    """
    return _negotiated(",".join(accept), tuple(offered), format_name, tuple(profiles))


# Clients are many, what they accept is nearly always the same.
@lru_cache(maxsize=1024)
def _negotiated(
    header: str,
    offered: tuple[Format, ...],
    format_name: str | None,
    profiles: tuple[Profile, ...],
) -> Choice:
    ranges = _ranges(header)
    if format_name is not None:
        named = _named(format_name, offered)
        return replace(named, profiles=_liking(named.media_type, ranges, profiles).profiles)
    if not header.strip(" \t,"):
        return Choice(offered[0], offered[0].media_type, profiles=profiles[:1])
    best, chosen = 0.0, None
    for media_type, form in _all_media_types(offered):
        liking = _liking(media_type, ranges, profiles)
        if liking.quality > best:
            best, chosen = liking.quality, Choice(form, media_type, liking.version, liking.profiles)
    if chosen is None:
        raise NotAcceptable(f"Nothing here fits 'Accept: {header}'", media_types(offered))
    return chosen


def _context_of(request: Request, version: str) -> str:
    """The address of the context for this request; empty if it is wanted in the document.

    Raises:
        MalformedParameter: `context` says something else than `inline`.
    """
    asked = single(in_address(request), "context") or None
    if asked == "inline":
        return ""
    if asked is not None:
        raise MalformedParameter("context", f"'{asked}' is not known; right would be 'inline'")
    return f"{base_of(request)}context/{version}.jsonld"


def _named(name: str, offered: Sequence[Format]) -> Choice:
    for form in offered:
        if name in (form.name, form.media_type, *form.other_names, *form.aliases):
            return Choice(form, form.media_type)
    names = [f"{form.name} ({form.media_type})" for form in offered]
    raise NotAcceptable(f"No format here is called '{name}'", names)


def _all_media_types(offered: Sequence[Format]) -> list[tuple[str, Format]]:
    main = [(form.media_type, form) for form in offered]
    return main + [(alias, form) for form in offered for alias in form.aliases]


def _ranges(header: str) -> tuple[_Range, ...]:
    return tuple(one for one in map(_range, _PARTS[","].findall(header)) if one is not None)


def _range(text: str) -> _Range | None:
    """A media range; none if it is malformed, which then asks for nothing."""
    name, *parameters = _PARTS[";"].findall(text) or [""]
    found = _RANGE.match(name)
    if found is None:
        return None
    quality, version, profile = 1.0, "", ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        key, value = key.strip().lower(), value.strip()
        if key == "q":
            if _QUALITY.match(value) is None:
                return None
            quality = float(value)
        elif key == "version" and value.strip('"') in VERSIONS:
            version = value.strip('"')
        elif key == "profile":
            profile = value.strip('"')
    return _Range(found[1].lower(), found[2].lower(), quality, version, profile)


def _liking(media_type: str, ranges: Iterable[_Range], profiles: Sequence[Profile]) -> _Liking:
    """How much a media type is liked, and in which version and form.

    Of the ranges that fit a form the most specific one decides: one that names the form, then one
    that names none. Among forms that are liked as much, one that is named comes first.
    """
    kind, _, subtype = media_type.partition("/")
    known = profiles if media_type == JSON_LD.media_type else ()
    fitting = [
        (one, asked_for(one.profile, known))
        for one in ranges
        if one.kind in (kind, "*") and one.subtype in (subtype, "*")
    ]
    usual = tuple(profiles[:1])
    named = dict.fromkeys(form for _, form in fitting if form)
    forms = [*named, *([usual] if len(named) < len(fitting) else [])]
    found = [_liking_of(form, fitting) for form in forms]
    return max(found, key=lambda one: one.quality, default=_Liking(0.0, "", usual))


def _liking_of(form: tuple[Profile, ...], fitting: Sequence[_Fitting]) -> _Liking:
    likings = [
        ((one.subtype != "*") + (one.kind != "*") + bool(named), one.quality, one.version)
        for one, named in fitting
        if named in (form, ())
    ]
    _, quality, version = max(likings, default=(0, 0.0, ""))
    return _Liking(quality, version, form)


_LANGUAGE_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$"
)


def choose_language(request: Request) -> Language:
    """The language that this request likes best.

    Raises:
        MalformedParameter: the address asks for one that there is not, or for several.
    """
    asked = single(in_address(request), "lang")
    if not asked:
        header = ",".join(request.headers.getlist("accept-language"))
        return Language(_best(header), is_asked=False)
    if asked not in LANGUAGES:
        raise MalformedParameter("lang", f"right would be one of {', '.join(LANGUAGES)}")
    return Language(asked, is_asked=True)


def _best(header: str) -> str:
    """What the header likes best; a range fits when its first part does, as zh-Hans-CN fits zh."""
    liked = {language: _language_quality(header, language) for language in LANGUAGES}
    return max(LANGUAGES, key=lambda language: liked[language])


def _language_quality(header: str, language: str) -> float:
    qualities: dict[str, float] = {}
    for part in header.split(","):
        found = _LANGUAGE_RANGE.match(part)
        if found is not None:
            first = found[1].lower().partition("-")[0]
            quality = float(found[2] or 1)
            qualities[first] = max(quality, qualities.get(first, 0.0))
    return qualities.get(language, qualities.get("*", 0.0))
