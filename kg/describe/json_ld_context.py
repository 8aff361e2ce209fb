"""JSON-LD profiles, which a client requests, and contexts, inverted for writing.

Source: JSON-LD 1.1, appendix C (the media type's `profile` parameter); RFC 6906.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import NamedNode

from kg.content import sha256
from kg.errors import MalformedFile
from kg.paths import context_files

_NAMESPACE: Final = "http://www.w3.org/ns/json-ld#"
_KNOWN_KEYS: Final = frozenset({"@id", "@type", "@container", "@language", "@prefix", "@protected"})

Value = Any


class Profile(StrEnum):
    """A form of JSON-LD document, or a document that determines the form: a context or a frame."""

    compacted = "compacted"
    expanded = "expanded"
    flattened = "flattened"
    framed = "framed"
    context = "context"
    frame = "frame"

    @property
    def iri(self) -> str:
        """The IRI that names the profile in a media type."""
        return f"{_NAMESPACE}{self.value}"


CONTEXT_RELATION: Final = Profile.context.iri
# The profiles available for graphs, for documents without a frame, and for things.
COMPACTED_ONLY: Final = (Profile.compacted,)
FRAMED_ONLY: Final = (Profile.framed,)
GRAPH_PROFILES: Final = (Profile.compacted, Profile.expanded, Profile.flattened)
UNFRAMED: Final = (*GRAPH_PROFILES, Profile.context)
THING_PROFILES: Final = (*UNFRAMED, Profile.framed)
_COMPATIBLE: Final = (
    {Profile.flattened, Profile.compacted},
    {Profile.flattened, Profile.expanded},
    {Profile.framed, Profile.compacted},
)


def choose_profiles(value: str, known: Collection[Profile]) -> tuple[Profile, ...]:
    """Choose the known profiles in a `profile` parameter that can be combined with those before.

    >>> flattened, compacted, expanded = (Profile(name).iri for name in
    ...     ("flattened", "compacted", "expanded"))
    >>> choose_profiles(f"urn:x {flattened} {compacted} {expanded}", GRAPH_PROFILES)
    (<Profile.flattened: 'flattened'>, <Profile.compacted: 'compacted'>)
    """
    by_iri = {profile.iri: profile for profile in known}
    chosen: list[Profile] = []
    for profile in filter(None, map(by_iri.get, value.split())):
        if all({profile, other} in _COMPATIBLE for other in chosen):
            chosen.append(profile)
    return tuple(chosen)


def profile_parameter(profiles: Sequence[Profile]) -> str:
    """Return the parameter of a media type that names these profiles."""
    return f';profile="{" ".join(profile.iri for profile in profiles)}"'


class IriConfusedWithPrefix(Exception):
    """An IRI whose scheme is a prefix of the context, so that it would be read as a CURIE."""


class ContextTerm(NamedTuple):
    """A short name for a property or class, and the form of its values.

    `coercion` is their expanded `@type`, `by_language` and `always_list` their `@container`.
    """

    name: str
    coercion: str | None = None
    by_language: bool = False
    always_list: bool = False


@dataclass
class Context:
    """A context document, prepared for writing: prefixes by namespace, terms by IRI, aliases.

    Other terms than with `@type`, `@language` or `@set` are ignored. `document` has `@context`.
    """

    document: Mapping[str, Value]
    text: bytes = b""
    prefixes: dict[str, str] = field(default_factory=dict)
    terms: dict[str, list[ContextTerm]] = field(default_factory=dict)
    keywords: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Context":
        """Read a file; raise MalformedFile without `@context`, or for one with a language."""
        text = path.read_bytes()
        document = parse_json(text.decode(), path)
        active = document.get("@context") if isinstance(document, dict) else None
        if not isinstance(active, dict) or active.get("@language") is not None:
            reason = "expected one @context, a map without a default @language"
            raise MalformedFile(path, 1, 1, reason)
        return cls(document, text)

    def __post_init__(self) -> None:
        for name, definition in self.names.items():
            iri = definition.get("@id") if isinstance(definition, dict) else definition
            if isinstance(iri, str) and iri.startswith("@"):
                self.keywords[iri] = name
            elif isinstance(definition, str) and definition[-1:] in ":/?#[]@":
                self.prefixes[definition] = name
        for name, definition in self.names.items():
            self._add_term(name, definition)

    @cached_property
    def names(self) -> dict[str, Value]:
        """The definitions in the context by name, without keywords."""
        active: dict[str, Value] = self.document["@context"]
        return {name: value for name, value in active.items() if not name.startswith("@")}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the document's text, in hexadecimal."""
        return sha256(self.text)

    def expand(self, name: str) -> NamedNode | None:
        """Return the IRI that a term or CURIE stands for, or None if it is neither."""
        definition = self.names.get(name, name)
        is_map = isinstance(definition, dict)
        iri = self._expand(str(definition.get("@id", name) if is_map else definition))
        try:
            return NamedNode(iri) if ":" in iri else None
        except ValueError:
            return None

    def class_name(self, iri: str) -> str:
        """Return the name of a class after `@type`: a term if there is one, else as `compact`."""
        # Only terms that set no form for their values.
        plain = (term.name for term in self.terms.get(iri, ()) if term == ContextTerm(term.name))
        return next(plain, None) or self.compact(iri)

    def compact(self, iri: str) -> str:
        """Return an IRI's CURIE, or itself; raise IriConfusedWithPrefix if it looks like one."""
        local_start = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = self.prefixes.get(iri[:local_start])
        if prefix is not None and local_start < len(iri):
            curie = f"{prefix}:{iri[local_start:]}"
            if curie not in self.document["@context"]:
                return curie
        scheme, _, rest = iri.partition(":")
        if scheme in self.document["@context"] and not rest.startswith("//"):
            raise IriConfusedWithPrefix(iri)
        return iri

    def _add_term(self, name: str, definition: Value) -> None:
        if isinstance(definition, str):
            definition = {"@id": definition}
        if not isinstance(definition, dict) or not definition.keys() <= _KNOWN_KEYS:
            return
        containers = definition.get("@container", [])
        containers = {containers} if isinstance(containers, str) else set(containers)
        coercion = definition.get("@type")
        is_plain = definition.get("@language") is None and coercion not in {"@json", "@none"}
        iri = self._expand(str(definition.get("@id", name)))
        if not containers <= {"@language", "@set"} or not is_plain or iri.startswith("@"):
            return
        coercion = self._expand(coercion) if coercion else None
        term = ContextTerm(name, coercion, "@language" in containers, "@set" in containers)
        self.terms.setdefault(iri, []).append(term)

    def _expand(self, name: str) -> str:
        prefix, colon, local_name = name.partition(":")
        namespace = self.names.get(prefix)
        if colon and isinstance(namespace, str) and not local_name.startswith("//"):
            return namespace + local_name
        if colon or name.startswith("@"):
            return name
        return f"{self.document['@context'].get('@vocab') or ''}{name}"


def parse_json(text: str | bytes, path: Path) -> Any:
    """Parse the content of a file, which may be malformed: a `MalformedFile`."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        remedy = f"valid JSON at column {error.colno}"
        raise MalformedFile(path, error.lineno, error.colno, error.msg, remedy=remedy) from error


def read_contexts(ontology: Path) -> dict[str, Context]:
    """Read an ontology's contexts by version, the newest last; raise MalformedFile if none."""
    contexts = {version: Context.read(path) for version, path in context_files(ontology).items()}
    if not contexts:
        raise MalformedFile(ontology / "context", 1, 1, "expected a file such as 1.0.0.jsonld")
    return contexts
