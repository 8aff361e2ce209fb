"""The knowledge graph, from curated files to query results; independent of HTTP.

`kg.open_release()` returns a release as an `rdflib.Dataset`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib


def open_release(
    path: Path | str | None = None, *, view: str | None = None, world: str | None = None
) -> "rdflib.Dataset":
    """Open a release, by default the newest, as a read-only `rdflib.Dataset`.

    The view says whose judgement the default graph rests on: `facts`, `paper` (also the theses of
    the paper; the default) or `readings` (also the judgements of the curators). A world adds what
    is supposed beyond that: the claims of one holder (`LiuJianghua`), `hypotheses` or `plans`. The
    named graphs are the same in each. The project's engine evaluates SPARQL, in which the project's
    prefixes need no declaration.

    Raises UnknownName if there is no such folder, MalformedParameter for an unknown view or world,
    and BrokenRelease if the release is damaged.
    """
    from kg.store.rdflib_dataset import open_release as read
    from kg.store.release_folder import find_release

    folder = find_release(None if path is None else Path(path))
    return read(folder, view=view, world=world)
