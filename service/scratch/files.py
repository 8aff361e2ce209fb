"""RDF files -> the snapshot that the query processes of a scratch store begin with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kg.sources.rdf_syntaxes import read_rdf_file
from service.queries.snapshot import Snapshot, copied


@contextmanager
def snapshot_of_files(
    files: Sequence[Path], *, is_writable: bool, contexts: Path | None = None
) -> Iterator[Snapshot]:
    """What these files say together, as they are now; there as long as the context.

    It is a file of its own, so that nothing of it has to be held here.

    Raises:
        MalformedFile, MalformedInput: see `read_rdf_file`.
    """
    quads = (quad for path in files for quad in read_rdf_file(path, contexts=contexts))
    with copied(quads) as path:
        yield Snapshot(path, is_on_disk=False, is_writable=is_writable)
