"""The saved queries in queries/*.rq: read their headers, bind their parameters, run them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, Variable

from kg.content import Content, english, own_content
from kg.errors import MalformedFile, MalformedParameter, MalformedQuery, UnknownName, did_you_mean
from kg.namespaces import XSD, expand
from kg.statuses import VIEWS, Standing
from kg.store.paging import ALL_ROWS, Page, select_page
from kg.store.quad_store import Results, Store
from kg.store.query import Query
from kg.store.tokens import match_brackets, tokenize
from kg.store.viewed_store import in_view

# Parameters of every saved query over HTTP, so that none of its own can have these names.
RESERVED_PARAMETERS: Final = (
    *("format", "entailment", "view", "world", "limit", "offset"),
    "lang",
)
_HEADER: Final = re.compile(r"(question \([A-Za-z-]+\)|view|world|parameter|answer):\s*(.+)")
_KEYS: Final = ("question", "view", "world", "parameter", "answer")
_PARAMETER: Final = re.compile(r"\?(\w+),\s*(.+)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^(\S+))?')
_NUMBERS: Final = {"integer": re.compile(r"[+-]?\d+"), "decimal": re.compile(r"[+-]?\d*\.\d+")}

Bindings = Mapping[Variable, NamedNode | Literal]
# Returns the IRI that is meant by a value, given its description too.
ReadIri = Callable[[str, str], NamedNode]


@dataclass(frozen=True)
class SavedQuery:
    """A query that can be run by name, with its questions by language.

    `parameters` maps a name without its question mark to a description of the value. `form` is
    SELECT, ASK or CONSTRUCT, which stands for DESCRIBE too, as that also returns triples. The
    question is meant for this view, and in this world if there is one.
    """

    name: str
    questions: Mapping[str, str]
    parameters: Mapping[str, str]
    answer: str
    text: str
    form: str
    view: str = "paper"
    world: str = ""

    @property
    def question(self) -> str:
        """The question in English, or else in the first of its languages."""
        return english(self.questions)

    def bind(self, values: Mapping[str, str], read_iri: ReadIri) -> Bindings:
        """Convert values to terms; raise MalformedParameter for one missing, unknown or invalid.

        For `read_iri` see `parse_term`.
        """
        for name in values:
            if name not in self.parameters:
                expected = ", ".join(self.parameters) or "none"
                hint = did_you_mean(get_close_matches(name, self.parameters, n=3, cutoff=0.5))
                reason = f"is not a parameter of '{self.name}', which takes: {expected}.{hint}"
                raise MalformedParameter(name, reason)
        for name, description in self.parameters.items():
            if name not in values:
                raise MalformedParameter(name, f"is missing; expected {description}")
        return {
            Variable(name): parse_term(name, value, self.parameters[name], read_iri)
            for name, value in values.items()
        }

    def text_with(self, bound: Bindings) -> str:
        """Return the text with these values in its pattern, as people would write it."""
        tokens = list(tokenize(self.text))
        closing, index = match_brackets(tokens), 0
        # Past the expressions of a SELECT, and past the template of a CONSTRUCT.
        while tokens[index].text != "{" or tokens[index - 1].keyword == "CONSTRUCT":
            index = closing.get(index, index) + 1
        start, end = tokens[index].end, tokens[closing[index]].offset
        values = "".join(f"\n    VALUES {name} {{ {term} }}" for name, term in bound.items())
        group = self.text[start:end]
        # A subquery cannot stand beside other patterns without braces of its own.
        if values and tokens[index + 1].keyword == "SELECT":
            group = f"\n{{{group}}}\n"
        return f"{self.text[:start]}{values}{group}{self.text[end:]}"

    def run(
        self,
        store: Store,
        bound: Bindings,
        *,
        entailment: str = "all",
        view: Standing | None = None,
        page: Page = ALL_ROWS,
    ) -> Results:
        """Run the query on a store, by default in its own view, with values from `bind`.

        `page` is the part of its rows to return; see `select_page`.
        """
        query = select_page(Query(self.text), page)
        viewed = in_view(store, view or store.views.parse(self.view, self.world))
        return viewed.query(query, substitutions=bound, entailment=entailment)


def read_queries(
    folder: Path | None = None,
    *,
    languages: Sequence[str] | None = None,
    are_federated: bool = False,
) -> dict[str, SavedQuery]:
    """Read the queries directly in a folder, by file name without extension.

    Folder and languages of the questions are by default the project's. Federated queries call other
    endpoints, so they cannot be tried on an empty store. Raises MalformedFile if a header line is
    missing, or the text is not a query that returns its parameters.
    """
    paths = sorted((folder or own_content().queries).glob("*.rq"))
    asked_in = own_content().languages if languages is None else languages
    return {path.stem: read_query(path, asked_in, is_federated=are_federated) for path in paths}


def read_every_query(content: Content) -> tuple[dict[str, SavedQuery], dict[str, SavedQuery]]:
    """Return the queries of a content by name, and those that also query other endpoints."""
    folder, languages = content.queries, content.languages
    federated = read_queries(folder / "federated", languages=languages, are_federated=True)
    return read_queries(folder, languages=languages), federated


def get_query(queries: Mapping[str, SavedQuery], name: str) -> SavedQuery:
    """Return the query with a name; raise UnknownName, with similar names, if there is none."""
    if name not in queries:
        raise UnknownName(name, list(queries), kind="query")
    return queries[name]


def parse_term(parameter: str, value: str, expected: str, read_iri: ReadIri) -> NamedNode | Literal:
    """Convert the value of a parameter to a term; raise MalformedParameter if it is not valid.

    If its description `expected` contains the word IRI, `read_iri` reads it, given the value and
    the description: a type in the header could only contradict that. Otherwise it is a literal,
    quoted as in Turtle (`"text"@en`), an integer or decimal if it looks like one, or else a plain
    string.
    """
    try:
        if re.search(r"\bIRI\b", expected):
            return read_iri(value, expected)
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            kind = next((name for name, form in _NUMBERS.items() if form.fullmatch(value)), None)
            return Literal(value, datatype=XSD[kind] if kind else None)
        text = re.sub(r'\\(["\\])', r"\1", quoted[1])
        datatype = expand(quoted[3]) if quoted[3] else None
        return Literal(text, language=quoted[2], datatype=datatype)
    except MalformedParameter as error:
        reason = f"'{value[:80]}' is not {expected}: {error.reason}"
        raise MalformedParameter(parameter, reason) from error
    except ValueError as error:
        reason = f"'{value}' is not {expected}: {error}. Expected a language tag such as @en."
        raise MalformedParameter(parameter, reason) from error


def read_query(path: Path, languages: Sequence[str], *, is_federated: bool) -> SavedQuery:
    """Read one query; see `read_queries`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise MalformedFile(path, line, 1, "not UTF-8", remedy="a file in UTF-8") from error
    header, parameters = _read_header(path, text)
    for key in (*(f"question ({language})" for language in languages), "view", "answer"):
        if key not in header:
            reason, remedy = f"the header has no line '# {key}: …'", "such a line"
            raise MalformedFile(path, 1, 1, reason, remedy=remedy)
    if header["view"] not in VIEWS:
        reason, remedy = f"'{header['view']}' is not a view", f"one of {', '.join(VIEWS)}"
        line = text.count("\n", 0, text.index("view:")) + 1
        raise MalformedFile(path, line, 1, reason, remedy=remedy)
    return SavedQuery(
        name=path.stem,
        questions={language: header[f"question ({language})"] for language in languages},
        parameters=parameters,
        answer=header["answer"],
        text=text,
        form=_check_query(path, text, parameters, is_federated=is_federated),
        view=header["view"],
        world=header.get("world", ""),
    )


def _read_header(path: Path, text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the header's values by key, which may continue on more lines, and the parameters."""
    header: dict[str, str] = {}
    parameters: dict[str, str] = {}
    key, target = "", header
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        content = line.lstrip("#").strip()
        match = _HEADER.fullmatch(content)
        if match is None:
            _require_no_key(path, number, content)
            if key and content:
                target[key] += f" {content}"
            continue
        key, value, target = match[1], match[2], header
        if key == "parameter":
            parameter = _PARAMETER.fullmatch(value)
            if parameter is None:
                reason = "the parameter has no name or no description"
                remedy = "# parameter: ?name, description of the value"
                raise MalformedFile(path, number, 1, reason, remedy=remedy)
            key, value, target = parameter[1], parameter[2], parameters
            if key in RESERVED_PARAMETERS:
                reason = f"every query has a parameter '{key}' already"
                remedy = f"another name than {', '.join(RESERVED_PARAMETERS)}"
                raise MalformedFile(path, number, 1, reason, remedy=remedy)
        target[key] = value
    return header, parameters


def _require_no_key(path: Path, line: int, content: str) -> None:
    """Raise MalformedFile for a misspelt key, which would continue the text before it."""
    word, colon, _ = content.partition(":")
    name = word.partition(" (")[0].lower()
    near = get_close_matches(name, _KEYS, n=1, cutoff=0.7) if colon else []
    if near:
        reason = f"'{word}' is not a key of a header"
        raise MalformedFile(path, line, 1, reason, remedy=f"# {near[0]}: …")


def _check_query(
    path: Path, text: str, parameters: Mapping[str, str], *, is_federated: bool
) -> str:
    """Run the query on an empty store, unless it queries other endpoints, and return its form."""
    try:
        results = None if is_federated else Store.in_memory([]).query(text)
    except MalformedQuery as error:
        line, column = error.line or 1, error.column or 1
        remedy = f"valid SPARQL at column {column}"
        raise MalformedFile(path, line, column, error.reason, remedy=remedy) from error
    if isinstance(results, QuerySolutions):
        returned = {variable.value for variable in results.variables}
        for name in [name for name in parameters if name not in returned]:
            reason = f"the SELECT does not return its parameter ?{name}, so it cannot be bound"
            remedy = f"?{name} among the variables of the SELECT"
            raise MalformedFile(path, 1, 1, reason, remedy=remedy)
    form = Query(text).form
    if form is None:
        remedy = "a SELECT, ASK, CONSTRUCT or DESCRIBE query"
        raise MalformedFile(path, 1, 1, "the file has no query", remedy=remedy)
    return "CONSTRUCT" if form == "DESCRIBE" else form
