"""Parse RDF from any source and in any syntax; of JSON-LD, only what the engine supports.

Convert any JSON-LD 1.1 to quads and back with the algorithms of its API, by PyLD.

No remote context is ever fetched. The engine's own parser is many times faster but deviates from
the standard: it resolves some relative IRIs differently, and it keeps text directions that
JSON-LD 1.1 drops.

Read RDF files in any syntax; curated files allow fewer syntaxes, see `kg.sources`.
"""

import gzip
import json
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, cast
from urllib.parse import urlsplit

from pyld import jsonld
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from kg.errors import MalformedFile, MalformedInput, MalformedRdf
from kg.namespaces import XSD
from kg.sources.files import CURATED_FORMATS_BY_EXTENSION, parser_message

_NO_CONTEXT: Final = "LoadDocumentCallback"


def parse_rdf(content: bytes | IO[bytes], syntax: RdfFormat, base_iri: str) -> Iterator[Quad]:
    """Yield the quads in the order of the text; blank nodes get new unique labels.

    Raises:
        MalformedRdf: a syntax error, with line and column, or JSON-LD with a remote context.
    """
    try:
        yield from parse(content, format=syntax, base_iri=base_iri, rename_blank_nodes=True)
    except SyntaxError as error:
        reason = parser_message(error)
        if _NO_CONTEXT in reason:
            reason = "remote contexts are not fetched; expected a context in the document itself"
        raise MalformedRdf(reason, error.lineno, error.offset) from error


NO_OPTIONS: Final[Mapping[str, str | bool]] = {}
_DEFAULT: Final = "@default"
_I18N: Final = "https://www.w3.org/ns/i18n#"
# Exceptions that PyLD raises because of its own bugs.
_LIBRARY_ERRORS: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
_Node = NamedNode | BlankNode


def read_json_ld(
    content: bytes,
    base_iri: str,
    *,
    contexts: Path | None = None,
    options: Mapping[str, str | bool] = NO_OPTIONS,
) -> Iterator[Quad]:
    """Parse a document to quads, without the parts that RDF cannot express.

    Args:
        content: JSON in UTF-8.
        base_iri: the base for relative IRIs.
        contexts: a folder with the contexts that a document may refer to. The file HOST/PATH in it
            stands for https://HOST/PATH and http://HOST/PATH.
        options: options of the JSON-LD API, by their names there.

    Raises:
        MalformedRdf: it is not JSON, with line and column; or not JSON-LD, with the error code.
    """
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise MalformedRdf(f"invalid JSON: {error.msg}", error.lineno, error.colno) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise MalformedRdf(f"unreadable JSON: {error}") from error
    all_options = {**options, "base": base_iri, "documentLoader": _document_loader(contexts)}
    try:
        with warnings.catch_warnings():
            # PyLD warns about terms that it ignores, as the standard requires.
            warnings.simplefilter("ignore", SyntaxWarning)
            quads = list(_to_quads(jsonld.to_rdf(document, all_options)))
    except jsonld.JsonLdError as error:
        raise MalformedRdf(_reason(error)) from error
    except RecursionError as error:
        raise MalformedRdf("the document is nested too deeply") from error
    except _LIBRARY_ERRORS:
        quads = list(parse_rdf(content, RdfFormat.JSON_LD, base_iri))
    return iter(quads)


def write_json_ld(
    quads: Iterable[Quad], *, options: Mapping[str, str | bool] = NO_OPTIONS
) -> bytes:
    """Write the quads as an expanded document; `options` are those of the JSON-LD API.

    Raises:
        MalformedRdf: the text of an `rdf:JSON` literal is not JSON.
    """
    graphs: dict[str, list[dict[str, Any]]] = {_DEFAULT: []}
    has_directions = False
    for quad in quads:
        object_ = quad.object
        has_directions |= isinstance(object_, Literal) and object_.direction is not None
        name = quad.graph_name
        graph = _DEFAULT if isinstance(name, DefaultGraph) else _from_term(name)["value"]
        graphs.setdefault(graph, []).append(
            {
                "subject": _from_term(quad.subject),
                "predicate": _from_term(quad.predicate),
                "object": _from_term(object_),
            }
        )
    direction = {"rdfDirection": "i18n-datatype"} if has_directions else {}
    try:
        document = jsonld.from_rdf(graphs, {**direction, **options})
    except jsonld.JsonLdError as error:
        raise MalformedRdf(_reason(error)) from error
    return json.dumps(document, ensure_ascii=False).encode()


def _document_loader(contexts: Path | None) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    def load(iri: str, _: dict[str, Any]) -> dict[str, Any]:
        parts = urlsplit(iri)
        segments = [parts.netloc, *parts.path.split("/")[1:]]
        is_plain = parts.scheme in ("http", "https") and not {"..", "."} & set(segments)
        path = contexts.joinpath(*segments) if contexts is not None and is_plain else None
        if path is None or not path.is_file():
            raise _remote_context_error(iri)
        document = json.loads(path.read_bytes())
        return {"contextUrl": None, "documentUrl": iri, "document": document}

    return load


def _remote_context_error(iri: str) -> jsonld.JsonLdError:
    reason = f"{iri} is not fetched; expected a context inside the document itself"
    return jsonld.JsonLdError(reason, "jsonld.LoadDocumentError", code="loading document failed")


def _reason(error: jsonld.JsonLdError) -> str:
    """Return the message and the code of the innermost error, which is the most specific one."""
    innermost: BaseException = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    code = getattr(innermost, "code", None)
    message = str(innermost.args[0]) if innermost.args else type(innermost).__name__
    return f"{message} ({code})" if code else message


def _to_quads(graphs: dict[str, list[dict[str, Any]]]) -> Iterator[Quad]:
    nodes: dict[str, BlankNode] = {}
    for name, triples in graphs.items():
        graph = DefaultGraph() if name == _DEFAULT else _to_node(name, nodes)
        for triple in triples:
            try:
                yield Quad(
                    _to_node(triple["subject"]["value"], nodes),
                    NamedNode(triple["predicate"]["value"]),
                    _to_term(triple["object"], nodes),
                    graph,
                )
            except ValueError:
                # The triple is not well-formed RDF: a relative IRI without a base, for example.
                continue


def _to_node(value: str, nodes: dict[str, BlankNode]) -> _Node:
    if value.startswith("_:"):
        return nodes.setdefault(value, BlankNode())
    return NamedNode(value)


def _to_term(term: dict[str, Any], nodes: dict[str, BlankNode]) -> _Node | Literal:
    if term["type"] != "literal":
        return _to_node(term["value"], nodes)
    if term.get("language"):
        return Literal(term["value"], language=term["language"])
    return Literal(term["value"], datatype=NamedNode(term.get("datatype", XSD["string"].value)))


def _from_term(term: object) -> dict[str, Any]:
    if isinstance(term, BlankNode):
        return {"type": "blank node", "value": str(term)}
    if isinstance(term, NamedNode):
        return {"type": "IRI", "value": term.value}
    if not isinstance(term, Literal):
        raise TypeError(f"JSON-LD cannot express a {type(term).__name__}")
    if term.direction is not None:
        datatype = f"{_I18N}{term.language}_{term.direction}"
        return {"type": "literal", "value": term.value, "datatype": datatype}
    literal = {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    return {**literal, "language": term.language} if term.language else literal


FORMATS_BY_EXTENSION: Final = {
    **CURATED_FORMATS_BY_EXTENSION,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}


def read_rdf_file(path: Path, *, contexts: Path | None = None) -> Iterator[Quad]:
    """Yield the quads of an RDF file.

    Relative IRIs are resolved against the file's own `file:` IRI.

    Args:
        path: a file with one of the extensions in `FORMATS_BY_EXTENSION`, optionally followed by `.gz`.
        contexts: a folder of contexts that JSON-LD files may refer to, see `read_json_ld`.

    Raises:
        MalformedFile: unknown extension, damaged gzip file or syntax error; with line and column.
        MalformedInput: the file cannot be read.
    """
    is_gzipped = path.suffix == ".gz"
    syntax = FORMATS_BY_EXTENSION.get(path.with_suffix("").suffix if is_gzipped else path.suffix)
    if syntax is None:
        remedy = f"{', '.join(FORMATS_BY_EXTENSION)}, with or without .gz"
        raise MalformedFile(path, 1, 1, "not an RDF file extension", remedy=remedy)
    try:
        open_file = gzip.open if is_gzipped else open
        with open_file(path, "rb") as file:
            base_iri = path.resolve().as_uri()
            if syntax == RdfFormat.JSON_LD:
                yield from read_json_ld(file.read(), base_iri, contexts=contexts)
            else:
                yield from parse_rdf(cast("IO[bytes]", file), syntax, base_iri)
    except MalformedRdf as error:
        remedy = f"valid {syntax.name} syntax"
        place = (error.line or 1, error.column or 1)
        raise MalformedFile(path, *place, error.reason, remedy=remedy) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"incomplete or damaged gzip file: {error}"
        raise MalformedFile(path, 1, 1, reason, remedy="a complete gzip file") from error
    except OSError as error:
        raise MalformedInput(f"{path} cannot be read: {error.strerror}") from error
