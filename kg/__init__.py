"""From curated files to an answer; knows nothing of HTTP.

`kg.open_release(path)` gives a release as an `rdflib.Dataset`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib

__all__ = ["open_release"]


def open_release(path: Path | str) -> "rdflib.Dataset":
    """The data of a release as an `rdflib.Dataset`, its default graph as served.

    Raises:
        UnknownName: there is no release in this folder.
        BrokenRelease: a part of it is missing.
    """
    from kg.release import find
    from kg.store import open_release as read

    return read(find(Path(path)))
