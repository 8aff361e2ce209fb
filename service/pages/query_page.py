"""The page of the SPARQL endpoint: the editor, and the answer to its query or the failure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.content import Topic
from kg.namespaces import PREFIXES, shorten
from kg.sparql.hints import QueryHint
from kg.sparql.query import Query
from kg.statuses import VIEWS, Standing, World, view_parameters
from service.http.request import Parameters
from service.pages.name_order import order_of_name
from service.pages.result_page import CELLS, OF_ONE_ANSWER, Result
from service.pages.terms import TermWriter

# Rows of the editor.
_FEWEST_LINES: Final = 6
_MOST_LINES: Final = 24
# Characters of a line that are shown before an error and after it.
_BEFORE_ERROR, _AFTER_ERROR = 200, 300
# Parameters that the editor has fields for.
_OF_FIELDS: Final = ("query", "view", "world", "cells", "show")


@dataclass(frozen=True)
class ViewChoice:
    """The names of the view and the world that a form shows as chosen, and of all worlds."""

    view: str
    world: str
    worlds: Mapping[str, World]

    def options(self, terms: TermWriter) -> list[tuple[str, str]]:
        """Return the names of the worlds with what they are called, holders first."""
        holders = [(name, one.holder) for name, one in self.worlds.items() if one.holder]
        named = [(name, terms.label(holder).value) for name, holder in holders]
        others = [(name, one.status.iri) for name, one in self.worlds.items() if not one.holder]
        listed = sorted(named, key=lambda pair: order_of_name(pair[1]))
        listed += [(name, terms.label(status).value) for name, status in others]
        # One that does not exist is kept too, like everything that was typed.
        unknown = {self.world} - {"", *self.worlds}
        return [*listed, *((name, name) for name in unknown)]

    def of(self, view: Standing) -> "ViewChoice":
        """Return the choice of the view that the names were understood as."""
        chosen = view_parameters(view)
        return replace(self, view=chosen["view"], world=chosen.get("world", ""))

    @property
    def views(self) -> Sequence[str]:
        """The names of all views."""
        return tuple(VIEWS)


@dataclass(frozen=True)
class Editor:
    """A query as it was typed, with the parameters it was sent with; `choice` of a release."""

    text: str
    pairs: Parameters = ()
    choice: ViewChoice | None = None

    @property
    def cells(self) -> str:
        """How the cells of the result show things, as it was sent."""
        return dict(self.pairs).get("cells") or CELLS[0]

    @property
    def others(self) -> list[tuple[str, str]]:
        """The parameters that the editor has no field for."""
        shown = (*_OF_FIELDS, *OF_ONE_ANSWER)
        return [(key, value) for key, value in self.pairs if key not in shown and value]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All parameters of the query but its text."""
        chosen = [("view", self.choice.view), ("world", self.choice.world)] if self.choice else []
        chosen += [("cells", self.cells)] if self.cells != CELLS[0] else []
        return [*((key, value) for key, value in chosen if value), *self.others]

    @property
    def lines(self) -> int:
        """The height of the editor, in lines."""
        return min(_MOST_LINES, max(_FEWEST_LINES, self.text.count("\n") + 2))


@dataclass(frozen=True)
class ErrorPlace:
    """The line of an error: what is before its column, the character there, what is after it."""

    number: int
    before: str
    wrong: str
    after: str


def write_query_page(
    terms: TermWriter,
    editor: Editor,
    path: str,
    *,
    result: Result | None = None,
    failure: Mapping[str, Any] | None = None,
    hints: Sequence[QueryHint] = (),
    endpoint: Mapping[str, Any] | None = None,
    topics: Sequence[Topic] = (),
) -> bytes:
    """Write the page with a result, the failure of a query, or the description of the endpoint.

    `path` is the address of the page without its language; the hints say what the query may
    have wrong; `topics` are those of the saved questions.
    """
    return terms.write_page(
        "sparql.html",
        title=terms.words["query-title"],
        path=path,
        place="query",
        editor=editor,
        result=result,
        failure=failure,
        error_place=find_place(editor.text, failure) if failure else None,
        hints=[(hint, _corrected(result, editor, hint)) for hint in hints],
        endpoint=endpoint,
        topics=topics,
    )


def start_query(terms: TermWriter, class_: NamedNode) -> str:
    """Return a query to start from: which members of a class have the most statements."""
    question = str(terms.say("query-start", name=terms.label(class_).value))
    return f"""# {unescape(question)}
PREFIX glocal: <{PREFIXES["glocal"]}>

SELECT ?thing (COUNT(*) AS ?statements) WHERE {{
    ?thing a {shorten(class_.value)} ;
        ?relation ?other .
}}
GROUP BY ?thing
ORDER BY DESC(?statements)
LIMIT 20"""


def find_place(text: str, failure: Mapping[str, Any]) -> ErrorPlace | None:
    """Return the place of a failure in the text, or None if it names none."""
    lines = text.replace("\r\n", "\n").split("\n")
    number, column = failure.get("line"), failure.get("column")
    if number is None or column is None or not 0 < number <= len(lines):
        return None
    line, at = lines[number - 1], column - 1
    before, after = line[max(0, at - _BEFORE_ERROR) : at], line[at + 1 : at + _AFTER_ERROR]
    return ErrorPlace(number, before, line[at : at + 1], after)


def declare_prefixes(text: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return a query with declarations of those of these prefixes that it uses without them."""
    return Query.with_prefixes(text, prefixes).full_text


def _corrected(
    result: Result | None, editor: Editor, term: QueryHint
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the similar terms, each with the parameters of the query that names it instead."""
    # Not the beginning of a longer name.
    before, after = r"(?<![\w:-])", r"(?![\w-])"
    parts = re.split(f"{before}{re.escape(term.name)}{after}", editor.text)
    if result is None or len(parts) == 1:
        return [(name, []) for name in term.near]
    return [(name, [("query", name.join(parts)), *editor.fields]) for name in term.near]
