"""The VoID description of a release as pages tell it: its texts, numbers, parts and links."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import sorted_iris
from kg.namespaces import DCTERMS, FOAF, OWL, VOID, VOID_EXT, is_in
from kg.release.void import DATASET

# The totals of a data set in VoID, in the order in which pages show them.
_TOTALS: Final = ("triples", "entities", "classes", "properties")
_CITED: Final = ("title", "creator", "issued", "license")


class PropertyUse(NamedTuple):
    """How a property is used: in how many triples, and between which classes.

    `domain` is the smallest class of all its subjects, None if they share none; `ranges` are the
    classes of its objects, or the datatypes.
    """

    triples: int
    domain: NamedNode | None
    ranges: Sequence[NamedNode]


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
    def cited(self) -> tuple[Triple, ...]:
        """The triples that a citation needs, from which another process can make the summary."""
        told = [Triple(DATASET, DCTERMS[name], one) for name in _CITED for one in self.texts(name)]
        names = (
            Triple(one, FOAF["name"], name)
            for one in self.texts("creator")
            for name in self._values[one, FOAF["name"]]
        )
        return (*told, *names)

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

    @cached_property
    def uses(self) -> Mapping[NamedNode, PropertyUse]:
        """How each property is used, by the properties of each class."""
        totals = {property_: triples for property_, triples, *_ in self.properties()}
        uses = {property_: PropertyUse(count, None, ()) for property_, count in totals.items()}
        values, parts = self._values, self._class_parts
        # The smallest class last, so that it replaces the others; owl:NamedIndividual says nothing.
        for class_ in (one for one, *_ in self.classes() if not is_in(one, OWL)):
            for part in values[parts[class_], VOID["propertyPartition"]]:
                property_ = values[part, VOID["property"]][0]
                if self._number(part, "triples") == totals[property_]:
                    uses[property_] = PropertyUse(totals[property_], class_, self._ends(part))
        return uses

    @cached_property
    def classes_of(self) -> Mapping[NamedNode, Sequence[NamedNode]]:
        """The classes whose members have each property, those with most of its triples first."""
        triples: defaultdict[NamedNode, dict[NamedNode, int]] = defaultdict(dict)
        for class_, whole in self._class_parts.items():
            for part in self._values[whole, VOID["propertyPartition"]]:
                property_ = self._values[part, VOID["property"]][0]
                triples[property_][class_] = self._number(part, "triples")
        return {
            property_: sorted(counts, key=lambda class_: (-counts[class_], class_.value))
            for property_, counts in triples.items()
        }

    @cached_property
    def _class_parts(self) -> Mapping[NamedNode, NamedNode]:
        """The part of the members of each class."""
        parts = self._values[DATASET, VOID["classPartition"]]
        return {self._values[part, VOID["class"]][0]: part for part in parts}

    def _ends(self, part: NamedNode) -> list[NamedNode]:
        """Return the classes and datatypes of the objects of a property of a class."""
        classes = (
            self._values[one, VOID["class"]] for one in self._values[part, VOID["classPartition"]]
        )
        types = (
            self._values[one, VOID_EXT["datatype"]]
            for one in self._values[part, VOID_EXT["datatypePartition"]]
        )
        ends = sorted_iris(chain.from_iterable((*classes, *types)))
        return [one for one in ends if not is_in(one, OWL)]

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
