"""Triples and quads -> JSON-LD, compacted by our own context.

Written for one known context instead of with PyLD: see `benchmarks` for the figures. PyLD is
what the tests expand the result with.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.errors import MalformedFile
from kg.namespaces import RDF, XSD
from service.errors import NotAcceptable

_STRING: Final = XSD["string"].value
_INTEGER: Final = XSD["integer"].value
_BOOLEAN: Final = XSD["boolean"].value
_TYPE: Final = RDF["type"]
# What JSON numbers keep exactly, whoever reads them.
_LARGEST_INTEGER: Final = 2**53
_KNOWN_KEYS: Final = frozenset({"@id", "@type", "@container", "@language", "@prefix", "@protected"})

Value = Any
Document = dict[str, Value]


class _Confusing(Exception):
    """An IRI that this context would read as something else."""


@dataclass(frozen=True)
class _Term:
    name: str
    coercion: str | None
    by_language: bool
    always_list: bool


@dataclass
class Context:
    """A context document, turned round: from IRIs to the names that stand for them.

    Understood are prefixes and terms with `@type` and the containers `@language` and `@set`; a
    term that uses more is read past, and its IRI is then written out.
    """

    iri: str
    document: Mapping[str, Value]
    prefixes: dict[str, str] = field(default_factory=dict)
    terms: dict[str, list[_Term]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, iri: str) -> "Context":
        """The context in this file, referred to by this IRI.

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
        return cls(iri, document)

    def __post_init__(self) -> None:
        for name, definition in self.names.items():
            if isinstance(definition, str) and definition[-1:] in ":/?#[]@":
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
        if not isinstance(definition, dict) or not _KNOWN_KEYS >= definition.keys():
            return
        containers = definition.get("@container", [])
        containers = {containers} if isinstance(containers, str) else set(containers)
        coercion = definition.get("@type")
        is_plain = definition.get("@language") is None and coercion not in {"@json", "@none"}
        iri = self._expand(str(definition.get("@id", name)))
        if not containers <= {"@language", "@set"} or not is_plain or iri.startswith("@"):
            return
        coercion = self._expand(coercion) if coercion else None
        term = _Term(name, coercion, "@language" in containers, "@set" in containers)
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
            raise _Confusing(iri)
        return iri


def write(context: Context, quads: Iterable[Quad | Triple], *, root: NamedNode | None) -> bytes:
    """A JSON-LD document that expands to exactly these quads.

    Args:
        context: what it is compacted by, and refers to by IRI.
        quads: of any graphs; triples count as those of the default graph.
        root: the node that comes first.

    Raises:
        NotAcceptable: triple terms, which JSON-LD 1.1 has no form for.
    """
    found = list(quads)
    if any(isinstance(one.object, Triple) for one in found):
        raise NotAcceptable("JSON-LD 1.1 has no form for triple terms", [])
    try:
        nodes = _Writer(context).nodes(found, root)
        head: Document = {"@context": context.iri}
    except _Confusing:
        # Some IRI has one of our prefixes as its scheme: without a context nothing is confused.
        nodes = _Writer(Context(context.iri, {"@context": {}})).nodes(found, root)
        head = {}
    document = {**head, **nodes[0]} if len(nodes) == 1 else {**head, "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


class _Writer:
    """One document's nodes; remembers the names it has looked up."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names: dict[str, str] = {}

    def nodes(self, quads: Iterable[Quad | Triple], root: NamedNode | None) -> list[Document]:
        graphs: dict[NamedNode | BlankNode | None, dict[Any, Document]] = {}
        for quad in quads:
            name = quad.graph_name if isinstance(quad, Quad) else None
            graph = None if isinstance(name, DefaultGraph) else name
            self._add(graphs.setdefault(graph, {}), quad)
        default = graphs.pop(None, {})
        for graph, content in graphs.items():
            if graph is not None:
                node = default.setdefault(graph, {"@id": self._reference(graph)})
                node["@graph"] = list(content.values())
        first = [default.pop(root)] if root in default else []
        return first + list(default.values())

    def _add(self, nodes: dict[Any, Document], quad: Quad | Triple) -> None:
        subject, predicate, one = quad.subject, quad.predicate, quad.object
        node = nodes.get(subject)
        if node is None:
            node = nodes[subject] = {"@id": self._reference(subject)}
        if predicate == _TYPE and not isinstance(one, Literal):
            _append(node, "@type", self._reference(one), always_list=False)
            return
        for term in self._context.terms.get(predicate.value, ()):
            if term.by_language:
                if isinstance(one, Literal) and one.language and one.direction is None:
                    by_language = node.setdefault(term.name, {})
                    _append(by_language, one.language, one.value, always_list=term.always_list)
                    return
                continue
            value = self._coerced(one, term.coercion)
            if value is not None:
                _append(node, term.name, value, always_list=term.always_list)
                return
        _append(node, self._key(predicate.value), self._explicit(one), always_list=False)

    def _coerced(self, one: Any, coercion: str | None) -> Value | None:
        """The short form of a value under a term of this coercion, if there is one."""
        if not isinstance(one, Literal):
            return self._reference(one) if coercion in {"@id", "@vocab"} else None
        datatype = one.datatype.value
        if one.language or datatype != (coercion or _STRING):
            return None
        return _native(one.value, datatype)

    def _explicit(self, one: Any) -> Value:
        if not isinstance(one, Literal):
            return {"@id": self._reference(one)}
        if one.language:
            direction = {"@direction": one.direction.value} if one.direction else {}
            return {"@language": one.language, "@value": one.value, **direction}
        if one.datatype.value == _STRING:
            return {"@value": one.value}
        return {"@type": self._name(one.datatype.value), "@value": one.value}

    def _reference(self, one: Any) -> str:
        return f"_:{one.value}" if isinstance(one, BlankNode) else self._name(one.value)

    def _name(self, iri: str) -> str:
        name = self._names.get(iri)
        if name is None:
            name = self._names[iri] = self._context.compact(iri)
        return name

    def _key(self, iri: str) -> str:
        return self._name(iri)


def _native(text: str, datatype: str) -> Value:
    """A JSON number or boolean where nothing is lost by it, else the text."""
    if datatype == _BOOLEAN and text in {"true", "false"}:
        return text == "true"
    if datatype == _INTEGER and text.lstrip("-").isdecimal() and text.isascii():
        number = int(text)
        if str(number) == text and abs(number) < _LARGEST_INTEGER:
            return number
    return text


def _append(node: Document, key: str, value: Value, *, always_list: bool) -> None:
    if key not in node:
        node[key] = [value] if always_list else value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]
