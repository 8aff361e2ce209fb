"""From curated files to an answer; knows nothing of HTTP.

`kg.open_release()` gives a release as an `rdflib.Dataset`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib

__all__ = ["open_release"]


def open_release(path: Path | str | None = None) -> "rdflib.Dataset":
    """A release as an `rdflib.Dataset`, its graphs as served; it can be read and not changed.

    Its default graph is what holds; what is only claimed, planned or hoped stands in the named
    graphs. SPARQL runs in the engine, and the project's prefixes need no declaration.

    Args:
        path: the folder of a release; by default the newest one.

    Raises:
        UnknownName: there is no release in this folder.
        BrokenRelease: a part of it is missing.
    """
    from kg.store.rdflib_dataset import open_release as read
    from kg.store.release_folder import find

    return read(find(None if path is None else Path(path)))
