"""Read RDF in any syntax, from files and other sources, and write JSON-LD.

JSON-LD 1.1 is converted by PyLD with the algorithms of its API, and no remote context is ever
fetched. The engine's own parser, which `parse_rdf` uses, is many times faster but deviates from the
standard: it resolves some relative IRIs differently, and it keeps text directions that JSON-LD 1.1
drops. Curated files allow fewer syntaxes, see `kg.sources.files`.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from pyld import jsonld
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat

from kg.errors import LimitExceeded, MalformedFile, MalformedInput, MalformedRdf
from kg.namespaces import XSD
from kg.sources.files import (
    CURATED_FORMATS_BY_EXTENSION,
    format_of,
    parser_message,
    translate_gzip_errors,
)
from kg.sources.named_as_xml import sniff_syntax
from kg.sources.prefixes import BEGINNING_BYTES, read_json_ld_prefixes, read_xml_prefixes
from kg.sources.reading import LimitedStream, check_json_nesting, open_file, read_quads

FORMATS_BY_EXTENSION: Final = {
    **CURATED_FORMATS_BY_EXTENSION,
    **dict.fromkeys((".rdf", ".owl", ".xml"), RdfFormat.RDF_XML),
    **dict.fromkeys((".jsonld", ".json"), RdfFormat.JSON_LD),
}
NO_OPTIONS: Final[Mapping[str, str | bool]] = {}
_DEFAULT: Final = "@default"
_I18N: Final = "https://www.w3.org/ns/i18n#"
# Exceptions that PyLD raises because of its own bugs.
_LIBRARY_ERRORS: Final = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)
_NO_CONTEXT: Final = "LoadDocumentCallback"  # in the engine's errors about remote contexts
_Node = NamedNode | BlankNode


def read_rdf_file(
    path: Path,
    *,
    contexts: Path | None = None,
    prefixes: dict[str, str] | None = None,
    keeps_labels: bool = False,
) -> Iterator[Quad]:
    """Yield the quads of an RDF file; relative IRIs are resolved against its own `file:` IRI.

    A file that is named like RDF/XML may have Turtle in it. For `contexts` see `read_json_ld`;
    `prefixes` gets those that the file declares. Blank nodes get new labels, unless the file
    `keeps_labels` and its syntax has any. Raises
    MalformedInput if the file cannot be read, MalformedFile for an unknown extension, a damaged
    gzip file or a syntax error.
    """
    syntax = format_of(path, FORMATS_BY_EXTENSION)
    try:
        with translate_gzip_errors(path), open_file(path) as file:
            base_iri = path.resolve().as_uri()
            if syntax == RdfFormat.RDF_XML:
                beginning = file.read(BEGINNING_BYTES)
                file.seek(0)
                syntax = sniff_syntax(beginning)
                if prefixes is not None and syntax == RdfFormat.RDF_XML:
                    prefixes.update(read_xml_prefixes(beginning))
            if syntax == RdfFormat.JSON_LD:
                body = LimitedStream(file, syntax).readall()
                yield from read_json_ld(body, base_iri, contexts=contexts, prefixes=prefixes)
            else:
                yield from parse_rdf(
                    file, syntax, base_iri, prefixes=prefixes, keeps_labels=keeps_labels
                )
    except MalformedRdf as error:
        remedy = f"valid {syntax.name} syntax"
        place = (error.line or 1, error.column or 1)
        raise MalformedFile(path, *place, error.reason, remedy=remedy) from error
    except LimitExceeded as error:
        raise error.of(path) from error
    except OSError as error:
        raise MalformedInput(f"{path} cannot be read: {error.strerror}") from error


def parse_rdf(
    content: bytes | IO[bytes],
    syntax: RdfFormat,
    base_iri: str | None,
    *,
    prefixes: dict[str, str] | None = None,
    keeps_labels: bool = False,
) -> Iterator[Quad]:
    """Yield the quads in the order of the text; blank nodes get new labels or keep theirs.

    `prefixes` gets those that the text declares. Raises MalformedRdf for a syntax error, with line
    and column, or JSON-LD with a remote context, and LimitExceeded.
    """
    try:
        yield from read_quads(
            content, syntax, base_iri, prefixes=prefixes, keeps_labels=keeps_labels
        )
    except SyntaxError as error:
        reason = parser_message(error)
        if _NO_CONTEXT in reason:
            reason = "remote contexts are not fetched; expected a context in the document itself"
        raise MalformedRdf(reason, error.lineno, error.offset) from error


def read_json_ld(
    content: bytes,
    base_iri: str,
    *,
    contexts: Path | None = None,
    options: Mapping[str, str | bool] = NO_OPTIONS,
    prefixes: dict[str, str] | None = None,
) -> Iterator[Quad]:
    """Return the quads of a JSON-LD document, without the parts that RDF cannot express.

    The file HOST/PATH in the folder `contexts` is the context https://HOST/PATH or
    http://HOST/PATH. `options` are those of the JSON-LD API. `prefixes` gets those of the contexts
    in the document. Raises MalformedRdf if it is not
    JSON, with line and column, or not JSON-LD, with the error code.
    """
    try:
        text = content.decode(json.detect_encoding(content))
        check_json_nesting(text)
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedRdf(f"invalid JSON: {error.msg}", error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        # Not UTF-8, or a number with too many digits, after which Python says how it takes more.
        raise MalformedRdf(f"unreadable JSON: {str(error).partition(';')[0]}") from error
    if prefixes is not None:
        prefixes.update(read_json_ld_prefixes(document))
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
    """Write expanded JSON-LD, by options of its API; raise MalformedRdf for invalid `rdf:JSON`."""
    graphs: dict[str, list[dict[str, Any]]] = {_DEFAULT: []}
    has_directions = False
    for quad in quads:
        has_directions |= isinstance(quad.object, Literal) and quad.object.direction is not None
        name = quad.graph_name
        graph = _DEFAULT if isinstance(name, DefaultGraph) else _from_term(name)["value"]
        terms = {"subject": quad.subject, "predicate": quad.predicate, "object": quad.object}
        graphs.setdefault(graph, []).append({key: _from_term(term) for key, term in terms.items()})
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
            reason = f"{iri} is not fetched; expected a context inside the document itself"
            code = "loading document failed"
            raise jsonld.JsonLdError(reason, "jsonld.LoadDocumentError", code=code)
        document = json.loads(path.read_bytes())
        return {"contextUrl": None, "documentUrl": iri, "document": document}

    return load


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
            except UnicodeEncodeError as error:
                about = triple["subject"]["value"]
                reason = "a text or IRI has half of a surrogate pair (\\uD800 to \\uDFFF)"
                raise MalformedRdf(f"{reason} in a statement about {about!a}") from error
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
    literal = {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    if term.direction is not None:
        return {**literal, "datatype": f"{_I18N}{term.language}_{term.direction}"}
    return {**literal, "language": term.language} if term.language else literal
