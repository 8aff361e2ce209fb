"""Content negotiation: choose the media type of an answer, and the language of a page.

The URL decides (`?format=`, `?lang=`), or else the headers Accept (RFC 9110, section 12.5.1) and
Accept-Language (RFC 4647, section 3.4: lookup). Only content codings are negotiated elsewhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from operator import itemgetter
from typing import Final, NamedTuple

from fastapi import Request

from kg.describe.json_ld_context import GRAPH_PROFILES, Profile, choose_profiles
from kg.errors import MalformedParameter
from service.answers.formats import JSON_LD, VERSIONS, Choice, Format, media_types
from service.errors import NotAcceptable
from service.http.endpoint import endpoint_in
from service.http.request import (
    Parameters,
    all_values,
    base_url,
    query_parameters,
    single_value,
)

# The languages of pages; the first is the default.
LANGUAGE_NAMES: Final = {"en": "English", "zh": "中文"}
LANGUAGES: Final = tuple(LANGUAGE_NAMES)
_RANGE: Final = re.compile(r"\s*([\w!#$&^.+-]+|\*)/([\w!#$&^.+-]+|\*)\s*$")
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
_PARTS: Final = {mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*"?)+') for mark in ",;"}
_LANGUAGE_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*"
    r"(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$"
)


class Language(NamedTuple):
    """The language of a page, and whether the URL asked for it."""

    tag: str
    is_explicit: bool


class _Range(NamedTuple):
    """A media range of an Accept header, with its quality and parameters.

    `version` is a version of RDF, `profile` a list of IRIs separated by spaces; each may be empty.
    """

    type: str
    subtype: str
    quality: float
    version: str
    profile: str


# The quality that a client gives to a media type, and the version and profiles that it wants.
_Preference = tuple[float, str, tuple[Profile, ...]]


def choose_format(
    request: Request,
    offered: Sequence[Format],
    *,
    format_names: Sequence[str] = (),
    profiles: Sequence[Profile] = GRAPH_PROFILES,
) -> Choice:
    """Choose the format that this request prefers, and for JSON-LD the address of its context.

    Formats named in a form or by a file extension (`format_names`) override `?format=` and Accept.
    With `context=inline` the context stands in the document. For the rest see `negotiate`.
    """
    names = (*format_names, *all_values(query_parameters(request), "format"))
    accept = ",".join(request.headers.getlist("accept"))
    version = endpoint_in(request.scope).context_version
    available = tuple(profiles) if version is not None else (Profile.expanded,)
    named = tuple(filter(None, names))
    choice = negotiate(accept, tuple(offered), format_names=named, profiles=available)
    if choice.format != JSON_LD or version is None:
        return choice
    return replace(choice, context=_context_of(request, version))


# Clients are many, but their Accept headers are few.
@lru_cache(maxsize=1024)
def negotiate(
    accept: str,
    offered: tuple[Format, ...],
    *,
    format_names: tuple[str, ...] = (),
    profiles: tuple[Profile, ...] = GRAPH_PROFILES,
) -> Choice:
    """Choose the format that an Accept header prefers; among equals, the first offered.

    The first of `format_names` (or media types) that is offered overrides it, except for the
    profile of JSON-LD. Only these `profiles` are available, the default first. Raises NotAcceptable
    if no format matches.
    """
    # Malformed ranges are left out.
    ranges = [found for found in map(_parse_range, _PARTS[","].findall(accept)) if found]
    if format_names:
        named = _find_format(format_names, offered)
        *_, wanted = _preference_for(named.media_type, ranges, profiles)
        return replace(named, profiles=wanted)
    if not accept.strip(" \t,"):
        return Choice(offered[0], offered[0].media_type, profiles=profiles[:1])
    candidates = [(form.media_type, form) for form in offered]
    candidates += [(alias, form) for form in offered for alias in form.aliases]
    best_quality, choice = 0.0, None
    for media_type, form in candidates:
        quality, version, wanted = _preference_for(media_type, ranges, profiles)
        if quality > best_quality:
            best_quality, choice = quality, Choice(form, media_type, version, wanted)
    if choice is None:
        raise NotAcceptable(f"No offered format matches 'Accept: {accept}'", media_types(offered))
    return choice


def _context_of(request: Request, version: str) -> str:
    """Return the address of the JSON-LD context; empty for `context=inline`."""
    value = single_value(query_parameters(request), "context") or None
    if value == "inline":
        return ""
    if value is not None:
        raise MalformedParameter("context", f"expected 'inline', got '{value}'")
    return f"{base_url(request)}context/{version}.jsonld"


def _find_format(names: Sequence[str], offered: Sequence[Format]) -> Choice:
    # SPARQLWrapper names a format twice, by its own name and by its media types.
    for name, form in product(names, offered):
        if name in (form.name, form.media_type, *form.other_names, *form.aliases):
            return Choice(form, form.media_type)
    known = [f"{form.name} ({form.media_type})" for form in offered]
    raise NotAcceptable(f"Unknown format '{names[0]}'", known)


def _parse_range(text: str) -> _Range | None:
    name, *parts = _PARTS[";"].findall(text) or [""]
    pairs = (part.partition("=") for part in parts)
    parameters = {key.strip().lower(): value.strip() for key, _, value in pairs}
    match, quality = _RANGE.match(name), parameters.get("q", "1")
    if match is None or _QUALITY.match(quality) is None:
        return None
    version = parameters.get("version", "").strip('"')
    profile = parameters.get("profile", "").strip('"')
    known_version = version if version in VERSIONS else ""
    return _Range(match[1].lower(), match[2].lower(), float(quality), known_version, profile)


def _preference_for(
    media_type: str, ranges: Iterable[_Range], profiles: tuple[Profile, ...]
) -> _Preference:
    """Return the client's preference for a media type, in the profiles that it prefers.

    For each set of profiles the most specific media range decides: one that names the profiles,
    then one without profiles. Among sets of equal quality, a named one comes first.
    """
    type_, _, subtype = media_type.partition("/")
    available = profiles if media_type == JSON_LD.media_type else ()
    matches = [
        (found, choose_profiles(found.profile, available))
        for found in ranges
        if found.type in (type_, "*") and found.subtype in (subtype, "*")
    ]

    def preference_in(wanted: tuple[Profile, ...]) -> _Preference:
        by_specificity = (
            (bool(named) - found[:2].count("*"), found.quality, found.version)
            for found, named in matches
            if named in (wanted, ())
        )
        _, quality, version = max(by_specificity, default=(0, 0.0, ""))
        return quality, version, wanted

    named_sets = [named for _, named in matches if named]
    candidates = map(preference_in, dict.fromkeys([*named_sets, profiles[:1]]))
    return max(candidates, key=itemgetter(0))


def choose_page_language(request: Request, pairs: Parameters | None = None) -> Language:
    """Choose the language that this request prefers, by `lang` or by Accept-Language.

    `pairs` are all parameters if they are not only those of the address.
    """
    requested = single_value(query_parameters(request) if pairs is None else pairs, "lang")
    if not requested:
        header = ",".join(request.headers.getlist("accept-language"))
        return Language(_preferred(header), is_explicit=False)
    if requested not in LANGUAGES:
        raise MalformedParameter("lang", f"expected one of {', '.join(LANGUAGES)}")
    return Language(requested, is_explicit=True)


def accepted_languages(request: Request) -> tuple[str, ...]:
    """Return the primary subtags of the languages that a reader accepts, the preferred first."""
    qualities = _qualities(",".join(request.headers.getlist("accept-language")))
    named = (language for language in qualities if language != "*" and qualities[language])
    return tuple(sorted(named, key=lambda language: -qualities[language]))


def _preferred(header: str) -> str:
    """Return the language of highest quality; only primary subtags count: zh-Hans-CN means zh."""
    qualities = _qualities(header)
    default = qualities.get("*", 0.0)
    return max(LANGUAGES, key=lambda language: qualities.get(language, default))


def _qualities(header: str) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in header.split(","):
        match = _LANGUAGE_RANGE.match(part)
        if match is not None:
            primary = match[1].lower().partition("-")[0]
            qualities[primary] = max(float(match[2] or 1), qualities.get(primary, 0.0))
    return qualities
