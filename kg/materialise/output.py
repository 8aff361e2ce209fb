"""Derived triples as integers -> a file, written beside its name first and then put there."""

import gzip
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import RdfFormat, Triple, serialize

from kg.materialise.materialisation import Part
from kg.namespaces import PREFIXES
from kg.reasoning.facts.dictionary import Vocabulary
from kg.sources.files import format_of

_LINES_IN_ONE_WRITE: Final = 10_000
# N-Triples lines are N-Quads of the default graph.
_BY_LINE: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


def write(path: Path, parts: Iterable[Part], vocabulary: Vocabulary) -> None:
    """Writes the triples in the format that the path's ending says, gzipped if it ends in .gz.

    Whatever happens on the way, the path is left as it was or holds all of it.

    Raises:
        MalformedFile: the ending is none of RDF.
        OSError: there is no room, or no right to write.
    """
    rdf_format = format_of(path)
    with _replacing(path) as file:
        if rdf_format in _BY_LINE:
            spellings = vocabulary.spellings()
            for part in parts:
                lines = _lines(part, spellings)
                while chunk := "".join(islice(lines, _LINES_IN_ONE_WRITE)):
                    file.write(chunk.encode())
        else:
            triples = (triple for part in parts for triple in _triples(part, vocabulary))
            serialize(triples, file, rdf_format, prefixes=dict(PREFIXES))


def _lines(part: Part, spellings: Sequence[str]) -> Iterator[str]:
    predicate, pairs = spellings[part.predicate], part.side.items()
    if part.is_forward:
        return (
            f"{spellings[key]} {predicate} {spellings[value]} .\n"
            for key, values in pairs
            for value in values
        )
    return (
        f"{spellings[value]} {predicate} {spellings[key]} .\n"
        for key, values in pairs
        for value in values
    )


def _triples(part: Part, vocabulary: Vocabulary) -> Iterator[Triple]:
    for key, values in part.side.items():
        for value in values:
            subject, object_ = (key, value) if part.is_forward else (value, key)
            yield vocabulary.decode_triple((subject, part.predicate, object_))


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") if path.suffix != ".gz" else gzip.open(beside, "wb", 5) as file:
            yield cast(IO[bytes], file)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
