"""RDF in any syntax, from anywhere -> quads, one by one.

What curated files may be is narrower, and stands in `files`.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat, parse

from kg.errors import MalformedFile, MalformedInput, MalformedRdf
from kg.read.files import FORMATS, reason_of

ENDINGS: Final = {
    **FORMATS,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}
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


def read_rdf(path: Path) -> Iterator[Quad]:
    """The quads of a file whose name ends in one of `ENDINGS`, with or without `.gz`.

    Relative IRIs start from the file's own address.

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
            yield from parse_rdf(cast("IO[bytes]", file), syntax, path.resolve().as_uri())
    except MalformedRdf as error:
        remedy = f"what {syntax.name} allows there"
        place = (error.line or 1, error.column or 1)
        raise MalformedFile(path, *place, error.reason, remedy=remedy) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"not a whole gzip file: {error}"
        raise MalformedFile(path, 1, 1, reason, remedy="the file packed anew") from error
    except OSError as error:
        raise MalformedInput(f"{path} cannot be read: {error.strerror}") from error
