"""Write the details of common failures, which are English, in the language of a page."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup

from service.pages.terms import read_words

_PLACE: Final = r" \(line (?P<line>\d+), column (?P<column>\d+)\)"
# By the keys of the fixed texts, which have the same parts.
_DETAILS: Final = {
    "detail-undeclared-prefix": re.compile(
        rf".*{_PLACE}: the prefix '(?P<prefix>[^']*)' is not declared(?:; .*)?"
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
# In English the details say these well enough.
_IN_OTHER_LANGUAGES: Final = {
    "detail-syntax": re.compile(
        rf"(?P<problem>The (?:query|update) is not well-formed SPARQL(?: Update)?){_PLACE}: "
        r"(?P<reason>.*)",
        re.DOTALL,
    ),
    "detail-timed-out": re.compile(
        r"The query was stopped: it took more than (?P<seconds>[\d.]+) s\."
    ),
    "detail-out-of-memory": re.compile(
        r"The query was stopped: it needed more than (?P<size>[\d,]+ MiB) of memory\."
    ),
    "detail-too-many-queries": re.compile(
        r"At most (?P<allowed>[\d,]+) queries run at once, (?P<own>[\d,]+) of them per client; "
        r"others wait for a limited time\."
    ),
    "detail-too-large": re.compile(
        r"The result has more than (?P<allowed>[\d,]+) (?P<unit>rows|triples|bytes)\."
    ),
    "detail-too-long": re.compile(r"The query is longer than (?P<allowed>[\d,]+) characters\."),
    "detail-body-too-long": re.compile(r"The body has more than (?P<allowed>[\d,]+) characters\."),
    "detail-nested": re.compile(
        r"The text is nested too deep, or too long, for the engine: it overflowed the stack of "
        r"its process\. Expected a simpler query or update\."
    ),
    "detail-refused": re.compile(
        r"The query is refused because of (?P<feature>[^:]*): (?P<said>.*)\.", re.DOTALL
    ),
}
# The reasons of a syntax error.
_REASONS: Final = {
    "syntax-ungrouped": re.compile(
        r"(?P<variable>[?$]\w+) is selected, but neither in GROUP BY nor in an aggregate such as "
        r"COUNT"
    ),
    "syntax-unclosed": re.compile(
        r"found (?P<found>.*), expected '(?P<mark>[)}])': opened at line (?P<opened>\d+)", re.DOTALL
    ),
    "syntax-expected": re.compile(r"found (?P<found>.*), expected (?P<expected>.*)", re.DOTALL),
    "syntax-update": re.compile(r"(?P<keyword>[A-Z]+) is an update; expected a query"),
    "syntax-star": re.compile(
        r"SELECT \* is not authorized with GROUP BY(?:, found (?P<found>.*))?"
    ),
    "syntax-twice": re.compile(
        r"The SELECT overrides an existing variable using an expression(?:, found .*)?"
    ),
    "syntax-unbound": re.compile(
        r"The SELECT contains (?:a|an expression with a) variable that is unbound(?:, found .*)?"
    ),
    "syntax-found": re.compile(r"found (?P<found>'.*'|the end of the text)", re.DOTALL),
}
# What the engine lists as expected.
_ALTERNATIVES: Final = {
    "a term": "syntax-term",
    "a digit": "syntax-digit",
    "the end of the text": "syntax-end",
}


def translate_detail(detail: str, language: str) -> Markup | None:
    """Return the detail of a failure in the fixed texts of a language; None for one of no kind.

    What it has of other texts, such as those of the engine, is marked as English.
    """
    patterns = _DETAILS if language == "en" else _DETAILS | _IN_OTHER_LANGUAGES
    return _translate(detail, patterns, read_words(language))


def _translate(
    text: str, patterns: Mapping[str, re.Pattern[str]], words: Mapping[str, str]
) -> Markup | None:
    for key, pattern in patterns.items():
        if found := pattern.fullmatch(text):
            parts = {
                name: _PARTS[name](value, words) if name in _PARTS else value
                for name, value in found.groupdict(default="").items()
            }
            return Markup(words[key]).format(**parts)  # noqa: S704
    return None


def _english(text: str, _: Mapping[str, str]) -> Markup:
    return Markup('<span lang="en">{}</span>').format(text)


def _reason(text: str, words: Mapping[str, str]) -> Markup:
    return _translate(text, _REASONS, words) or _english(text, words)


def _found(text: str, words: Mapping[str, str]) -> Markup:
    """Return a token of the query, which the detail has in quotes, as code."""
    if text in _ALTERNATIVES:
        return Markup(words[_ALTERNATIVES[text]])  # noqa: S704
    return Markup("<code>{}</code>").format(text.removeprefix("'").removesuffix("'"))


def _expected(text: str, words: Mapping[str, str]) -> Markup:
    """Return a list of alternatives, whose tokens are in double quotes."""
    separator = Markup(words["syntax-or"])  # noqa: S704
    return separator.join(
        _found(one.removeprefix('"').removesuffix('"'), words) for one in text.split(" or ")
    )


def _unit(text: str, words: Mapping[str, str]) -> str:
    return words[f"detail-{text}"]


# How the parts of a detail are written that have words in them.
_PARTS: Final[Mapping[str, Callable[[str, Mapping[str, str]], str]]] = {
    "reason": _reason,
    "found": _found,
    "expected": _expected,
    "unit": _unit,
    "feature": _english,
    "said": _english,
}
