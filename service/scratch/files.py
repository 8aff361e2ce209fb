"""RDF files -> the snapshot that the query processes of a scratch store begin with."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.rdf_files import read_rdf_file
from service.processes.snapshot import Snapshot


@contextmanager
def snapshot_of_files(
    files: Sequence[Path], *, is_writable: bool, contexts: Path | None = None
) -> Iterator[Snapshot]:
    """What these files say together, as they are now; there as long as the context.

    It is a file of its own, so that nothing of it has to be held here.

    Raises:
        MalformedFile, MalformedInput: see `read_rdf_file`.
    """
    with tempfile.NamedTemporaryFile(suffix=".nq") as place:
        quads = (quad for path in files for quad in read_rdf_file(path, contexts=contexts))
        pyoxigraph.serialize(quads, place, format=RdfFormat.N_QUADS)
        place.flush()
        yield Snapshot(Path(place.name), is_on_disk=False, is_writable=is_writable)
