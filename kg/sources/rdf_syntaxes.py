"""RDF in any syntax but JSON-LD's newer parts, from anywhere -> quads, one by one.

JSON-LD 1.1 <-> quads of any data, by the algorithms of its API; nothing is ever fetched.

The engine's own parser is many times as quick, but not exact: it resolves some relative IRIs
otherwise, and keeps directions that JSON-LD 1.1 lets go.

RDF files of any syntax -> quads; what curated files may be is narrower, and in `kg.sources`.
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
from kg.sources.files import FORMATS, reason_of

_NO_CONTEXT: Final = "LoadDocumentCallback"


def parse_rdf(content: bytes | IO[bytes], syntax: RdfFormat, base_iri: str) -> Iterator[Quad]:
    """The quads in the order of the text; blank nodes get names that are used nowhere else.

    Raises:
        MalformedRdf: with line and column; also JSON-LD that refers to a context elsewhere.
    """
    try:
        yield from parse(content, format=syntax, base_iri=base_iri, rename_blank_nodes=True)
    except SyntaxError as error:
        reason = reason_of(error)
        if _NO_CONTEXT in reason:
            reason = "no context is fetched; right would be one that stands in the document itself"
        raise MalformedRdf(reason, error.lineno, error.offset) from error


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


ENDINGS: Final = {
    **FORMATS,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}


def read_rdf_file(path: Path, *, contexts: Path | None = None) -> Iterator[Quad]:
    """The quads of a file whose name ends in one of `ENDINGS`, with or without `.gz`.

    Relative IRIs start from the file's own address. JSON-LD may refer to the contexts in a folder,
    see `read_json_ld`.

    Raises:
        MalformedFile: syntax, ending or packing; with line and column.
        MalformedInput: the file cannot be opened.
    """
    is_packed = path.suffix == ".gz"
    syntax = ENDINGS.get(path.with_suffix("").suffix if is_packed else path.suffix)
    if syntax is None:
        remedy = f"{', '.join(ENDINGS)}, with or without .gz"
        raise MalformedFile(path, 1, 1, "the ending is none of RDF", remedy=remedy)
    try:
        opened = gzip.open if is_packed else open
        with opened(path, "rb") as file:
            base_iri = path.resolve().as_uri()
            if syntax == RdfFormat.JSON_LD:
                yield from read_json_ld(file.read(), base_iri, contexts=contexts)
            else:
                yield from parse_rdf(cast("IO[bytes]", file), syntax, base_iri)
    except MalformedRdf as error:
        remedy = f"what {syntax.name} allows there"
        place = (error.line or 1, error.column or 1)
        raise MalformedFile(path, *place, error.reason, remedy=remedy) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"not a whole gzip file: {error}"
        raise MalformedFile(path, 1, 1, reason, remedy="the file packed anew") from error
    except OSError as error:
        raise MalformedInput(f"{path} cannot be read: {error.strerror}") from error
