"""The result of a query as a part of a page: a table with names, and what can be done with it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup, escape
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    parse,
    parse_query_results,
)

from kg.namespaces import XSD
from kg.sparql.paging import Page
from kg.statuses import Status
from service.answers.formats import GRAPH_FORMATS, N_TRIPLES, RESULT_FORMATS, RESULTS_JSON, Choice
from service.http.openapi import describe_parameter
from service.http.request import Parameters, chosen_value, single_value
from service.pages.terms import TermWriter

ROWS_ON_PAGE: Final = 200
# How cells show things, the first by default.
CELLS: Final = ("names", "curies", "both")
CELLS_PARAMETER: Final = describe_parameter(
    "cells", "What the cells of a page show of things.", enum=list(CELLS), default=CELLS[0]
)
# How scripts show the rows; without this parameter the shape of the rows decides.
DISPLAYS: Final = ("table", "graph", "chart", "timeline", "map")
SHOW_PARAMETER: Final = describe_parameter(
    "show",
    "How the scripts of a page show its rows; a chart may name its column, as in `chart:year`.",
    pattern=rf"^({'|'.join(DISPLAYS)}|chart:\w+)$",
)
_CHART_OF_COLUMN: Final = re.compile(r"chart:\w+")
# Parameters of one answer to a question, which links to other answers do not repeat.
OF_ONE_ANSWER: Final = ("offset", "limit", "format", "output", "results", "lang")
_INTEGERS: Final = [
    "integer",
    "int",
    "long",
    "short",
    "byte",
    "nonNegativeInteger",
    "positiveInteger",
]
_NUMBERS: Final = frozenset(XSD[name] for name in (*_INTEGERS, "decimal", "double", "float"))
# A heading with an addition in brackets, also those of Chinese.
_IN_BRACKETS: Final = re.compile(r"(.+?)\s*[(（]([^()（）]+)[)）]")
# The name of a variable for a name in a language, such as `cityEn`.
_OF_LANGUAGE: Final = re.compile(r"(\w+)([A-Z][a-z])")
_DATES: Final = frozenset(XSD[name] for name in ("date", "dateTime", "gYear", "gYearMonth"))
_POINT: Final = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
# Values of saved questions that are written in the language of the page.
_NAMED_VALUES: Final = ("true", "false", "strict", "wide")
_TRIPLE: Final = ("subject", "predicate", "object")


@dataclass(frozen=True)
class Asked:
    """A question that can be asked again: a path, and parameters of an address or form.

    `form` is that of the query. `max_characters` is the longest address. `support` has the fields
    that ask why a row is in the result, if that can be asked. `standing` are the parameters of the
    view in which statements of the result may be looked up, or None. `headings` are those of
    variables, `home` is the URL of the service. `is_beyond_view` is whether GRAPH reads statements
    over which the view does not decide.
    """

    path: str
    pairs: Parameters
    form: str
    max_characters: int
    offset: int = 0
    support: Mapping[str, str] | None = None
    standing: Mapping[str, str] | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    is_beyond_view: bool = False

    @property
    def has_triples(self) -> bool:
        """Whether the query returns triples."""
        return self.form in ("CONSTRUCT", "DESCRIBE")

    @property
    def choice(self) -> Choice:
        """The format that a page is made of."""
        form = N_TRIPLES if self.has_triples else RESULTS_JSON
        return Choice(form, form.media_type)

    @property
    def page(self) -> Page:
        """The rows to ask for: one more than are shown tells whether others follow."""
        return Page(ROWS_ON_PAGE + 1, self.offset)

    @property
    def formats(self) -> list[str]:
        """The names of the formats in which the whole result can be had."""
        return [form.name for form in (GRAPH_FORMATS if self.has_triples else RESULT_FORMATS)]

    @property
    def cells(self) -> str:
        """How cells show things, one of `CELLS`; MalformedParameter for anything else."""
        return chosen_value(self.pairs, "cells", *CELLS)

    @property
    def whole_address(self) -> str:
        """The address of all rows for scripts; empty if the question does not fit into one."""
        pairs = [(key, value) for key, value in self.fields if key not in ("cells", "show")]
        return f"{self.path}?{urlencode(pairs)}" if self.is_shareable else ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The parameters that ask the same again."""
        # A form sends line ends as CR and LF.
        lines = ((key, value.replace("\r\n", "\n")) for key, value in self.pairs)
        return [
            (key, value)
            for key, value in lines
            if key not in OF_ONE_ANSWER and value and (key, value) != ("cells", CELLS[0])
        ]

    @property
    def text(self) -> str:
        """The query, with its values; empty if there is none."""
        return {**dict(self.fields), **(self.support or {})}.get("query", "")

    @property
    def look(self) -> dict[str, str]:
        """The parameters that say how a page shows the answer."""
        return {name: value for name, value in self.fields if name in ("cells", "show")}

    @property
    def is_shareable(self) -> bool:
        """Whether the question fits into an address, with room for other parameters."""
        return len(self.address()) + ROWS_ON_PAGE <= self.max_characters

    def address(self, **changes: object) -> str:
        """Return the address of the same question, with these parameters."""
        pairs = [*self.fields, *((key, value) for key, value in changes.items() if value)]
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


def check_display(pairs: Parameters) -> None:
    """Check the display that the parameters name; MalformedParameter if there is no such one."""
    if not _CHART_OF_COLUMN.fullmatch(single_value(pairs, "show") or ""):
        chosen_value(pairs, "show", "", *DISPLAYS)


@dataclass(frozen=True)
class Column:
    """A column of a result, with what heads it; `kind` is that of all its terms, or empty.

    It is "number", "date", "point" on a map, "iri" or "text".
    """

    name: str
    heading: str
    kind: str

    @property
    def is_number(self) -> bool:
        """Whether all its terms are numbers, which are aligned at their right."""
        return self.kind == "number"


class RowStatus(NamedTuple):
    """The status that a row is as strong as, and whether what has it is derived."""

    status: NamedNode
    is_derived: bool


# The statuses of the rows of a page; None for a row that has none, or if they are not known.
RowStatuses = Sequence[RowStatus | None] | None


@dataclass(frozen=True)
class Row:
    """A row of a result: its terms as HTML, and the same as an object of SPARQL JSON."""

    cells: Sequence[Markup]
    binding: str
    status: RowStatus | None


@dataclass(frozen=True)
class Result:
    """The rows of a result that a page shows, or the answer to an ASK, with the seconds it took.

    `total` is the number of all rows, or None if it is not known. With `lacks_statuses`, the
    statuses of the rows could not be had in a short time. Downloads have the hidden columns too,
    and the values as they are, for which the page has words.
    """

    asked: Asked
    seconds: float
    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()
    has_more: bool = False
    total: int | None = None
    boolean: bool | None = None
    lacks_statuses: bool = False
    hidden_columns: int = 0
    words_of_values: Mapping[str, str] = field(default_factory=dict)

    @property
    def shows_statuses(self) -> bool:
        """Whether a row has a status."""
        return any(row.status for row in self.rows)

    @property
    def is_part(self) -> bool:
        """Whether there are other rows than those that are shown."""
        return self.has_more or self.asked.offset > 0

    @property
    def possible_statuses(self) -> list[NamedNode]:
        """The statuses that further rows may have."""
        return [status.iri for status in Status]

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.asked.offset + len(self.rows)

    @property
    def previous_offset(self) -> int:
        """The offset of the page before."""
        return max(0, self.asked.offset - ROWS_ON_PAGE)


def read_result(
    terms: TermWriter, asked: Asked, body: bytes, seconds: float, statuses: RowStatuses = None
) -> Result:
    """Read the rows that a query process has written in the format of `asked`."""
    if asked.has_triples:
        triples = [quad.triple for quad in parse(body, format=RdfFormat.N_TRIPLES)]
        _, _, comment = body.rpartition(b"\n# ")
        total = int(comment) if comment.strip().isdigit() else None
        asked = replace(asked, headings={name: terms.words[f"result-{name}"] for name in _TRIPLE})
        return _table(terms, asked, seconds, _TRIPLE, [(*triple,) for triple in triples], total)
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return Result(asked, seconds, boolean=bool(results))
    names = [variable.value for variable in results.variables]
    document = json.loads(body)
    bindings = document["results"]["bindings"] if asked.support else []
    solutions = [tuple(row[name] for name in names) for row in results]
    total = document["head"].get("total")
    return _table(terms, asked, seconds, names, solutions, total, bindings, statuses)


def terms_of_result(asked: Asked, body: bytes) -> list[Any]:
    """Return the terms of the rows that a query process has written; none of a boolean."""
    if asked.has_triples:
        quads = parse(body, format=RdfFormat.N_TRIPLES)
        return [term for quad in quads for term in quad.triple]
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return []
    return [term for row in results for term in row]


def _table(
    terms: TermWriter,
    asked: Asked,
    seconds: float,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    total: int | None,
    bindings: Sequence[Mapping[str, Any]] = (),
    statuses: RowStatuses = None,
) -> Result:
    shown = rows[:ROWS_ON_PAGE]
    terms_of = {name: [row[index] for row in shown] for index, name in enumerate(names)}
    is_named = bool(asked.headings) and not asked.has_triples and asked.cells != "curies"
    labels = _columns_of_labels(terms_of) if is_named else frozenset()
    if is_named:
        labels |= _columns_of_translations(terms_of, terms.language)
    kept = [index for index, name in enumerate(names) if name not in labels]
    headings = _short_headings([names[index] for index in kept], asked.headings)
    columns = [Column(name, text, _find_kind(terms_of[name])) for name, text in headings.items()]
    written = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in bindings]
    written = written or [""] * len(shown)
    cells, values = asked.cells, _words_of_values(terms) if is_named else {}

    def write(term: Any) -> Markup:
        return _write_cell(terms, term, cells, is_named, values)

    table = [
        Row([write(row[index]) for index in kept], text, status)
        for row, text, status in zip(shown, written, statuses or [None] * len(shown), strict=False)
    ]
    lacks_statuses = asked.support is not None and statuses is None
    has_more = len(rows) > len(shown)
    return Result(
        asked,
        seconds,
        columns,
        table,
        has_more,
        total,
        lacks_statuses=lacks_statuses,
        hidden_columns=len(labels),
        words_of_values=values,
    )


def _words_of_values(terms: TermWriter) -> Mapping[str, str]:
    """Return the words for values that saved questions answer with, such as "true"."""
    return {one: terms.words[f"value-{one}"] for one in _NAMED_VALUES}


def _columns_of_labels(terms_of: Mapping[str, Sequence[Any]]) -> frozenset[str]:
    """Return the columns that name the things of another one: `cityEn` has those of `city`."""
    return frozenset(
        name
        for name, terms in terms_of.items()
        if terms
        and (match := _OF_LANGUAGE.fullmatch(name))
        and all(term is None or isinstance(term, NamedNode) for term in terms_of.get(match[1], [0]))
        and all(isinstance(term, Literal) and term.language == match[2].lower() for term in terms)
    )


def _columns_of_translations(
    terms_of: Mapping[str, Sequence[Any]], language: str
) -> frozenset[str]:
    """Return the columns of texts that another column has in the language of the page.

    `wordsEn` is one on a Chinese page if `wordsZh` has a text wherever it has one.
    """

    def is_in_language(terms: Sequence[Any], tag: str) -> bool:
        texts = [term for term in terms if term is not None]
        return bool(texts) and all(
            isinstance(one, Literal) and one.language == tag for one in texts
        )

    found = set()
    for name, terms in terms_of.items():
        match = _OF_LANGUAGE.fullmatch(name)
        if match is None or match[2].lower() == language:
            continue
        own = terms_of.get(f"{match[1]}{language.capitalize()}", ())
        if is_in_language(terms, match[2].lower()) and is_in_language(own, language):
            pairs = zip(terms, own, strict=True)
            found |= {name} if all(each is not None for text, each in pairs if text) else set()
    return frozenset(found)


def _short_headings(names: Sequence[str], headings: Mapping[str, str]) -> Mapping[str, str]:
    """Return what heads each column: beside one called "city", "city (English)" is "English"."""
    short: dict[str, str] = {}
    for name in names:
        heading = headings.get(name, name)
        match = _IN_BRACKETS.fullmatch(heading)
        short[name] = match[2] if match and match[1] in short.values() else heading
    return short


def _write_cell(
    terms: TermWriter, term: Any, cells: str, is_named: bool, values: Mapping[str, str]
) -> Markup:
    # Most cells, without the template: it takes ten times as long.
    if isinstance(term, NamedNode):
        return terms.titled_link(term, cells)
    if isinstance(term, Literal) and not term.language:
        return escape(values.get(term.value, term.value))
    if isinstance(term, Literal) and term.language == terms.language and is_named:
        # Its language needs no word on a page in the same one.
        return Markup(terms.link(term))  # noqa: S704 - written by a macro that escapes
    return terms.cell(term, cells)


def _find_kind(terms: Sequence[Any]) -> str:
    """Return the kind of all terms of a column that have a value; empty if they are of several."""
    kinds = {_kind_of(term) for term in terms if term is not None}
    return kinds.pop() if len(kinds) == 1 else ""


def _kind_of(term: Any) -> str:
    if isinstance(term, NamedNode):
        return "iri"
    if not isinstance(term, Literal):
        return ""
    if term.datatype in _NUMBERS:
        return "number"
    if term.datatype in _DATES:
        return "date"
    return "point" if term.datatype == _POINT else "text"
