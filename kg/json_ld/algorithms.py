"""JSON-LD 1.1 <-> quads of any data, by the algorithms of its API; nothing is ever fetched.

The engine's own parser is many times as quick, but not exact: it resolves some relative IRIs
otherwise, and keeps directions that JSON-LD 1.1 lets go.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pyld import jsonld
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat

from kg.errors import MalformedRdf
from kg.namespaces import XSD
from kg.read.rdf import parse_rdf

NO_OPTIONS: Final[Mapping[str, str | bool]] = {}
_DEFAULT: Final = "@default"
_I18N: Final = "https://www.w3.org/ns/i18n#"
# What the library raises where it has a mistake of its own.
_MISTAKES: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
_Node = NamedNode | BlankNode


def read_json_ld(
    content: bytes,
    base_iri: str,
    *,
    contexts: Path | None = None,
    options: Mapping[str, str | bool] = NO_OPTIONS,
) -> Iterator[Quad]:
    """The quads of a document; what RDF cannot say of it is left out, as the standard has it.

    Args:
        content: JSON in UTF-8.
        base_iri: what relative IRIs are resolved against.
        contexts: a folder of contexts that a document may refer to: HOST/PATH in it is what
            stands at https://HOST/PATH, and at http.
        options: of the JSON-LD API, by their names in it.

    Raises:
        MalformedRdf: no JSON, with line and column; or no JSON-LD, with its error code.
    """
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise MalformedRdf(f"no JSON: {error.msg}", error.lineno, error.colno) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise MalformedRdf(f"no JSON that is read here: {error}") from error
    all_options = {**options, "base": base_iri, "documentLoader": _loader(contexts)}
    try:
        with warnings.catch_warnings():
            # Of terms that it ignores, as the standard has it.
            warnings.simplefilter("ignore", SyntaxWarning)
            quads = list(_quads(jsonld.to_rdf(document, all_options)))
    except jsonld.JsonLdError as error:
        raise MalformedRdf(_reason(error)) from error
    except RecursionError as error:
        raise MalformedRdf("it is nested too deep") from error
    except _MISTAKES:
        quads = list(parse_rdf(content, RdfFormat.JSON_LD, base_iri))
    return iter(quads)


def write_json_ld(
    quads: Iterable[Quad], *, options: Mapping[str, str | bool] = NO_OPTIONS
) -> bytes:
    """The quads as an expanded document; `options` are those of the JSON-LD API.

    Raises:
        MalformedRdf: a literal that says of itself that it is JSON, and is not.
    """
    graphs: dict[str, list[dict[str, Any]]] = {_DEFAULT: []}
    has_directions = False
    for quad in quads:
        object_ = quad.object
        has_directions |= isinstance(object_, Literal) and object_.direction is not None
        name = quad.graph_name
        graph = _DEFAULT if isinstance(name, DefaultGraph) else _said(name)["value"]
        graphs.setdefault(graph, []).append(
            {
                "subject": _said(quad.subject),
                "predicate": _said(quad.predicate),
                "object": _said(object_),
            }
        )
    direction = {"rdfDirection": "i18n-datatype"} if has_directions else {}
    try:
        document = jsonld.from_rdf(graphs, {**direction, **options})
    except jsonld.JsonLdError as error:
        raise MalformedRdf(_reason(error)) from error
    return json.dumps(document, ensure_ascii=False).encode()


def _loader(contexts: Path | None) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    def load(iri: str, _: dict[str, Any]) -> dict[str, Any]:
        parts = urlsplit(iri)
        steps = [parts.netloc, *parts.path.split("/")[1:]]
        is_plain = parts.scheme in ("http", "https") and not {"..", "."} & set(steps)
        path = contexts.joinpath(*steps) if contexts is not None and is_plain else None
        if path is None or not path.is_file():
            raise _not_fetched(iri)
        document = json.loads(path.read_bytes())
        return {"contextUrl": None, "documentUrl": iri, "document": document}

    return load


def _not_fetched(iri: str) -> jsonld.JsonLdError:
    reason = f"{iri} is not fetched; right would be a context that stands in the document itself"
    return jsonld.JsonLdError(reason, "jsonld.LoadDocumentError", code="loading document failed")


def _reason(error: jsonld.JsonLdError) -> str:
    """The innermost sentence, which is the nearest to what is wrong, and the error code."""
    found: BaseException = error
    while found.__cause__ is not None:
        found = found.__cause__
    code = getattr(found, "code", None)
    sentence = str(found.args[0]) if found.args else type(found).__name__
    return f"{sentence} ({code})" if code else sentence


def _quads(graphs: dict[str, list[dict[str, Any]]]) -> Iterator[Quad]:
    nodes: dict[str, BlankNode] = {}
    for name, triples in graphs.items():
        graph = DefaultGraph() if name == _DEFAULT else _node(name, nodes)
        for triple in triples:
            try:
                yield Quad(
                    _node(triple["subject"]["value"], nodes),
                    NamedNode(triple["predicate"]["value"]),
                    _term(triple["object"], nodes),
                    graph,
                )
            except ValueError:
                # Not well-formed as RDF, such as a relative IRI without a base.
                continue


def _node(value: str, nodes: dict[str, BlankNode]) -> _Node:
    if value.startswith("_:"):
        return nodes.setdefault(value, BlankNode())
    return NamedNode(value)


def _term(said: dict[str, Any], nodes: dict[str, BlankNode]) -> _Node | Literal:
    if said["type"] != "literal":
        return _node(said["value"], nodes)
    if said.get("language"):
        return Literal(said["value"], language=said["language"])
    return Literal(said["value"], datatype=NamedNode(said.get("datatype", XSD["string"].value)))


def _said(term: object) -> dict[str, Any]:
    if isinstance(term, BlankNode):
        return {"type": "blank node", "value": str(term)}
    if isinstance(term, NamedNode):
        return {"type": "IRI", "value": term.value}
    if not isinstance(term, Literal):
        raise TypeError(f"JSON-LD has no {type(term).__name__}")
    if term.direction is not None:
        datatype = f"{_I18N}{term.language}_{term.direction}"
        return {"type": "literal", "value": term.value, "datatype": datatype}
    said = {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    return {**said, "language": term.language} if term.language else said
