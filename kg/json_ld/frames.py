"""Frames: which statements of a description a document has, and what stands inside what.

A frame is a JSON-LD frame (JSON-LD 1.1 Framing) of a simple form: a class, and the properties that
are wanted, each with a frame for the nodes at its end, or `@embed: @never` for their names alone;
`@reverse` has properties that point to the node. `@explicit`, `@omitDefault` and `@embed: @always`,
which stand at the top, are meant throughout, as if they were options of the processor.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.errors import MalformedFile
from kg.json_ld.context import Context
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
