"""Frames, and framed JSON-LD documents, in which nodes are nested as a frame determines.

A frame has a class and the properties to include, each with a frame for its values, or with
`@embed: @never` to include only their names. `FLAGS` are at the top and apply to the whole frame.
Other frames of JSON-LD 1.1 Framing are refused: PyLD, which supports all, takes several
milliseconds for a description of 50 triples. The tests show that both give the same result.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import sorted_iris
from kg.describe.json_ld_context import Context, parse_json
from kg.describe.json_ld_writer import Document, NodeWriter, encode_json, make_compacted
from kg.errors import MalformedFile, MalformedParameter
from kg.namespaces import RDF, RDFS, shorten
from kg.store.quad_store import Store
from kg.validation.hierarchy import reachable

FLAGS: Final[Mapping[str, Any]] = {"@explicit": True, "@omitDefault": True, "@embed": "@always"}
_REVERSE: Final = "@reverse"
_NEVER: Final = {"@embed": "@never"}
_TYPE: Final = RDF["type"]


@dataclass(frozen=True)
class FramePattern:
    """The properties to include of a node, each with a pattern for the other node, or its name."""

    outgoing: Mapping[NamedNode, "FramePattern | None"] = field(default_factory=dict)
    incoming: Mapping[NamedNode, "FramePattern | None"] = field(default_factory=dict)


class Frame(NamedTuple):
    """A frame, the default one for things of its class; `text` is the content of its file."""

    name: str
    target_class: NamedNode
    pattern: FramePattern
    text: bytes


def read_frames(folder: Path, context: Context) -> dict[str, Frame]:
    """Read the frames in a folder by name; raise MalformedFile for one not of the simple form."""
    return {path.stem: _read_frame(path, context) for path in sorted(folder.glob("*.jsonld"))}


def require_fit(frame: Frame, thing: NamedNode, frames: Mapping[str, Frame], store: Store) -> None:
    """Raise MalformedParameter, with the frames that fit, if the thing is not of the class."""
    fitting = [one.name for one in _fitting_frames(thing, frames, store)]
    if frame.name not in fitting:
        of_class, expected = shorten(frame.target_class.value), " or ".join(fitting) or "none"
        reason = f"'{frame.name}' is for a {of_class}; expected for this resource: {expected}"
        raise MalformedParameter("frame", reason)


def _fitting_frames(thing: NamedNode, frames: Mapping[str, Frame], store: Store) -> list[Frame]:
    types = {triple.object for triple in store.triples(thing, _TYPE)}
    return [frame for frame in frames.values() if frame.target_class in types]


def find_frame(thing: NamedNode, frames: Mapping[str, Frame], store: Store) -> Frame | None:
    """Return the frame for the thing's most specific class that has one, if any."""
    candidates = _fitting_frames(thing, frames, store)

    def superclasses(class_: NamedNode) -> list[NamedNode]:
        return sorted_iris(triple.object for triple in store.triples(class_, RDFS["subClassOf"]))

    general = {
        class_
        for frame in candidates
        for class_ in reachable(frame.target_class, superclasses) - {frame.target_class}
    }
    return next((frame for frame in candidates if frame.target_class not in general), None)


def publish_frame(frame: Frame, context: Context, *, address: str = "") -> bytes:
    """Return a frame as a processor needs it: with its context, and with the flags in every object.

    Without `address`, with the whole context. The file has neither: its context is beside it, and
    its flags are at the top, since they apply to all of it.
    """
    members = json.loads(frame.text) | {"@context": address or context.document["@context"]}
    inner = members.keys() - FLAGS.keys() - {"@context", "type"}
    return encode_json({**members, **{name: _with_flags(name, members[name]) for name in inner}})


def _with_flags(name: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = {key: _with_flags(key, value) for key, value in members.items() if key != "@embed"}
    return inner if name == _REVERSE else {**FLAGS, **members, **inner}


def _read_frame(path: Path, context: Context) -> Frame:
    text = path.read_bytes()
    document = parse_json(text, path)
    members = dict(document) if isinstance(document, dict) else {}
    flags = {name: members.pop(name, None) for name in FLAGS}
    members.pop("@context", None)
    of_class = context.expand(str(members.pop("type", "")))
    if flags != FLAGS or of_class is None:
        reason = f"expected an object with {json.dumps(FLAGS)[1:-1]} and one class as type"
        raise MalformedFile(path, 1, 1, reason, remedy="the form of the other frames")
    return Frame(path.stem, of_class, _to_pattern(members, path, context), text)


def _to_pattern(members: Mapping[str, Any], path: Path, context: Context) -> FramePattern:
    outgoing = {name: value for name, value in members.items() if name != _REVERSE}
    both = (outgoing, members.get(_REVERSE, {}))
    return FramePattern(*(_to_patterns(several, path, context) for several in both))


def _to_patterns(
    members: Mapping[str, Any], path: Path, context: Context
) -> dict[NamedNode, FramePattern | None]:
    patterns: dict[NamedNode, FramePattern | None] = {}
    for name, value in members.items():
        iri = context.expand(name)
        if iri is None or not isinstance(value, dict):
            lines = path.read_text(encoding="utf-8").splitlines()
            places = (number for number, line in enumerate(lines, 1) if f'"{name}":' in line)
            reason = f"'{name}' is not a property in the context with an object as its frame"
            remedy = "a property of the context, with {} or the properties of its values"
            raise MalformedFile(path, next(places, 1), 1, reason, remedy=remedy)
        patterns[iri] = None if value == _NEVER else _to_pattern(value, path, context)
    return patterns


def write_framed(
    context: Context,
    triples: Iterable[Triple],
    thing: NamedNode,
    pattern: FramePattern,
    *,
    address: str = "",
) -> bytes:
    """Write what the pattern includes, nested in the thing; without `address`, with the context."""
    tree = _Tree(triples)
    document = make_compacted(context, address, lambda writer: tree.node(writer, thing, pattern))
    return encode_json(document)


class _Tree:
    """Triples indexed by subject and by object, from which nested nodes are built."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: defaultdict[tuple[Any, NamedNode], list[Any]] = defaultdict(list)
        self._subjects: defaultdict[tuple[Any, NamedNode], list[Any]] = defaultdict(list)
        for triple in triples:
            self._objects[triple.subject, triple.predicate].append(triple.object)
            self._subjects[triple.object, triple.predicate].append(triple.subject)

    def node(self, writer: NodeWriter, term: Any, pattern: FramePattern) -> Document:
        """Return a node object with the node's classes and the properties of the pattern."""
        node = writer.node(term)
        for class_ in self._objects.get((term, _TYPE), ()):
            writer.add(node, _TYPE, class_)
        for predicate, inner in pattern.outgoing.items():
            for object_ in self._objects.get((term, predicate), ()):
                if inner is None or isinstance(object_, Literal):
                    writer.add(node, predicate, object_)
                elif self._matches(object_, inner):
                    writer.embed(node, predicate, self.node(writer, object_, inner))
        reverse: Document = {}
        for predicate, inner in pattern.incoming.items():
            for subject in self._subjects.get((term, predicate), ()):
                if inner is None:
                    writer.add(reverse, predicate, subject, is_list=True)
                elif self._matches(subject, inner):
                    embedded = self.node(writer, subject, inner)
                    writer.embed(reverse, predicate, embedded, is_list=True)
        return {**node, writer.reverse: reverse} if reverse else node

    def _matches(self, term: Any, pattern: FramePattern) -> bool:
        """Return whether a node has any property; the standard's matching ignores `@reverse`."""
        names = pattern.outgoing
        return not names or any((term, name) in self._objects for name in names)
