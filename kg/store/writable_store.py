"""A writable store in memory, for data that are not a release; SPARQL updates are checked first.

The engine would fetch the IRIs of LOAD operations, and this cannot be disabled. So no LOAD reaches
it: LOAD SILENT is removed, because it may fail without an error, and any other LOAD is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Self

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat

from kg.errors import MalformedParameter, MalformedUpdate, RefusedQuery, UpdateFailed
from kg.sparql.dataset import QueryDataset
from kg.sparql.service_blocks import refuse_service
from kg.sparql.stack import check_stack
from kg.sparql.syntax_errors import locate_syntax_error
from kg.sparql.tokens import (
    SparqlToken,
    blank_out,
    is_ambiguous_iri,
    match_brackets,
    position_at,
    tokenize,
)
from kg.store.quad_store import Store

# Outside of braces, a prefixed name can only follow these words, WITH and USING.
_BEFORE_NAMES: Final = frozenset(
    {"ADD", "COPY", "GRAPH", "INTO", "LOAD", "MOVE", "NAMED", "PREFIX", "SILENT", "TO"}
)
_OTHER_WORDS: Final = frozenset({"ALL", "BASE", "CLEAR", "CREATE", "DATA", "DEFAULT", "DELETE"})
_WORDS: Final = _BEFORE_NAMES | _OTHER_WORDS | {"DROP", "INSERT", "VERSION", "WHERE"}
_DATASET: Final = frozenset({"USING", "WITH"})
_IRIS: Final = frozenset({"iri", "name"})
_GRAPH_COMMENT: Final = "# graph "
GraphName = NamedNode | DefaultGraph


class PreparedUpdate(NamedTuple):
    """An update whose `text` is ready for the engine.

    `text_without_loads` is the client's text with each LOAD replaced by blanks, so that positions
    do not change. If `has_load`, a LOAD was not SILENT: the update must be refused.
    """

    text: str
    text_without_loads: str
    has_load: bool


class WritableStore(Store):
    """Graphs in memory that can be changed.

    A change that fails may leave the store partly changed. For an atomic change, apply it to a
    copy: a forked process that ends if the change fails.
    """

    def __init__(
        self, engine: pyoxigraph.Store, manifest: Mapping[str, Any], folder: Path | None = None
    ) -> None:
        super().__init__(engine, manifest, folder)
        self._written = engine

    def update(
        self, text: str, *, using: QueryDataset | None = None, base_iri: str | None = None
    ) -> None:
        """Run a SPARQL update, on the dataset `using` if it has no USING or WITH.

        Raises UpdateFailed if an operation cannot be carried out; see also `prepare_update`.
        """
        prepared = prepare_update(text, using)
        if prepared.has_load:
            # A syntax error in the rest of the update takes precedence over the refusal.
            with _translated_errors(prepared, base_iri), suppress(RuntimeError):
                pyoxigraph.Store().update(prepared.text_without_loads, base_iri=base_iri)
            raise RefusedQuery("LOAD", "nothing is fetched here; send the graph with PUT")
        with _translated_errors(prepared, base_iri):
            self._run(prepared, base_iri)

    def _run(self, prepared: PreparedUpdate, base_iri: str | None) -> None:
        """Run a prepared update by the engine, and raise the engine's errors."""
        self._written.update(prepared.text, base_iri=base_iri)

    def settle(self) -> None:
        """Complete the changes made so far; a store in which nothing is derived is complete."""

    @property
    def contradictions(self) -> int:
        """The number of contradictions that are known of; nothing is derived here to find any."""
        return 0

    def replace(self, graph: GraphName, quads: Iterable[Quad]) -> bool:
        """Replace the contents of a graph, as `add` does after removing its quads."""
        if isinstance(graph, DefaultGraph) or self.has_graph(graph):
            self._written.clear_graph(graph)
        return self.add(graph, quads)

    def add(self, graph: GraphName, quads: Iterable[Quad]) -> bool:
        """Add quads to a graph, not to those they name; return whether the graph is new."""
        is_new = isinstance(graph, NamedNode) and not self.has_graph(graph)
        if is_new:
            self._written.add_graph(graph)
        placed = (Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)
        self._written.bulk_extend(placed)
        return is_new

    def drop(self, graph: GraphName) -> None:
        """Empty the default graph, or remove a named graph; raise UnknownName if there is none."""
        if isinstance(graph, DefaultGraph):
            self._written.clear_graph(graph)
        else:
            self.require_graph(graph)
            self._written.remove_graph(graph)

    def replace_all(self, quads: Iterable[Quad]) -> None:
        """Replace all quads of the store."""
        self._written.clear()
        self._written.bulk_extend(quads)

    def add_all(self, quads: Iterable[Quad]) -> None:
        """Add quads to the graphs that they name."""
        self._written.bulk_extend(quads)

    def with_fresh_caches(self) -> "WritableStore":
        """Return a store with the same data, but without the cached lists of graphs and names."""
        return WritableStore(self._written, self.manifest)

    def count_quads(self) -> int:
        """Count the quads, which takes 0.1 s for a million, removed ones included."""
        return len(self._written)

    def save(self, output: IO[bytes]) -> None:
        """Write N-Quads for `restore`, after a comment that names each graph, as some are empty."""
        self._write_graph_names(output)
        self._written.dump(output, format=RdfFormat.N_QUADS)

    def _write_graph_names(self, output: IO[bytes], left_out: Iterable[NamedNode] = ()) -> None:
        others = set(left_out)
        for graph in self._written.named_graphs():
            if graph not in others:
                output.write(f"{_GRAPH_COMMENT}{graph}\n".encode())

    @classmethod
    def restore(cls, source: IO[bytes]) -> Self:
        """Create a store from N-Quads, and the graphs that comments of `save` name.

        Blank nodes keep their labels. Raises SyntaxError if it is not N-Quads.
        """
        comments = takewhile(lambda line: line.startswith(_GRAPH_COMMENT.encode()), source)
        names = [line.decode().removeprefix(_GRAPH_COMMENT).strip() for line in comments]
        source.seek(0)
        # Not `Store.load`, which renames blank nodes.
        store = cls.in_memory(pyoxigraph.parse(source, format=RdfFormat.N_QUADS))
        for name in names:
            is_blank = name.startswith("_:")
            store._written.add_graph(BlankNode(name[2:]) if is_blank else NamedNode(name[1:-1]))
        return store


@contextmanager
def _translated_errors(prepared: PreparedUpdate, base_iri: str | None) -> Iterator[None]:
    """Translate the engine's errors about an update into errors of the project."""

    def run(text: str) -> None:
        # Only the syntax is checked: an operation may fail on the empty store.
        with suppress(RuntimeError):
            pyoxigraph.Store().update(text, base_iri=base_iri)

    try:
        yield
    except SyntaxError as error:
        located = locate_syntax_error(prepared.text_without_loads, error, run)
        raise MalformedUpdate(*located) from error
    except RuntimeError as error:
        if "exist" in str(error):
            raise UpdateFailed(str(error)) from error
        raise RefusedQuery("an unsupported feature", str(error)) from error


def prepare_update(text: str, using: QueryDataset | None = None) -> PreparedUpdate:
    """Remove the LOAD operations of an update and add the dataset `using` to each operation.

    Raises LimitExceeded, see `check_stack`; RefusedQuery if the update has, or might hide, SERVICE,
    or might hide a LOAD; MalformedUpdate for an invalid LOAD; MalformedParameter if `using` meets
    the update's own USING or WITH, or the update cannot be divided into operations.
    """
    check_stack(text, "DATA")
    if "service" in text.lower():
        refuse_service(list(tokenize(text)))
    own, has_load = _without_loads(text) if "load" in text.lower() else (text, False)
    return PreparedUpdate(_with_dataset(own, using) if using else own, own, has_load)


def _outside_braces(all_tokens: Sequence[SparqlToken]) -> Iterator[tuple[int, SparqlToken]]:
    """Yield the tokens outside of all braces, each with its index."""
    depth = 0
    for index, token in enumerate(all_tokens):
        depth -= token.text == "}"
        if not depth and token.text not in ("{", "}"):
            yield index, token
        depth += token.text == "{"


def _hides_keyword(all_tokens: Sequence[SparqlToken], index: int) -> bool:
    """Return whether a name may hide a keyword: the engine reads `LOAD:x` as LOAD and `:x`."""
    previous = all_tokens[index - 1].text.upper() if index else ""
    return all_tokens[index].kind == "name" and previous not in _BEFORE_NAMES | _DATASET


def _without_loads(text: str) -> tuple[str, bool]:
    """Replace each LOAD by blanks; return the text, and whether any LOAD was not SILENT."""
    all_tokens = list(tokenize(text))
    for token in all_tokens:
        is_joined = "LOAD" in token.keyword != "LOAD"
        if is_joined or is_ambiguous_iri(token):
            raise _ambiguous_load(token)
    has_load = False
    for index, token in _outside_braces(all_tokens):
        prefix = token.text.partition(":")[0].lower()
        if _hides_keyword(all_tokens, index) and "load" in prefix:
            raise _ambiguous_load(token)
        if token.keyword == "LOAD":
            is_silent, end = _read_load(text, all_tokens, index)
            has_load |= not is_silent
            text = blank_out(text, token.offset, end)
    return text, has_load


def _read_load(text: str, all_tokens: Sequence[SparqlToken], index: int) -> tuple[bool, int]:
    """Return whether the LOAD at an index is SILENT, and its end, including a `;` after it."""
    rest = all_tokens[index + 1 : index + 7]
    words = ["IRI" if token.kind in _IRIS else token.text.upper() for token in rest]
    is_silent = words[:1] == ["SILENT"]
    length = is_silent + (4 if words[is_silent + 1 : is_silent + 3] == ["INTO", "GRAPH"] else 1)
    is_load = words[is_silent:length] in (["IRI"], ["IRI", "INTO", "GRAPH", "IRI"])
    is_at_end = words[length:][:1] in ([], [";"])
    if not is_load or not _starts_operation(all_tokens, index) or not is_at_end:
        reason = "expected LOAD <iri> or LOAD <iri> INTO GRAPH <iri> as an operation of its own"
        raise MalformedUpdate(reason, *position_at(text, all_tokens[index].offset))
    last = rest[length] if length < len(rest) else rest[length - 1]
    return is_silent, last.end


def _starts_operation(all_tokens: Sequence[SparqlToken], index: int) -> bool:
    """Return whether an operation can start here: after `;`, PREFIX, BASE or VERSION."""
    before = ["", "", ";", *(token.text.upper() for token in all_tokens[max(index - 3, 0) : index])]
    return before[-1] == ";" or before[-2] in ("BASE", "VERSION") or before[-3] == "PREFIX"


def _with_dataset(text: str, using: QueryDataset) -> str:
    """Insert USING clauses before each WHERE (SPARQL 1.1 Protocol, section 2.2.3)."""
    all_tokens = list(tokenize(text))
    clauses = "".join(f"USING {graph} " for graph in using.default)
    clauses += "".join(f"USING NAMED {graph} " for graph in using.named)
    closing = match_brackets(all_tokens)
    pieces, start = [], 0
    for token in filter(is_ambiguous_iri, all_tokens):
        raise _ambiguous_operations(text, token)
    for index, token in _outside_braces(all_tokens):
        word = token.keyword
        if word in _DATASET:
            reason = f"cannot be combined with {word} in the update; use only one of them"
            raise MalformedParameter("using-graph-uri", reason)
        if (word and word not in _WORDS) or _hides_keyword(all_tokens, index):
            raise _ambiguous_operations(text, token)
        if word == "WHERE":
            pieces.append(text[start : token.offset])
            start = token.offset
            if index and all_tokens[index - 1].keyword == "DELETE" and index + 1 in closing:
                # DELETE WHERE {P} does not allow USING: write DELETE {P} USING … WHERE {P} instead.
                end = all_tokens[closing[index + 1]].end
                pieces.append(f"{text[all_tokens[index + 1].offset : end]} ")
            pieces.append(clauses)
    return "".join([*pieces, text[start:]])


def _ambiguous_load(token: SparqlToken) -> RefusedQuery:
    reason = "nothing is fetched here; send the triples with INSERT DATA or PUT"
    hint = f" (if this is not a LOAD, put blanks around '{token.text[:40]}')"
    return RefusedQuery("LOAD", reason + hint)


def _ambiguous_operations(text: str, token: SparqlToken) -> MalformedParameter:
    line, column = position_at(text, token.offset)
    reason = (
        "the graphs cannot be inserted into the update, because its operations are ambiguous; "
        f"expected blanks around the word or '<' at line {line}, column {column}"
    )
    return MalformedParameter("using-graph-uri", reason)
