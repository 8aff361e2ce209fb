"""Derived triples as integers -> a file, written beside its name first and then put there."""

import gzip
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import RdfFormat, Triple, serialize

from kg.facts import Vocabulary
from kg.materialise.materialisation import Line
from kg.namespaces import PREFIXES
from kg.read.files import format_of

_LINES_IN_ONE_WRITE: Final = 2_000
# N-Triples lines are N-Quads of the default graph.
_BY_LINE: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


def write(path: Path, lines: Iterable[Line], vocabulary: Vocabulary) -> None:
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
            waiting: list[str] = []
            for line in lines:
                waiting.append(_text(line, spellings))
                if len(waiting) == _LINES_IN_ONE_WRITE:
                    file.write("".join(waiting).encode())
                    waiting.clear()
            file.write("".join(waiting).encode())
        else:
            triples = (triple for line in lines for triple in _triples(line, vocabulary))
            serialize(triples, file, rdf_format, prefixes=dict(PREFIXES))


def _text(line: Line, spellings: Sequence[str]) -> str:
    key, predicate = spellings[line.key], spellings[line.predicate]
    values = map(spellings.__getitem__, line.values)
    if line.is_forward:
        start = f"{key} {predicate} "
        between = f" .\n{start}"
        return f"{start}{between.join(values)} .\n"
    end = f" {predicate} {key} .\n"
    return f"{end.join(values)}{end}"


def _triples(line: Line, vocabulary: Vocabulary) -> Iterator[Triple]:
    for value in line.values:
        ends = (line.key, value) if line.is_forward else (value, line.key)
        yield vocabulary.decode_triple((ends[0], line.predicate, ends[1]))


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") if path.suffix != ".gz" else gzip.open(beside, "wb", 5) as file:
            yield cast(IO[bytes], file)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
