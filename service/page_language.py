"""Accept-Language, or `?lang=` -> the language of a page.

The only place where a language is chosen (RFC 4647, section 3.4: lookup).
"""

import re
from typing import Final

from fastapi import Request

from kg.errors import MalformedParameter
from service.address import in_address, single
from service.languages import LANGUAGES, Language

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
