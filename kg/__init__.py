"""The knowledge graph, from curated files to query results; independent of HTTP.

`kg.open_release()` returns a release as an `rdflib.Dataset`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib

__all__ = ["open_release"]


def open_release(path: Path | str | None = None) -> "rdflib.Dataset":
    """Open a release as a read-only `rdflib.Dataset` with the graphs that the service serves.

    The default graph has the statements that hold; claims, plans and hypotheses are only in the
    named graphs. The project's engine evaluates SPARQL, and queries can use the project's prefixes
    without declaring them.

    Args:
        path: the folder of a release; by default the newest one.

    Raises:
        UnknownName: the folder does not exist.
        BrokenRelease: part of the release is missing or damaged.
    """
    from kg.store.rdflib_dataset import open_release as read
    from kg.store.release_folder import find_release

    return read(find_release(None if path is None else Path(path)))
