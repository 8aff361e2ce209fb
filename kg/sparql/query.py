"""A SPARQL query before it runs: what its text says of its form, dataset, SERVICE and variables.

The engine parses the query itself. This is what has to be known or refused before; where the
engine's grammar is more lenient than the standard, it follows the engine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import dropwhile, takewhile
from typing import Final, NamedTuple
from urllib.parse import urljoin

from pyoxigraph import NamedNode, Store

from kg.errors import MalformedQuery, RefusedQuery
from kg.sparql.dataset import QueryDataset
from kg.sparql.paths import rewrite_paths
from kg.sparql.service_blocks import ServiceBlock, read_blocks, refuse_service
from kg.sparql.stack import check_stack
from kg.sparql.tokens import (
    SparqlToken,
    is_ambiguous_iri,
    match_brackets,
    position_at,
    tokenize,
)

PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
QUERY_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_HEAD: Final = frozenset({"SELECT", "DISTINCT", "REDUCED"})
_EMPTY: Final = Store()
# Keywords whose results do not depend on the quads alone.
_VOLATILE: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE", "SERVICE"})
# Tokens that create new blank nodes for each solution in a CONSTRUCT template.
_CREATES_BLANK_NODES: Final = frozenset({"[", "(", "<<", "~", "{|"})
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:10|0[0-9A-Fa-f])[0-9A-Fa-f]{4})")


class Prologue(NamedTuple):
    """The declarations of a query: its prefixes, its base IRI, and the offset after them."""

    prefixes: Mapping[str, str]
    base: str
    end: int


@dataclass(frozen=True)
class Query:
    """A SPARQL query as the client sent it, with its base IRI.

    What its text says is computed when it is first needed, and kept, also when the query is sent to
    another process. `declarations` are lines before the text that the client did not send: errors
    have the positions in `text`.
    """

    text: str
    base_iri: str | None = None
    declarations: str = ""

    @classmethod
    def with_prefixes(
        cls, text: str, prefixes: Mapping[str, str], base_iri: str | None = None
    ) -> "Query":
        """Return a query that may use these prefixes without declaring them."""
        query = cls(text, base_iri)
        missing = [name for name in query.undeclared_prefixes if name in prefixes]
        lines = (f"PREFIX {name}: <{prefixes[name]}>\n" for name in missing)
        return replace(query, declarations="".join(lines)) if missing else query

    def __getstate__(self) -> dict[str, object]:
        """Return all attributes but the tokens, which nothing needs after the others."""
        return {name: value for name, value in vars(self).items() if name != "tokens"}

    @property
    def full_text(self) -> str:
        """The text with its declarations, to which offsets refer."""
        return self.declarations + self.text

    @cached_property
    def tokens(self) -> list[SparqlToken]:
        """All tokens of the full text."""
        return list(tokenize(self.full_text))

    @property
    def undeclared_prefixes(self) -> list[str]:
        """The prefixes that the query uses and does not declare, in their order."""
        declared, used, previous = set[str](), dict[str, None](), ""
        for token in self.tokens:
            if token.kind == "name":
                prefix = token.text.partition(":")[0]
                declared |= {prefix} if previous == "PREFIX" else set()
                used[prefix] = None
            previous = token.keyword
        return [name for name in used if name not in declared]

    @cached_property
    def engine_text(self) -> str:
        """The text for the engine: `SELECT *` names its variables, paths are as the engine counts.

        Raises LimitExceeded if the paths would take too many characters.
        """
        return rewrite_paths(self.named_text)

    @cached_property
    def named_text(self) -> str:
        """The text in which `SELECT *` names its variables, in the order of the text.

        Raises LimitExceeded for a text that the engine could not read in this thread.
        """
        text = self.full_text
        if "*" not in self.text or self.form != "SELECT":
            return text
        words = dropwhile(lambda pair: pair[1].keyword != "SELECT", enumerate(self.tokens))
        at, star = next((one for one in words if one[1].keyword not in _HEAD), (0, self.tokens[0]))
        if star.text != "*":
            return text
        check_stack(text)
        names = self._variables_in_scope(at)
        variables = "".join(f"?{name} " for name in names)
        return f"{text[: star.offset]}{variables}{text[star.end :]}" if names else text

    def _variables_in_scope(self, star: int) -> list[str]:
        """Return what the `*` with this index stands for, as the engine says on an empty store."""
        text, tokens = self.full_text, self.tokens
        opening = next((n for n, one in enumerate(tokens) if one.text == "{" and n > star), None)
        closing = match_brackets(tokens).get(opening) if opening is not None else None
        if opening is None or closing is None:
            return []
        start, end = tokens[opening].end, tokens[closing].offset
        # Or some queries would be evaluated, such as a join of long VALUES that is put in order.
        unfit = f"{text[:start]} FILTER(false) {{{text[start:end]}\n}} {text[end:]}"
        try:
            # The engine would call the address of a SERVICE.
            self.refuse_service()
            found = _EMPTY.query(unfit, base_iri=self.base_iri)
        except (RefusedQuery, SyntaxError):
            return []
        places = {token.text[1:]: token.offset for token in reversed(tokens)}
        names = [variable.value for variable in found.variables]  # type: ignore[union-attr]
        return sorted(names, key=lambda name: places.get(name, len(text)))

    @property
    def form(self) -> str | None:
        """SELECT, ASK, CONSTRUCT or DESCRIBE; None if the query starts with another word."""
        return self._form_and_version[0]

    @property
    def version(self) -> str | None:
        """The version that the query announces with VERSION (SPARQL 1.2), or None."""
        return self._form_and_version[1]

    @cached_property
    def _form_and_version(self) -> tuple[str | None, str | None]:
        version = previous = None
        # Not `tokens`: the answer may already be known, and the rest of the text is not needed.
        for token in tokenize(self.full_text):
            word = token.keyword
            if word and word not in PROLOGUE:
                return word if word in QUERY_FORMS else None, version
            if token.kind == "string" and previous == "VERSION":
                version = token.text.strip("\"'")
            previous = word
        return None, version

    @cached_property
    def is_volatile(self) -> bool:
        """Whether two runs on the same release may give different results."""
        upper = self.text.upper()
        if "_:" not in upper and not any(word in upper for word in (*_VOLATILE, "CONSTRUCT")):
            return False
        # The template of a CONSTRUCT, or the pattern of a `CONSTRUCT WHERE`.
        construct = dropwhile(lambda token: token.keyword != "CONSTRUCT", self.tokens)
        template = takewhile(lambda token: token.text != "}", construct)
        return any(token.text in _CREATES_BLANK_NODES for token in template) or any(
            token.keyword in _VOLATILE or token.kind == "blank" or is_ambiguous_iri(token)
            for token in self.tokens
        )

    @cached_property
    def prologue(self) -> Prologue:
        """The prologue, whose first base is `base_iri`; raises MalformedQuery for a wrong IRI."""
        prefixes: dict[str, str] = {}
        base, end = self.base_iri or "", len(self.full_text)
        stream = tokenize(self.full_text)
        for token in stream:
            if token.keyword == "BASE":
                base = self._resolve_iri(next(stream, token), base)
            elif token.keyword == "PREFIX":
                prefix = next(stream, token).text.rstrip(":")
                prefixes[prefix] = self._resolve_iri(next(stream, token), base)
            elif token.keyword in QUERY_FORMS:
                end = token.offset
                break
        return Prologue(prefixes, base, end)

    @property
    def prologue_text(self) -> str:
        """The text of the prologue, which also declares the base IRI of the request."""
        return f"BASE <{self.base_iri or ''}>\n{self.full_text[: self.prologue.end]}"

    def resolve(self, token: SparqlToken) -> str:
        """Return the IRI of a token of kind `iri` or `name`, or raise MalformedQuery."""
        if token.kind == "iri":
            return self._resolve_iri(token, self.prologue.base)
        prefix, _, local_name = token.text.partition(":")
        if prefix not in self.prologue.prefixes:
            raise self.error_at(token.offset, f"the prefix '{prefix}:' is not declared")
        return self.prologue.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local_name)

    def _resolve_iri(self, token: SparqlToken, base: str) -> str:
        """Return the IRI in the angle brackets of a token, resolved against the base."""
        iri = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
        try:
            absolute = urljoin(base, iri)
        except ValueError as error:
            raise self.error_at(token.offset, f"not an IRI; {error}") from error
        # urljoin drops an empty fragment, but many namespaces end in "#".
        return f"{absolute}#" if iri.endswith("#") and not absolute.endswith("#") else absolute

    @cached_property
    def dataset(self) -> QueryDataset | None:
        """The graphs of FROM and FROM NAMED, or None; raises MalformedQuery for a wrong IRI."""
        if "from" not in self.text.lower():
            return None
        default, named = list[NamedNode](), list[NamedNode]()
        end = SparqlToken("end", "", len(self.full_text))
        stream = iter(self.tokens)
        for token in stream:
            if token.keyword == "FROM":
                graph, graphs = next(stream, end), default
                if graph.keyword == "NAMED":
                    graph, graphs = next(stream, end), named
                graphs.append(self._graph(graph))
        return QueryDataset(default, named) if default or named else None

    def _graph(self, token: SparqlToken) -> NamedNode:
        try:
            return NamedNode(self.resolve(token) if token.kind in ("iri", "name") else token.text)
        except ValueError as error:
            reason = f"expected an absolute IRI after FROM; {error}"
            raise self.error_at(token.offset, reason) from error

    @property
    def mentions_service(self) -> bool:
        """Whether the word SERVICE occurs anywhere in the text."""
        return "service" in self.text.lower()

    @cached_property
    def services(self) -> list[ServiceBlock]:
        """The SERVICE blocks that are not nested in others; see `read_blocks`."""
        return read_blocks(self.full_text, self.tokens) if self.mentions_service else []

    def refuse_service(self) -> None:
        """Raise RefusedQuery if the engine could find a SERVICE block in the query."""
        if self.mentions_service:
            refuse_service(self.tokens)

    def error_at(self, offset: int, reason: str) -> MalformedQuery:
        """Return an error with the line and column of an offset in the full text."""
        line, column = position_at(self.full_text, offset)
        return MalformedQuery(reason, line - self.declarations.count("\n"), column)
