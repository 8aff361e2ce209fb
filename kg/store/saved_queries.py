"""The saved queries in queries/*.rq: read them, bind their parameters, run them."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import dropwhile
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, Variable

from kg.content import Content, own_content
from kg.errors import MalformedFile, MalformedParameter, MalformedQuery, UnknownName, did_you_mean
from kg.namespaces import PREFIXES, XSD, expand, write_iri
from kg.sparql.paging import ALL_ROWS, Page, select_page
from kg.sparql.query import Query
from kg.sparql.query_header import QueryHeader, read_header
from kg.sparql.tokens import match_brackets, tokenize
from kg.statuses import Standing
from kg.store.quad_store import Results, Store
from kg.store.viewed_store import in_view

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^(\S+))?')
_NUMBERS: Final = {"integer": re.compile(r"[+-]?\d+"), "decimal": re.compile(r"[+-]?\d*\.\d+")}

Bindings = Mapping[Variable, NamedNode | Literal]
# Returns the IRI that is meant by a value, given its description too.
ReadIri = Callable[[str, str], NamedNode]


@dataclass(frozen=True, kw_only=True)
class SavedQuery(QueryHeader):
    """A query that can be run by name, with what its header says of it.

    `form` is SELECT, ASK or CONSTRUCT, which stands for DESCRIBE too, as that also returns triples.
    A SELECT returns these `variables`.
    """

    name: str
    text: str
    form: str
    variables: Sequence[str] = ()

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
        for name, parameter in self.parameters.items():
            if name not in values:
                raise MalformedParameter(name, f"is missing; expected {parameter.expected}")
        return {
            Variable(name): parse_term(name, value, self.parameters[name].expected, read_iri)
            for name, value in values.items()
        }

    @property
    def query(self) -> str:
        """The text without its header."""
        lines = self.text.splitlines(keepends=True)
        return "".join(dropwhile(lambda line: line.startswith("#"), lines)).lstrip("\n")

    def query_with(self, bound: Bindings) -> str:
        """Return the query with these values in its pattern, as people would write it.

        It declares the prefixes of the values too.
        """
        text = self.query
        written = {
            name: write_iri(term.value)
            for name, term in bound.items()
            if isinstance(term, NamedNode)
        }
        prefixes = Query(text).prologue.prefixes
        for name, short in written.items():
            prefix = "" if short.startswith("<") else short.partition(":")[0]
            if not prefix or prefixes.get(prefix, PREFIXES[prefix]) != PREFIXES[prefix]:
                written[name] = str(bound[name])
            elif prefix not in prefixes:
                prefixes = {**prefixes, prefix: PREFIXES[prefix]}
                text = f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n{text}"
        tokens = list(tokenize(text))
        closing, index = match_brackets(tokens), 0
        # Past the expressions of a SELECT, and past the template of a CONSTRUCT.
        while tokens[index].text != "{" or tokens[index - 1].keyword == "CONSTRUCT":
            index = closing.get(index, index) + 1
        start, end = tokens[index].end, tokens[closing[index]].offset
        values = "".join(
            f"\n    VALUES {name} {{ {written.get(name, term)} }}" for name, term in bound.items()
        )
        group = text[start:end]
        # A subquery cannot stand beside other patterns without braces of its own.
        if values and tokens[index + 1].keyword == "SELECT":
            group = f"\n{{{group}}}\n"
        return f"{text[:start]}{values}{group}{text[end:]}"

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
    endpoints, so they are tried without that. Raises MalformedFile if a header line is missing, or
    the text is not a query that returns its parameters.
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
    the description. Otherwise it is a literal,
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
    header = read_header(path, text, languages)
    form, variables = _check_query(path, text, header.parameters, is_federated=is_federated)
    return SavedQuery(**vars(header), name=path.stem, text=text, form=form, variables=variables)


def _check_query(
    path: Path, text: str, parameters: Collection[str], *, is_federated: bool
) -> tuple[str, Sequence[str]]:
    """Run the query on an empty store, and return its form and the variables that it returns."""
    try:
        results = Store.in_memory([]).query(_without_services(text) if is_federated else text)
    except MalformedQuery as error:
        line, column = error.line or 1, error.column or 1
        remedy = f"valid SPARQL at column {column}"
        raise MalformedFile(path, line, column, error.reason, remedy=remedy) from error
    returned: Sequence[str] = ()
    missing: Sequence[str] = ()
    if isinstance(results, QuerySolutions):
        returned = [variable.value for variable in results.variables]
        missing = [name for name in parameters if name not in returned]
    # The traceback of an error would keep them alive, and only this thread may free them.
    del results
    for name in missing:
        reason = f"the SELECT does not return its parameter ?{name}, so it cannot be bound"
        remedy = f"?{name} among the variables of the SELECT"
        raise MalformedFile(path, 1, 1, reason, remedy=remedy)
    form = Query(text).form
    if form is None:
        remedy = "a SELECT, ASK, CONSTRUCT or DESCRIBE query"
        raise MalformedFile(path, 1, 1, "the file has no query", remedy=remedy)
    return "CONSTRUCT" if form == "DESCRIBE" else form, returned


def _without_services(text: str) -> str:
    """Return a query with a group in place of each SERVICE block, which calls no other endpoint."""
    for block in reversed(Query(text).services):
        text = f"{text[: block.start]}{{{text[block.opening :]}"
    return text
