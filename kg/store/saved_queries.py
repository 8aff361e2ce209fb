"""queries/*.rq -> name, question, parameters, text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, Variable

from kg.errors import MalformedFile, MalformedParameter, MalformedQuery, UnknownName
from kg.namespaces import BASE, PREFIXES, XSD, expand, shorten
from kg.paths import QUERY_FILES
from kg.store.quad_store import Results, Store
from kg.store.query import form_of

_HEADER: Final = re.compile(r"(question \((?:en|zh)\)|parameter|answer):\s*(.+)")
_PARAMETER: Final = re.compile(r"\?(\w+),\s*(.+)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^(\S+))?')
_NUMBERS: Final = {"integer": re.compile(r"[+-]?\d+"), "decimal": re.compile(r"[+-]?\d*\.\d+")}


@dataclass(frozen=True)
class SavedQuery:
    """A question that can be asked by name.

    `question` is by language (`en`, `zh`), `parameters` by name without the question mark, and
    `form` is `SELECT`, `ASK` or `CONSTRUCT` (DESCRIBE counts as that: it too returns triples).
    """

    name: str
    question: Mapping[str, str]
    parameters: Mapping[str, str]
    answer: str
    text: str
    form: str

    def bind(self, values: Mapping[str, str]) -> dict[Variable, NamedNode | Literal]:
        """The parameters' values as terms, to be handed to `Store.query` as substitutions.

        Raises:
            MalformedParameter: one is missing, unknown, or of the wrong form.
        """
        for name in values:
            if name not in self.parameters:
                raise MalformedParameter(name, self._unknown(name))
        for name, what in self.parameters.items():
            if name not in values:
                raise MalformedParameter(name, f"is missing; it is {what}")
        return {
            Variable(name): read_term(name, value, self.parameters[name])
            for name, value in values.items()
        }

    def bind_in(
        self, store: Store, values: Mapping[str, str]
    ) -> dict[Variable, NamedNode | Literal]:
        """The values as terms, of which this store has to know those that are the project's own.

        Raises:
            MalformedParameter: see `bind`.
            UnknownName: a value is one of the project's own IRIs, and the store says nothing of it.
        """
        bound = self.bind(values)
        iris = (term for term in bound.values() if isinstance(term, NamedNode))
        for term in iris:
            if term.value.startswith(BASE) and not store.knows(term):
                known = [shorten(name) for name in store.names]
                raise UnknownName(shorten(term.value), known, kind="thing")
        return bound

    def run(self, store: Store, values: Mapping[str, str], *, entailment: str = "all") -> Results:
        """What this store answers for these values.

        Raises:
            MalformedParameter, UnknownName: see `bind_in`.
        """
        bound = self.bind_in(store, values)
        return store.query(self.text, substitutions=bound, entailment=entailment)

    def _unknown(self, name: str) -> str:
        expected = ", ".join(self.parameters) or "none"
        near = get_close_matches(name, self.parameters, n=3, cutoff=0.5)
        hint = f" Near: {', '.join(near)}." if near else ""
        return f"is no parameter of '{self.name}', which takes: {expected}.{hint}"


def read_queries(folder: Path = QUERY_FILES, *, is_run_here: bool = True) -> dict[str, SavedQuery]:
    """The queries of a folder by name, which is the file's name without its ending.

    Args:
        folder: alone, without those below it.
        is_run_here: whether no other endpoint is needed; one that asks others is not tried.

    Raises:
        MalformedFile: a header line is missing, or the text is no query that returns its
            parameters.
    """
    paths = sorted(folder.glob("*.rq"))
    return {path.stem: _read(path, is_run_here) for path in paths}


def find_query(queries: Mapping[str, SavedQuery], name: str) -> SavedQuery:
    """The query of this name.

    Raises:
        UnknownName: there is none; says which are near.
    """
    if name not in queries:
        raise UnknownName(name, list(queries), kind="query")
    return queries[name]


def read_term(parameter: str, value: str, what: str) -> NamedNode | Literal:
    """A value as a term: an IRI or CURIE where an IRI is asked for, else a literal.

    A literal may be quoted as in Turtle (`"text"@en`, `"2014"^^xsd:gYear`); bare, it is a number
    if it reads as one, and otherwise a plain string.

    Raises:
        MalformedParameter: not of the form that `what` asks for.
    """
    try:
        if re.search(r"\bIRI\b", what):
            return expand(value)
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            kind = next((name for name, form in _NUMBERS.items() if form.fullmatch(value)), None)
            return Literal(value, datatype=XSD[kind] if kind else None)
        text = re.sub(r'\\(["\\])', r"\1", quoted[1])
        datatype = expand(quoted[3]) if quoted[3] else None
        return Literal(text, language=quoted[2], datatype=datatype)
    except (UnknownName, MalformedParameter, ValueError) as error:
        curie = f"a full IRI or a CURIE such as id:London (prefixes: {', '.join(PREFIXES)})"
        reason = f"'{value}' is not {what}: {error} Right would be {curie}."
        raise MalformedParameter(parameter, reason) from error


def _read(path: Path, is_run_here: bool) -> SavedQuery:
    text = path.read_text(encoding="utf-8")
    header, parameters = _header(path, text)
    for needed in ("question (en)", "question (zh)", "answer"):
        if needed not in header:
            raise MalformedFile(path, 1, 1, f"the header has no line '# {needed}: …'")
    return SavedQuery(
        name=path.stem,
        question={"en": header["question (en)"], "zh": header["question (zh)"]},
        parameters=parameters,
        answer=header["answer"],
        text=text,
        form=_form(path, text, parameters) if is_run_here else _form_alone(path, text),
    )


def _header(path: Path, text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The header's lines by key, and the parameters; an unkeyed line continues the one before."""
    header: dict[str, str] = {}
    parameters: dict[str, str] = {}
    key, target = "", header
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        content = line.lstrip("#").strip()
        found = _HEADER.fullmatch(content)
        if found is None:
            if key and content:
                target[key] += f" {content}"
            continue
        key, value, target = found[1], found[2], header
        if key == "parameter":
            named = _PARAMETER.fullmatch(value)
            if named is None:
                reason = "a parameter is written '# parameter: ?name, what it is'"
                raise MalformedFile(path, number, 1, reason)
            key, value, target = named[1], named[2], parameters
        target[key] = value
    return header, parameters


def _form(path: Path, text: str, parameters: Mapping[str, str]) -> str:
    try:
        results = Store.in_memory([]).query(text)
    except MalformedQuery as error:
        raise MalformedFile(path, error.line or 1, error.column or 1, error.reason) from error
    if isinstance(results, QueryBoolean):
        return "ASK"
    if not isinstance(results, QuerySolutions):
        return "CONSTRUCT"
    returned = {variable.value for variable in results.variables}
    lost = [name for name in parameters if name not in returned]
    if lost:
        reason = f"the SELECT does not return its parameter ?{lost[0]}, so it cannot be bound"
        raise MalformedFile(path, 1, 1, reason)
    return "SELECT"


def _form_alone(path: Path, text: str) -> str:
    """The form of a query that is not tried."""
    form = form_of(text)
    if form is None:
        raise MalformedFile(path, 1, 1, "no query; right would be SELECT, ASK, CONSTRUCT, DESCRIBE")
    return "CONSTRUCT" if form == "DESCRIBE" else form
