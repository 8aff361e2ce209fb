"""The VoID description of a release as pages tell it: its texts, numbers, parts and links."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import sorted_iris
from kg.namespaces import DCTERMS, FOAF, VOID
from kg.release.void import DATASET

# The totals of a data set in VoID, in the order in which pages show them.
_TOTALS: Final = ("triples", "entities", "classes", "properties")


class DatasetSummary:
    """Reads a VoID description by subject and property."""

    def __init__(self, void: Iterable[Triple]) -> None:
        self._values: defaultdict[tuple[Any, NamedNode], list[Any]] = defaultdict(list)
        for triple in void:
            self._values[triple.subject, triple.predicate].append(triple.object)

    def texts(self, name: str) -> list[Any]:
        """Return the values of a property of Dublin Core, such as the titles of the data set."""
        return self._values[DATASET, DCTERMS[name]]

    @property
    def creator_names(self) -> list[Literal]:
        """The names of the creators, in any language."""
        names = (self._values[one, FOAF["name"]] for one in self.texts("creator"))
        return [name for several in names for name in several]

    @property
    def totals(self) -> dict[str, int]:
        """The numbers of triples, entities, classes and properties, as far as they were counted."""
        counts = {name: self._number(DATASET, name) for name in _TOTALS}
        return {name: count for name, count in counts.items() if count}

    @property
    def examples(self) -> Sequence[NamedNode]:
        """The things with the most triples."""
        return sorted_iris(self._values[DATASET, VOID["exampleResource"]])

    def classes(self) -> list[tuple[NamedNode, int, int, str]]:
        """Return each class, the numbers of its members and of their properties, and its anchor."""
        parts = self._values[DATASET, VOID["classPartition"]]
        rows = [
            (
                self._values[part, VOID["class"]][0],
                self._number(part, "entities"),
                len(self._values[part, VOID["propertyPartition"]]),
                _fragment(part),
            )
            for part in parts
        ]
        return sorted(rows, key=lambda row: (-row[1], str(row[0])))

    def properties(self) -> list[tuple[NamedNode, int, int, int, str]]:
        """Return each property, the numbers of its triples, subjects, objects, and its anchor."""
        parts = self._values[DATASET, VOID["propertyPartition"]]
        names = ("triples", "distinctSubjects", "distinctObjects")
        rows = []
        for part in parts:
            triples, subjects, objects = (self._number(part, name) for name in names)
            property_ = self._values[part, VOID["property"]][0]
            rows.append((property_, triples, subjects, objects, _fragment(part)))
        return sorted(rows, key=lambda row: (-row[1], str(row[0])))

    def linksets(self) -> list[tuple[str, NamedNode, int]]:
        """Return the name of each linked data set, with the property and the number of links."""
        rows = [
            (
                self._values[other, DCTERMS["title"]][0].value,
                self._values[part, VOID["linkPredicate"]][0],
                self._number(part, "triples"),
            )
            for part in self._values[DATASET, VOID["subset"]]
            for other in self._values[part, VOID["objectsTarget"]]
        ]
        return sorted(rows, key=lambda row: (row[0], -row[2], str(row[1])))

    def _number(self, subject: NamedNode, name: str) -> int:
        return next((int(value.value) for value in self._values[subject, VOID[name]]), 0)


def _fragment(part: NamedNode) -> str:
    """Return the end of the IRI of a part, which is its anchor on the page."""
    return part.value.partition("#")[2]
