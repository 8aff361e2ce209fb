"""Frames: which statements of a description a document has, and what stands inside what.

A frame is a JSON-LD frame (JSON-LD 1.1 Framing) of a simple form: a class, and the properties that
are wanted, each with a frame for the nodes at its end, or `@embed: @never` for their names alone;
`@reverse` has properties that point to the node. `@explicit`, `@omitDefault` and `@embed: @always`,
which stand at the top, are meant throughout, as if they were options of the processor.

A description and a frame -> one JSON-LD document, nodes inside nodes.

Written for frames of the simple form (see `kg.describe.json_ld_frames`): PyLD takes some milliseconds for a
description of 50 triples. What both make of a frame is the same, as the tests show.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.json_ld_context import Context
from kg.describe.json_ld_writer import Compactor, Document, compacted, encoded
from kg.errors import MalformedFile
from kg.namespaces import RDF, RDFS
from kg.store.quad_store import Store

FLAGS: Final[Mapping[str, Any]] = {"@explicit": True, "@omitDefault": True, "@embed": "@always"}
_REVERSE: Final = "@reverse"
_NEVER: Final = {"@embed": "@never"}


@dataclass(frozen=True)
class Pattern:
    """What is wanted of a node, by property: a pattern for the other end, or none for its name."""

    outgoing: Mapping[NamedNode, "Pattern | None"] = field(default_factory=dict)
    incoming: Mapping[NamedNode, "Pattern | None"] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One frame; things of its class have it unless another is asked for; `text` is its file."""

    name: str
    of_class: NamedNode
    pattern: Pattern
    text: bytes


def read_frames(folder: Path, context: Context) -> dict[str, Frame]:
    """The frames of a folder by name.

    Raises:
        MalformedFile: one is no frame of the simple form, or uses a name that the context lacks.
    """
    return {path.stem: _read(path, context) for path in sorted(folder.glob("*.jsonld"))}


def frame_for(thing: NamedNode, frames: Mapping[str, Frame], store: Store) -> Frame | None:
    """The frame of the thing's class; of several classes, that of the most special one."""
    types = {one.object for one in store.matching(thing, RDF["type"])}
    fitting = [frame for frame in frames.values() if frame.of_class in types]
    above = {one for frame in fitting for one in _above(frame.of_class, store)}
    return next((frame for frame in fitting if frame.of_class not in above), None)


def _above(of_class: NamedNode, store: Store) -> set[NamedNode]:
    """All classes that this one is a subclass of, by way of classes that have names."""
    found: set[NamedNode] = set()
    waiting = [of_class]
    while waiting:
        for one in store.matching(waiting.pop(), RDFS["subClassOf"]):
            if isinstance(one.object, NamedNode) and one.object not in found:
                found.add(one.object)
                waiting.append(one.object)
    return found - {of_class}


def _read(path: Path, context: Context) -> Frame:
    text = path.read_bytes()
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedFile(path, error.lineno, error.colno, error.msg) from error
    said = dict(document) if isinstance(document, dict) else {}
    flags = {name: said.pop(name, None) for name in FLAGS}
    said.pop("@context", None)
    of_class = context.iri_of(str(said.pop("type", "")))
    if flags != FLAGS or of_class is None:
        reason = f"right would be an object with {json.dumps(FLAGS)[1:-1]} and one class as type"
        raise MalformedFile(path, 1, 1, reason)
    return Frame(path.stem, of_class, _pattern(said, path, context), text)


def _pattern(said: Mapping[str, Any], path: Path, context: Context) -> Pattern:
    outgoing = {name: value for name, value in said.items() if name != _REVERSE}
    incoming = said.get(_REVERSE, {})
    return Pattern(_ends(outgoing, path, context), _ends(incoming, path, context))


def _ends(said: Mapping[str, Any], path: Path, context: Context) -> dict[NamedNode, Pattern | None]:
    found: dict[NamedNode, Pattern | None] = {}
    for name, value in said.items():
        iri = context.iri_of(name)
        if iri is None or not isinstance(value, dict):
            reason = f"'{name}' is no property of the context with an object as its frame"
            raise MalformedFile(path, _line_of(path, name), 1, reason)
        found[iri] = None if value == _NEVER else _pattern(value, path, context)
    return found


def _line_of(path: Path, name: str) -> int:
    """The first line with this name as a key."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if f'"{name}":' in line), 1)


_TYPE: Final = RDF["type"]


def write_framed(
    context: Context,
    triples: Iterable[Triple],
    thing: NamedNode,
    pattern: Pattern,
    *,
    address: str = "",
) -> bytes:
    """The statements about the thing that the pattern wants, each node inside the one before.

    Args:
        context: what it is compacted by.
        triples: what is known; the document says a part of it and nothing else.
        thing: the node that the document is about.
        pattern: what is wanted of it.
        address: where the context is; without, it stands in the document.
    """
    tree = _Tree(triples)
    document = compacted(context, address, lambda writer: tree.node(writer, thing, pattern))
    return encoded(document)


class _Tree:
    """Triples by both ends."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._ends: defaultdict[tuple[Any, NamedNode], list[Any]] = defaultdict(list)
        self._starts: defaultdict[tuple[Any, NamedNode], list[Any]] = defaultdict(list)
        for one in triples:
            self._ends[one.subject, one.predicate].append(one.object)
            self._starts[one.object, one.predicate].append(one.subject)

    def node(self, writer: Compactor, term: Any, pattern: Pattern) -> Document:
        """A node with its classes and what is wanted of it."""
        node = writer.node(term)
        for one in self._ends.get((term, _TYPE), ()):
            writer.add(node, _TYPE, one)
        for predicate, wanted in pattern.outgoing.items():
            for end in self._ends.get((term, predicate), ()):
                if wanted is None or isinstance(end, Literal):
                    writer.add(node, predicate, end)
                elif self._has_some(end, wanted):
                    writer.embed(node, predicate, self.node(writer, end, wanted))
        pointing: Document = {}
        for predicate, wanted in pattern.incoming.items():
            for start in self._starts.get((term, predicate), ()):
                if wanted is None:
                    writer.embed(pointing, predicate, writer.node(start))
                elif self._has_some(start, wanted):
                    writer.embed(pointing, predicate, self.node(writer, start, wanted))
        return {**node, writer.reverse: pointing} if pointing else node

    def _has_some(self, term: Any, wanted: Pattern) -> bool:
        """Whether a node has any of the properties that are wanted; others are left out.

        That is the match of a frame in the standard, which counts no `@reverse`.
        """
        asked = wanted.outgoing
        return not asked or any((term, predicate) in self._ends for predicate in asked)
