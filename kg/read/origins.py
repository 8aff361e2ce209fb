"""Each statement of the ontology -> the file and line it stands on, such as `core.ttl:120`."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad, Triple

from kg.read.folders import ontology_paths
from kg.read.lines import key_of, positions_in


def places_of(ontology: Sequence[Quad], folder: Path) -> dict[Triple, str]:
    """The file's name and the line, counted from 1, where the object of each triple begins.

    Args:
        ontology: what `read_ontology` gave, in that order, by which blank nodes are told apart.
        folder: where it was read.

    Returns:
        Of a triple that is said twice, the first place. The links of lists in brackets have none,
        nor has what cannot be told apart: no place is better than a wrong one.
    """
    lines: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for path in ontology_paths(folder):
        for _, subject, predicate, object_, line in positions_in(path):
            lines[subject, predicate, object_].append(f"{path.name}:{line}")
    alike: dict[tuple[str, str, str], list[Triple]] = defaultdict(list)
    for quad in ontology:
        key = key_of(quad.subject), key_of(quad.predicate), key_of(quad.object)
        alike[key].append(quad.triple)
    places: dict[Triple, str] = {}
    for key, triples in alike.items():
        found = lines.get(key, [])
        if len(found) == len(triples):
            for triple, place in zip(triples, found, strict=True):
                places.setdefault(triple, place)
    return places
