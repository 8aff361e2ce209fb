"""Write the details of common failures, which are English, in the language of a page."""

import re
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

# By the keys of the fixed texts, which have the same parts.
_DETAILS: Final = {
    "detail-undeclared-prefix": re.compile(
        r".* \(line (?P<line>\d+), column (?P<column>\d+)\): "
        r"the prefix '(?P<prefix>[^']*)' is not declared(?:; .*)?"
    ),
    "detail-ambiguous-name": re.compile(
        r"'(?P<name>.*)' is the name of several things\.(?: Expected .*)?"
    ),
    "detail-unknown-name": re.compile(r"Unknown (?P<kind>[\w ]+) '(?P<name>.*)'\."),
    "detail-unknown-path": re.compile(r"Unknown path (?P<path>.*)\. See / for .*"),
    "detail-no-statement": re.compile(
        r"(?P<parameter>\w+): expected a subject, a predicate and an object with spaces "
        r"between them, got '(?P<value>.*)'"
    ),
}


def translate_detail(detail: str, words: Mapping[str, str]) -> Markup | None:
    """Return the detail of a failure in the fixed texts of a language; None for one of no kind."""
    for key, pattern in _DETAILS.items():
        if found := pattern.fullmatch(detail):
            return Markup(words[key]).format(**found.groupdict())  # noqa: S704
    return None
