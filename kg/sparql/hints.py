"""Mistakes of a well-formed query: a hint beside the answer says so."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from kg.errors import did_you_mean
from kg.sparql.query import Query

_SAID: Final[Mapping[str, str]] = {
    "unknown-term": "Unknown term '{}'.",
    "unbound-variable": "The variable {} is nowhere bound.",
    "date-comparison": "Only values of xsd:{} are compared; dates with more or fewer parts are "
    "left out. To compare all, compare STR(?date) with a string.",
    "silent-service": "SERVICE SILENT bound nothing: {}",
}
_DATES: Final = frozenset({"gYear", "gYearMonth", "date", "dateTime"})
_COMPARES: Final = frozenset({"<", ">", "<=", ">=", "!="})


class QueryHint(NamedTuple):
    """A kind of hint, the part of the query that it is about, and similar ones that exist."""

    kind: str
    name: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{_SAID[self.kind].format(self.name)}{did_you_mean(self.near)}"


def find_date_comparisons(query: Query) -> list[QueryHint]:
    """Return a hint at the first date with which a query compares values, if there is one.

    SPARQL compares a year with years alone, so a filter drops a date with a month (section 17.3).
    """
    if '"^^' not in query.text and "'^^" not in query.text:
        return []
    tokens = query.tokens
    for at, (mark, type_) in enumerate(pairwise(tokens)):
        around = {tokens[at - 2].text, *(one.text for one in tokens[at + 2 : at + 3])}
        name = type_.text.rstrip(">").replace("#", ":").rpartition(":")[2]
        if at > 1 and mark.text == "^^" and name in _DATES and around & _COMPARES:
            return [QueryHint("date-comparison", name)]
    return []
