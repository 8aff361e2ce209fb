"""A SPARQL Update's text -> what the engine may be given of it.

The engine fetches what LOAD names, and has no way to be told not to. So LOAD never reaches it: one
that is SILENT is left out, since it fails and says nothing of it; any other is refused.

A store in memory that can be changed, for data that are no release.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import LimitExceeded, MalformedParameter, MalformedUpdate, RefusedQuery, UpdateFailed
from kg.store.dataset import Dataset
from kg.store.quad_store import Store
from kg.store.query import (
    MAX_TOKENS,
    Token,
    check_nesting,
    check_no_service,
    may_be_comparison,
    position,
    tokens,
)
from kg.store.syntax_errors import mistake

# After these, WITH and USING, and nowhere else outside of braces, a prefixed name can stand.
_NAMERS: Final = frozenset(
    {"ADD", "COPY", "GRAPH", "INTO", "LOAD", "MOVE", "NAMED", "PREFIX", "SILENT", "TO"}
)
_OTHERS: Final = frozenset({"ALL", "BASE", "CLEAR", "CREATE", "DATA", "DEFAULT", "DELETE"})
_WORDS: Final = _NAMERS | _OTHERS | {"DROP", "INSERT", "VERSION", "WHERE"}
_DATASET: Final = frozenset({"USING", "WITH"})
_IRIS: Final = frozenset({"iri", "name"})


@dataclass(frozen=True)
class Prepared:
    """An update for the engine, and the same as it was sent but for what is left out.

    Of `own`, each character stands where it stood. With `loads` the whole is to be refused, if it
    is well-formed.
    """

    text: str
    own: str
    loads: bool


def prepare(text: str, using: Dataset | None = None) -> Prepared:
    """The update without LOAD and, if the client names a dataset, with it in each operation.

    Raises:
        LimitExceeded: so deep or so long that the engine would overflow its stack.
        RefusedQuery: it has, or may hide, SERVICE or a LOAD that cannot be made out.
        MalformedUpdate: a LOAD of no IRI; with line and column.
        MalformedParameter: a dataset for an update that names its own, or that cannot be divided
            into operations.
    """
    _check_size(text)
    check_no_service(text)
    own, loads = _without_loads(text) if "load" in text.lower() else (text, False)
    return Prepared(_with_dataset(own, using) if using else own, own, loads)


def _check_size(text: str) -> None:
    check_nesting(text)
    if len(text) > MAX_TOKENS and _count(text) > MAX_TOKENS:
        raise LimitExceeded("tokens outside INSERT DATA", MAX_TOKENS, "Send smaller updates.")


def _count(text: str) -> int:
    """How many tokens there are outside of INSERT DATA and DELETE DATA, which are only lists."""
    count = depth = data_depth = 0
    before = ""
    for token in tokens(text):
        if token.text == "{":
            depth += 1
            if before == "DATA" and not data_depth:
                data_depth = depth
        elif token.text == "}":
            data_depth = 0 if depth == data_depth else data_depth
            depth -= 1
        count += not data_depth
        before = token.text.upper()
    return count


def _outside(found: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens outside of all braces, each with its index."""
    depth = 0
    for index, token in enumerate(found):
        depth -= token.text == "}"
        if not depth and token.text not in ("{", "}"):
            yield index, token
        depth += token.text == "{"


def _is_odd_name(found: Sequence[Token], index: int) -> bool:
    """Whether a name outside of braces is a keyword and a name: the engine needs no blank there."""
    before = found[index - 1].text.upper() if index else ""
    return found[index].kind == "name" and before not in _NAMERS | _DATASET


def _without_loads(text: str) -> tuple[str, bool]:
    """The text with blanks for each LOAD, and whether one of them was not SILENT."""
    found = list(tokens(text))
    for token in found:
        is_joined = token.kind == "word" and "LOAD" in token.text.upper() != "LOAD"
        if is_joined or may_be_comparison(token):
            raise _unclear(token)
    loads = False
    for index, token in _outside(found):
        if _is_odd_name(found, index) and "load" in token.text.partition(":")[0].lower():
            raise _unclear(token)
        if token.kind == "word" and token.text.upper() == "LOAD":
            is_silent, end = _load(text, found, index)
            loads = loads or not is_silent
            text = _blanked(text, token.offset, end)
    return text, loads


def _load(text: str, found: Sequence[Token], index: int) -> tuple[bool, int]:
    """Whether the LOAD at this index is SILENT, and where it ends, the `;` after it included.

    Raises:
        MalformedUpdate: it is not LOAD SILENT? IRI (INTO GRAPH IRI)?, from `;` or what is declared
            up to `;` or the end.
    """
    rest = found[index + 1 : index + 7]
    said = ["IRI" if token.kind in _IRIS else token.text.upper() for token in rest]
    is_silent = said[:1] == ["SILENT"]
    length = is_silent + (4 if said[is_silent + 1 : is_silent + 3] == ["INTO", "GRAPH"] else 1)
    is_load = said[is_silent:length] in (["IRI"], ["IRI", "INTO", "GRAPH", "IRI"])
    if not is_load or not _begins(found, index) or said[length:][:1] not in ([], [";"]):
        reason = "right would be LOAD <iri> or LOAD <iri> INTO GRAPH <iri>, alone between ';'"
        raise MalformedUpdate(reason, *position(text, found[index].offset))
    last = rest[length] if length < len(rest) else rest[length - 1]
    return is_silent, last.offset + len(last.text)


def _begins(found: Sequence[Token], index: int) -> bool:
    """Whether an operation can begin here: after `;`, or after PREFIX, BASE and VERSION."""
    before = ["", "", *(token.text.upper() for token in found[:index])]
    is_declared = before[-2] in ("BASE", "VERSION") or (len(before) > 4 and before[-3] == "PREFIX")
    return not index or before[-1] == ";" or is_declared


def _blanked(text: str, start: int, end: int) -> str:
    """The text with blanks for a part of it, so that nothing else moves."""
    blanks = "".join(sign if sign in "\r\n" else " " for sign in text[start:end])
    return text[:start] + blanks + text[end:]


def _with_dataset(text: str, using: Dataset) -> str:
    """The update with USING clauses before each WHERE (SPARQL 1.1 Protocol, section 2.2.3)."""
    found = list(tokens(text))
    clauses = "".join(f"USING {graph} " for graph in using.default)
    clauses += "".join(f"USING NAMED {graph} " for graph in using.named)
    inserted: list[tuple[int, str]] = []
    for token in found:
        if may_be_comparison(token):
            raise _indivisible(text, token)
    for index, token in _outside(found):
        word = token.text.upper() if token.kind == "word" else ""
        if word in _DATASET:
            reason = f"the update has {word} itself; right would be one or the other"
            raise MalformedParameter("using-graph-uri", reason)
        if (word and word not in _WORDS) or _is_odd_name(found, index):
            raise _indivisible(text, token)
        if word == "WHERE":
            is_delete_where = found[index - 1].text.upper() == "DELETE" if index else False
            # DELETE WHERE has no place for USING, and is the same as both with one pattern.
            template = f"{_block(text, found, index + 1)} " if is_delete_where else ""
            inserted.append((token.offset, f"{template}{clauses}"))
    for offset, part in reversed(inserted):
        text = text[:offset] + part + text[offset:]
    return text


def _block(text: str, found: Sequence[Token], index: int) -> str:
    """What stands between the braces that open at this index, with them."""
    depth = 0
    for token in found[index:]:
        depth += (token.text == "{") - (token.text == "}")
        if not depth:
            return text[found[index].offset : token.offset + len(token.text)]
    return ""


def _unclear(token: Token) -> RefusedQuery:
    reason = "nothing is fetched here; right would be the triples by INSERT DATA, or by PUT"
    hint = f" (if no LOAD is meant, put blanks around '{token.text[:40]}')"
    return RefusedQuery("LOAD", reason + hint)


def _indivisible(text: str, token: Token) -> MalformedParameter:
    line, column = position(text, token.offset)
    reason = (
        "the update is not clear enough to put the graphs into it; right would be blanks around "
        f"each word and '<', as they lack at line {line}, column {column}"
    )
    return MalformedParameter("using-graph-uri", reason)


Graph = NamedNode | DefaultGraph


class WritableStore(Store):
    """Graphs that can be changed; where something fails, this store may be changed by half.

    Who needs all or nothing changes a copy: a process that has been forked for it, and is gone if
    it fails.
    """

    def update(
        self, text: str, *, using: Dataset | None = None, base_iri: str | None = None
    ) -> None:
        """Carry out one SPARQL Update request.

        Args:
            text: its operations, every prefix declared.
            using: the dataset of its patterns, for one that names none itself.
            base_iri: what relative IRIs are resolved against.

        Raises:
            MalformedUpdate, MalformedParameter, RefusedQuery, LimitExceeded: see `prepare`.
            UpdateFailed: an operation that cannot be done.
        """
        prepared = prepare(text, using)
        if prepared.loads:
            with _explained(prepared, base_iri), _only_syntax():
                pyoxigraph.Store().update(prepared.own, base_iri=base_iri)
            raise RefusedQuery("LOAD", "nothing is fetched here; right would be a PUT of the graph")
        with _explained(prepared, base_iri):
            self._engine.update(prepared.text, base_iri=base_iri)

    def replace(self, graph: Graph, quads: Iterable[Quad]) -> bool:
        """Let a graph be these quads, whatever their graph name; whether it is new."""
        is_new = self._make(graph)
        self._engine.clear_graph(graph)
        self._engine.bulk_extend(_in(graph, quads))
        return is_new

    def add(self, graph: Graph, quads: Iterable[Quad]) -> bool:
        """Add these quads, whatever their graph name, to a graph; whether it is new."""
        is_new = self._make(graph)
        self._engine.bulk_extend(_in(graph, quads))
        return is_new

    def drop(self, graph: Graph) -> None:
        """Remove a named graph, or empty the default graph.

        Raises:
            UnknownName: there is no such graph.
        """
        if isinstance(graph, DefaultGraph):
            self._engine.clear_graph(graph)
        else:
            self.check_graph(graph)
            self._engine.remove_graph(graph)

    def replace_all(self, quads: Iterable[Quad]) -> None:
        """Let these quads be all there is."""
        self._engine.clear()
        self._engine.bulk_extend(quads)

    def add_all(self, quads: Iterable[Quad]) -> None:
        """Add these quads to their graphs."""
        self._engine.bulk_extend(quads)

    def renewed(self) -> "WritableStore":
        """The same for a new generation of readers, who share the list of its graphs."""
        return WritableStore(self._engine, self.release)

    def compacted(self) -> "WritableStore":
        """The same without what the engine keeps of quads that were removed.

        Measured with pyoxigraph 0.5.13: 300 thousand quads, each inserted and deleted again, leave
        130 MB, and scans step over them.
        """
        other = WritableStore.in_memory(self.quads(), self.release)
        for graph in self._engine.named_graphs():
            other._engine.add_graph(graph)
        return other

    def _make(self, graph: Graph) -> bool:
        is_new = isinstance(graph, NamedNode) and not self.has_graph(graph)
        if is_new:
            self._engine.add_graph(graph)
        return is_new


def _in(graph: Graph, quads: Iterable[Quad]) -> Iterator[Quad]:
    return (Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)


@contextmanager
def _explained(prepared: Prepared, base_iri: str | None) -> Iterator[None]:
    """The engine's errors about this update, as errors of the project."""

    def run(text: str) -> None:
        with _only_syntax():
            pyoxigraph.Store().update(text, base_iri=base_iri)

    try:
        yield
    except SyntaxError as error:
        raise MalformedUpdate(*mistake(prepared.own, error, run)) from error
    except RuntimeError as error:
        if "exist" in str(error):
            raise UpdateFailed(str(error)) from error
        raise RefusedQuery("what the engine lacks", str(error)) from error


@contextmanager
def _only_syntax() -> Iterator[None]:
    """Of an update that is run to see whether it can be read, all that is well-formed is right."""
    try:
        yield
    except RuntimeError:
        return
