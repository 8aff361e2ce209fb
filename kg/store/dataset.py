"""A query's FROM, what the client gives instead, and entailment -> the graphs that are asked."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, MalformedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.store.query import Token, position, tokens

ENTAILMENTS: Final = ("all", "none")
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:10|0[0-9A-Fa-f])[0-9A-Fa-f]{4})")


@dataclass(frozen=True)
class Dataset:
    """The graphs whose union is the default graph, and those that GRAPH can name."""

    default: Sequence[NamedNode] = ()
    named: Sequence[NamedNode] = ()

    def asserted(self) -> "Dataset":
        """The same without the derived graphs."""
        return Dataset(_asserted(self.default), _asserted(self.named))


def dataset_for(
    text: str,
    entailment: str,
    *,
    given: Dataset | None,
    base_iri: str | None,
    all_named: Sequence[NamedNode],
) -> Dataset | None:
    """The dataset that a query is asked of; none for its own or else the release's.

    Args:
        text: the query.
        entailment: one of `ENTAILMENTS`.
        given: by the client, and stronger than the query's FROM.
        base_iri: what relative IRIs after FROM are resolved against.
        all_named: every named graph of the release.

    Raises:
        MalformedParameter: an entailment that there is not.
        MalformedQuery: FROM is followed by no IRI.
    """
    if entailment not in ENTAILMENTS:
        raise MalformedParameter("entailment", f"'{entailment}' is neither 'all' nor 'none'")
    if entailment == "all":
        return given
    asked = given or dataset_of(text, base_iri) or Dataset((ASSERTED,), all_named)
    return asked.asserted()


def dataset_of(text: str, base_iri: str | None = None) -> Dataset | None:
    """The graphs after FROM and after FROM NAMED, or none if the query has neither.

    Raises:
        MalformedQuery: FROM is followed by no IRI; with line and column.
    """
    default: list[NamedNode] = []
    named: list[NamedNode] = []
    prefixes: dict[str, str] = {}
    base = base_iri or ""
    end = Token("end", "", len(text))
    stream = tokens(text) if "from" in text.lower() else iter(())
    for token in stream:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE":
            base = resolved(text, base, next(stream, end))
        elif word == "PREFIX":
            prefix = next(stream, end).text.rstrip(":")
            prefixes[prefix] = resolved(text, base, next(stream, end))
        elif word == "FROM":
            graphs, graph = _graph_clause(stream, end, default, named)
            graphs.append(_node(text, graph, prefixes, base))
    return Dataset(default, named) if default or named else None


def _graph_clause(
    stream: Iterator[Token], end: Token, default: list[NamedNode], named: list[NamedNode]
) -> tuple[list[NamedNode], Token]:
    graph = next(stream, end)
    return (named, next(stream, end)) if graph.text.upper() == "NAMED" else (default, graph)


def _node(text: str, graph: Token, prefixes: dict[str, str], base: str) -> NamedNode:
    prefix, _, local_name = graph.text.partition(":")
    is_name = graph.kind == "name"
    name = prefixes.get(prefix, "") + unescaped(local_name)
    try:
        return NamedNode(name if is_name else resolved(text, base, graph))
    except ValueError as error:
        reason = f"FROM is followed by no absolute IRI; {error}"
        raise MalformedQuery(reason, *position(text, graph.offset)) from error


def unescaped(local_name: str) -> str:
    """A local name without the backslashes, which go before a mark and do not belong to it."""
    return re.sub(r"\\(.)", r"\1", local_name)


def resolved(text: str, base: str, token: Token) -> str:
    """The IRI between the angle brackets of a token, made absolute.

    Raises:
        MalformedQuery: it is no IRI at all; with line and column.
    """
    iri = _CODE_POINT.sub(lambda one: chr(int(one[1] or one[2], 16)), token.text[1:-1])
    try:
        found = urljoin(base, iri)
    except ValueError as error:
        raise MalformedQuery(f"this is no IRI; {error}", *position(text, token.offset)) from error
    # It loses an empty fragment, in which a prefix ends as often as not.
    return f"{found}#" if iri.endswith("#") and not found.endswith("#") else found


def _asserted(graphs: Iterable[NamedNode]) -> list[NamedNode]:
    derived = f"{DERIVED.value}-"
    return [one for one in graphs if one != DERIVED and not one.value.startswith(derived)]
