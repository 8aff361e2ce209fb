"""The properties that the ontology marks: pages treat each by its mark, not by its name."""

from functools import cached_property
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.namespaces import GLOCAL, QB, RDF, SCHEMA
from kg.store.quad_store import Store


class PropertyRoles:
    """The marked properties of one release; each set is read when it is first needed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def defining(self) -> set[Any]:
        """The properties for which the ontology names the classes of subjects."""
        return self._marked(SCHEMA["domainIncludes"])

    @cached_property
    def disagreement(self) -> set[Any]:
        """The properties that report a disagreement."""
        return self._marked(GLOCAL["reportsDisagreement"], Literal(value=True))

    @cached_property
    def dimensions(self) -> set[Any]:
        """The properties that say what an observation is about, as in the RDF Data Cube."""
        return self._marked(RDF["type"], QB["DimensionProperty"])

    @cached_property
    def measures(self) -> set[Any]:
        """The properties that have the figure of an observation."""
        return self._marked(RDF["type"], QB["MeasureProperty"])

    @cached_property
    def attributes(self) -> set[Any]:
        """The properties that have the unit and the date of a figure."""
        return self._marked(RDF["type"], QB["AttributeProperty"])

    def build(self) -> None:
        """Read all sets."""
        _ = self.defining, self.disagreement, self.dimensions, self.measures, self.attributes

    def _marked(self, mark: NamedNode, value: NamedNode | Literal | None = None) -> set[Any]:
        return {triple.subject for triple in self._store.triples(None, mark, value)}
