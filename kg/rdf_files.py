"""RDF files of any syntax -> quads; what curated files may be is narrower, and in `kg.read`."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat

from kg.errors import MalformedFile, MalformedInput, MalformedRdf
from kg.json_ld.algorithms import read_json_ld
from kg.read.files import FORMATS
from kg.read.rdf import parse_rdf

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
