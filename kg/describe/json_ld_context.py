"""The profiles of JSON-LD: the forms that a document can be asked for in.

Source: JSON-LD 1.1, appendix C (the media type's `profile` parameter); RFC 6906.

The JSON-LD context, turned round: from IRIs to the names that stand for them.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.errors import MalformedFile
from kg.paths import context_files

_SPACE: Final = "http://www.w3.org/ns/json-ld#"


class Profile(StrEnum):
    """A form of JSON-LD document, or what such documents are made by: a context, a frame."""

    compacted = "compacted"
    expanded = "expanded"
    flattened = "flattened"
    framed = "framed"
    context = "context"
    frame = "frame"

    @property
    def iri(self) -> str:
        """What stands for it in a media type."""
        return f"{_SPACE}{self.value}"


CONTEXT_RELATION: Final = Profile.context.iri
# What any graph can be written in; frames are for things, and a thing's document has a context.
COMPACTED: Final = (Profile.compacted,)
FRAMED: Final = (Profile.framed,)
GRAPH_PROFILES: Final = (Profile.compacted, Profile.expanded, Profile.flattened)
UNFRAMED: Final = (*GRAPH_PROFILES, Profile.context)
THING_PROFILES: Final = (*UNFRAMED, Profile.framed)
_GO_TOGETHER: Final = (
    {Profile.flattened, Profile.compacted},
    {Profile.flattened, Profile.expanded},
    {Profile.framed, Profile.compacted},
)


def asked_for(value: str, known: Collection[Profile]) -> tuple[Profile, ...]:
    """The profiles that a document can have together, from the value of a `profile` parameter.

    The first decides; a later one counts if it goes with those before. Others are ignored, as
    are those that are not `known`.

    >>> flattened, compacted, expanded = (Profile(one).iri for one in
    ...     ("flattened", "compacted", "expanded"))
    >>> asked_for(f"urn:x {flattened} {compacted} {expanded}", GRAPH_PROFILES)
    (<Profile.flattened: 'flattened'>, <Profile.compacted: 'compacted'>)
    """
    by_iri = {one.iri: one for one in known}
    found: list[Profile] = []
    for iri in value.split():
        one = by_iri.get(iri)
        if one is not None and all({one, had} in _GO_TOGETHER for had in found):
            found.append(one)
    return tuple(found)


def parameter(profiles: Sequence[Profile]) -> str:
    """The parameter of a media type that names these profiles."""
    return f';profile="{" ".join(one.iri for one in profiles)}"'


_KNOWN_KEYS: Final = frozenset({"@id", "@type", "@container", "@language", "@prefix", "@protected"})

Value = Any


class ConfusingIriError(Exception):
    """An IRI that this context would read as something else."""


@dataclass(frozen=True)
class Term:
    """A name for a property or class, and the form that it gives to values."""

    name: str
    coercion: str | None
    by_language: bool
    always_list: bool

    @property
    def is_plain(self) -> bool:
        """Whether it is a name and nothing more."""
        return self.coercion is None and not self.by_language and not self.always_list


@dataclass
class Context:
    """A context document, read for writing.

    Understood are prefixes and terms with `@type` and the containers `@language` and `@set`; a
    term that uses more is read past, and its IRI is then written out.
    """

    document: Mapping[str, Value]
    text: bytes = b""
    prefixes: dict[str, str] = field(default_factory=dict)
    terms: dict[str, list[Term]] = field(default_factory=dict)
    keywords: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Context":
        """The context in this file.

        Raises:
            MalformedFile: no JSON object with one `@context`, or one that sets a default language.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise MalformedFile(path, error.lineno, error.colno, error.msg) from error
        active = document.get("@context") if isinstance(document, dict) else None
        if not isinstance(active, dict) or active.get("@language") is not None:
            reason = "right would be one @context, a map without a default @language"
            raise MalformedFile(path, 1, 1, reason)
        return cls(document, path.read_bytes())

    def __post_init__(self) -> None:
        for name, definition in self.names.items():
            if isinstance(definition, str) and definition.startswith("@"):
                self.keywords[definition] = name
            elif isinstance(definition, str) and definition[-1:] in ":/?#[]@":
                self.prefixes[definition] = name
        for name, definition in self.names.items():
            self._add_term(name, definition)

    @property
    def names(self) -> dict[str, Value]:
        """Every name that the context gives a meaning."""
        active: dict[str, Value] = self.document["@context"]
        return {name: value for name, value in active.items() if not name.startswith("@")}

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
        term = Term(name, coercion, "@language" in containers, "@set" in containers)
        self.terms.setdefault(iri, []).append(term)

    def _expand(self, name: str) -> str:
        prefix, colon, local_name = name.partition(":")
        namespace = self.names.get(prefix)
        if colon and isinstance(namespace, str) and not local_name.startswith("//"):
            return namespace + local_name
        return name if colon or name.startswith("@") else f"{self._vocabulary}{name}"

    @property
    def _vocabulary(self) -> str:
        return str(self.document["@context"].get("@vocab") or "")

    @cached_property
    def digest(self) -> str:
        """What changes when the document does."""
        return hashlib.sha256(self.text).hexdigest()

    def iri_of(self, name: str) -> NamedNode | None:
        """What a term or CURIE stands for; none if it is neither."""
        definition = self.names.get(name, name)
        if isinstance(definition, dict):
            definition = definition.get("@id", name)
        iri = self._expand(str(definition))
        try:
            return NamedNode(iri) if ":" in iri else None
        except ValueError:
            return None

    def class_name(self, iri: str) -> str:
        """What stands for a class after `@type`: a term, or as `compact`."""
        plain = (one.name for one in self.terms.get(iri, ()) if one.is_plain)
        return next(plain, None) or self.compact(iri)

    def compact(self, iri: str) -> str:
        """The CURIE of an IRI in this context, or the IRI as it is."""
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = self.prefixes.get(iri[:cut])
        if prefix is not None and cut < len(iri):
            short = f"{prefix}:{iri[cut:]}"
            if short not in self.document["@context"]:
                return short
        scheme, _, rest = iri.partition(":")
        if scheme in self.document["@context"] and not rest.startswith("//"):
            raise ConfusingIriError(iri)
        return iri


def read_contexts(ontology: Path) -> dict[str, Context]:
    """The contexts of an ontology's folder by version, the newest last.

    Raises:
        MalformedFile: there is none, or one is no context.
    """
    found = {version: Context.read(path) for version, path in context_files(ontology).items()}
    if not found:
        raise MalformedFile(ontology / "context", 1, 1, "right would be a file 1.0.0.jsonld")
    return found
