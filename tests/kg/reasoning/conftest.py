"""The standings of what follows from the paper's graph, and the views that show it.

A standing is written as in the tables beside this file, as its base and, in a world, the name of
that: `theses`, `readings LiuJianghua`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import rdflib
from pyoxigraph import Triple

from kg import open_release
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.statuses import Base
from kg.store.rdflib_dataset import triple_to_rdflib

Standings = Mapping[Triple, set[str]]
View = tuple[str, str | None]
Seen = Callable[[Triple, View], bool]

BASE_NAMES: Final = dict(zip(Base, ("facts", "background", "theses", "readings"), strict=True))
# The strongest view that shows a base, and the view before each.
_VIEWS: Final = {"facts": "facts", "background": "facts", "theses": "paper", "readings": "readings"}
_STRONGER: Final = {"paper": "facts", "readings": "paper"}


@pytest.fixture(scope="session")
def standings() -> Standings:
    """Each derived triple of the paper's graph, with its standings."""
    found: defaultdict[Triple, set[str]] = defaultdict(set)
    for one in reason_over(read_curated(), read_ontology()).closure.derivations:
        world = f" {one.standing.world.name}" if one.standing.world else ""
        found[one.triple].add(BASE_NAMES[one.standing.base] + world)
    return found


@pytest.fixture(scope="session")
def seen(newest_release: Path) -> Seen:
    """Whether the default graph of the release has a triple for the reader of a view."""

    @cache
    def dataset(view: View) -> rdflib.Dataset:
        return open_release(newest_release, view=view[0], world=view[1])

    return lambda triple, view: triple_to_rdflib(triple) in dataset(view).default_graph


def view_of(standing: str) -> View:
    """The strongest view that shows what stands there."""
    base, _, world = standing.partition(" ")
    return _VIEWS[base], world or None


def stronger_views(view: View) -> list[View]:
    """The views that show a little less: a stronger base in the same world, or no world."""
    name, world = view
    stronger: list[View] = [(_STRONGER[name], world)] if name in _STRONGER else []
    return [*stronger, (name, None)] if world else stronger
