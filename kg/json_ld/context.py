"""The JSON-LD context, turned round: from IRIs to the names that stand for them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.errors import MalformedFile
from kg.paths import context_files

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
