"""Statements -> members of a JSON-LD node object, by a context or written out."""

from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.json_ld.context import Context, Value
from kg.namespaces import RDF, XSD

_STRING: Final = XSD["string"].value
_INTEGER: Final = XSD["integer"].value
_BOOLEAN: Final = XSD["boolean"].value
_TYPE: Final = RDF["type"]
# What JSON numbers keep exactly, whoever reads them.
_LARGEST_INTEGER: Final = 2**53

Document = dict[str, Value]


class Compactor:
    """Writes by a context; remembers the names it has looked up."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names: dict[str, str] = {}
        self.id, self.type, self.graph, self.included, self.reverse = (
            context.keywords.get(keyword, keyword)
            for keyword in ("@id", "@type", "@graph", "@included", "@reverse")
        )

    def node(self, subject: Any) -> Document:
        """A node object of which nothing is said yet."""
        return {self.id: self.reference(subject)}

    def add(self, node: Document, predicate: NamedNode, end: Any) -> None:
        """Say one statement more of a node."""
        if predicate == _TYPE and isinstance(end, NamedNode | BlankNode):
            name = self._context.class_name if isinstance(end, NamedNode) else "_:{}".format
            _append(node, self.type, name(end.value), always_list=False)
            return
        for term in self._context.terms.get(predicate.value, ()):
            if term.by_language:
                if isinstance(end, Literal) and end.language and end.direction is None:
                    by_language = node.setdefault(term.name, {})
                    _append(by_language, end.language, end.value, always_list=term.always_list)
                    return
                continue
            value = self._coerced(end, term.coercion)
            if value is not None:
                _append(node, term.name, value, always_list=term.always_list)
                return
        _append(node, self.name(predicate.value), self._explicit(end), always_list=False)

    def embed(self, node: Document, predicate: NamedNode, value: Document) -> None:
        """Say one statement more, whose object is this node object."""
        names = (one for one in self._context.terms.get(predicate.value, ()) if not one.by_language)
        term = next(names, None)
        name = self.name(predicate.value) if term is None else term.name
        _append(node, name, value, always_list=term is not None and term.always_list)

    def reference(self, one: Any) -> str:
        """What stands for a node after `@id`."""
        return f"_:{one.value}" if isinstance(one, BlankNode) else self.name(one.value)

    def name(self, iri: str) -> str:
        """The short form of an IRI."""
        name = self._names.get(iri)
        if name is None:
            name = self._names[iri] = self._context.compact(iri)
        return name

    def _coerced(self, end: Any, coercion: str | None) -> Value | None:
        """The short form of a value under a term of this coercion, if there is one."""
        if not isinstance(end, Literal):
            return self.reference(end) if coercion in {"@id", "@vocab"} else None
        datatype = end.datatype.value
        if end.language or datatype != (coercion or _STRING):
            return None
        return _native(end.value, datatype)

    def _explicit(self, end: Any) -> Value:
        if not isinstance(end, Literal):
            return {self.id: self.reference(end)}
        return _literal(end, self.name(end.datatype.value))


class Expander:
    """Writes everything out: full IRIs, every value in a list and with its type."""

    id, type, graph = "@id", "@type", "@graph"

    def node(self, subject: Any) -> Document:
        """A node object of which nothing is said yet."""
        return {"@id": self.reference(subject)}

    def add(self, node: Document, predicate: NamedNode, end: Any) -> None:
        """Say one statement more of a node."""
        is_node = isinstance(end, NamedNode | BlankNode)
        if predicate == _TYPE and is_node:
            _append(node, "@type", self.reference(end), always_list=True)
        elif is_node:
            _append(node, predicate.value, {"@id": self.reference(end)}, always_list=True)
        else:
            value = _literal(end, end.datatype.value)
            _append(node, predicate.value, value, always_list=True)

    def reference(self, one: Any) -> str:
        """What stands for a node after `@id`."""
        return f"_:{one.value}" if isinstance(one, BlankNode) else str(one.value)


def _literal(one: Literal, datatype: str) -> Document:
    if one.language:
        direction = {"@direction": one.direction.value} if one.direction else {}
        return {"@language": one.language, "@value": one.value, **direction}
    if one.datatype.value == _STRING:
        return {"@value": one.value}
    return {"@type": datatype, "@value": one.value}


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
