"""The knowledge graph, from curated files to query results; independent of HTTP.

`kg.open_release()` returns a release as an `rdflib.Dataset`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib

__all__ = ["open_release"]


def open_release(path: Path | str | None = None) -> "rdflib.Dataset":
    """Open a release, by default the newest, as a read-only `rdflib.Dataset`.

    The default graph has the statements that hold; claims, plans and hypotheses are only in the
    named graphs. The project's engine evaluates SPARQL, in which the project's prefixes need no
    declaration. Raises UnknownName if the folder does not exist, BrokenRelease if it is damaged.
    """
    from kg.store.rdflib_dataset import open_release as read
    from kg.store.release_folder import find_release

    return read(find_release(None if path is None else Path(path)))
