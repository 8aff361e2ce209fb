"""Things, facets and classes as search and the pages of classes list them: as in JSON.

The pages show what these answers have, so that programs get the same at the same address.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

from pyoxigraph import NamedNode

from kg.describe.classes import ClassTree
from kg.describe.description import descriptions, literals, withdrawn_iris
from kg.describe.facets import FACETS, FacetIndex
from kg.linking.reconciliation_terms import term_identifier
from kg.linking.thing_search import Found
from kg.namespaces import (
    ASSERTED,
    BASE,
    EVIDENCE,
    EXAMPLE,
    GLOCAL,
    GRAPH,
    ID,
    OWL,
    PASSAGE,
    RDF,
    RDFS,
    RULE,
    is_in,
    shorten,
)
from kg.statuses import status_of
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.answers.search_types import ClassSummary, Facet, FacetValue, ListedThing
from service.http.documents import to_uri
from service.pages.name_order import order_of_name
from service.pages.terms import TermWriter, path_of

Kind = Literal["thing", "class", "property", "passage", "rule", "question", "graph"]
KINDS: Final[Sequence[Kind]] = get_args(Kind)
_PROPERTIES: Final = {OWL[f"{name}Property"] for name in ("Object", "Datatype", "Annotation")}
# The namespaces of the values of facets, which addresses leave out.
FACET_SPACES: Final = {
    "type": GLOCAL,
    "status": GLOCAL,
    "holder": ID,
    "pattern": ID,
    "passage": PASSAGE,
}
# The values that a request chooses, by facet, each as the request writes it.
ChosenValues = Mapping[str, Mapping[NamedNode, str]]
# Of each class, how many members it has, and how many of these are entities.
MemberCounts = Mapping[NamedNode, tuple[int, int]]
FacetCounts = Mapping[str, Mapping[NamedNode, int]]


class FilteredThings(NamedTuple):
    """The things that fit what is chosen, and for each facet what its values would find."""

    things: Sequence[NamedNode]
    counts: FacetCounts


class Lister:
    """Lists the things of a release in a view; `terms` has the writers of each page language.

    `facets` is None if the release has too many statements for them.
    """

    def __init__(
        self,
        store: Store,
        tree: ClassTree,
        facets: FacetIndex | None,
        questions: Mapping[str, SavedQuery],
        terms: Mapping[str, TermWriter],
    ) -> None:
        self._store, self._tree, self._facets = store, tree, facets
        self._questions, self._terms = questions, terms

    def filter(
        self, things: Sequence[NamedNode], chosen: ChosenValues, *, by_type: bool = False
    ) -> FilteredThings:
        """Return the things that fit what is chosen, in their order; `by_type` adds that facet."""
        types = {thing: {*self._types(thing)} for thing in things} if by_type else {}
        wanted = {*chosen.get("type", ())} if by_type else set()
        typed = [thing for thing in things if not wanted or wanted & types[thing]]
        if self._facets is None:
            return FilteredThings(typed, {})
        kept, counts = self._facets.filter(typed, chosen)
        if by_type:
            of_any_type = self._facets.filter(things, chosen).things
            by_class = Counter(type_ for thing in of_any_type for type_ in types[thing])
            counts = {"type": by_class, **counts}
        return FilteredThings(kept, counts)

    def members(self, class_: NamedNode) -> list[NamedNode]:
        """Return the members of a class that have IRIs of the project and are not withdrawn."""
        typed = self._store.triples(None, RDF["type"], class_)
        withdrawn = withdrawn_iris(self._store)
        found = {triple.subject for triple in typed} - withdrawn
        return [member for member in found if is_in(member, BASE)]

    def describe(self, thing: NamedNode, match: Found | None = None) -> ListedThing:
        """Describe a thing, and why it was found if it was searched."""
        types = [*self._types(thing)]
        kind = _kind_of(thing, types)
        statuses = self._facets.statuses_of(thing) if self._facets else {}
        texts = reversed(descriptions(self._store, thing))
        found: ListedThing = {
            "id": thing.value,
            "href": self._address(thing, kind),
            "kind": kind,
            "label": self.labels(thing),
            "description": dict(sorted((one.language or "", one.value) for one in texts)),
            "type": sorted(map(term_identifier, types)),
            "stated": sorted(map(term_identifier, self._types(thing, ASSERTED))),
            "statements": {
                term_identifier(status): statuses[status]
                for status in sorted(statuses, key=lambda one: status_of(one).rank)
            },
        }
        if match is not None:
            found["match"] = {"by": match.by.value, "name": match.name.text}
            if match.relation is not None:
                found["match"]["relation"] = shorten(match.relation.value)
        return found

    def list_facets(self, counts: FacetCounts, chosen: ChosenValues) -> list[Facet] | None:
        """Return the facets that have values, each with its values, the commonest first.

        None if the release has too many statements for facets.
        """
        if self._facets is None:
            return None
        facets: list[Facet] = []
        for name in ("type", *FACETS) if "type" in counts else FACETS:
            given, of_facet = chosen.get(name, {}), counts.get(name, {})
            values: list[FacetValue] = [
                {
                    "value": given.get(iri) or spell(name, iri),
                    "id": iri.value,
                    "label": self.labels(iri),
                    "count": of_facet.get(iri, 0),
                    "selected": iri in given,
                }
                for iri in {**of_facet, **given}
                if name != "type" or self._is_shown(iri)
            ]
            values.sort(key=lambda one: (-one["count"], one["id"]))
            facets += [{"name": name, "values": values}] if values else []
        return facets

    def summarize(self, class_: NamedNode, counts: MemberCounts) -> ClassSummary:
        """Describe a class, with the numbers of its members."""
        count, entities = counts.get(class_, (0, 0))
        texts = reversed(descriptions(self._store, class_))
        return {
            "id": class_.value,
            "name": term_identifier(class_),
            "href": class_address(class_),
            "label": self.labels(class_),
            "definition": dict(sorted((one.language or "", one.value) for one in texts)),
            "count": count,
            "entities": entities,
            "broader": [*map(term_identifier, self._tree.broader(class_))],
        }

    def sort_by_label(self, things: Iterable[NamedNode], language: str) -> list[NamedNode]:
        """Sort things by their labels in a language of pages."""

        def key(thing: NamedNode) -> tuple[bytes, str]:
            return order_of_name(self._terms[language].label(thing).value), thing.value

        return sorted(things, key=key)

    def _types(self, thing: NamedNode, graph: NamedNode | None = None) -> Iterable[NamedNode]:
        typed = self._store.triples(thing, RDF["type"], graph=graph)
        found = (triple.object for triple in typed)
        return (type_ for type_ in found if isinstance(type_, NamedNode))

    def _is_shown(self, class_: NamedNode) -> bool:
        return class_ in self._tree.classes or class_ in {OWL["Class"], *_PROPERTIES}

    def labels(self, thing: NamedNode) -> dict[str, str]:
        """Return the labels by language, or else the names that pages generate."""
        if question := self._questions.get(thing.value.removeprefix(EXAMPLE)):
            return dict(question.questions)
        labels = literals(self._store, thing, RDFS["label"])
        if labels:
            return dict(sorted((label.language or "", label.value) for label in labels))
        return {tag: terms.label(thing).value for tag, terms in self._terms.items()}

    def _address(self, thing: NamedNode, kind: Kind) -> str:
        if kind == "class":
            return class_address(thing)
        if kind == "question":
            return f"/queries#{thing.value.removeprefix(EXAMPLE)}"
        return to_uri(path_of(thing))


def spell(facet: str, value: NamedNode) -> str:
    """Write a value of a facet as a parameter: without its usual namespace, or as a CURIE."""
    space = FACET_SPACES[facet]
    name = value.value.removeprefix(space)
    return name if name != value.value else shorten(value.value)


def class_address(class_: NamedNode) -> str:
    """Return the path of the page that lists the members of a class."""
    return to_uri(f"/classes/{term_identifier(class_)}")


def _kind_of(thing: NamedNode, types: Sequence[Any]) -> Kind:
    if is_in(thing, EXAMPLE):
        return "question"
    if is_in(thing, RULE):
        return "rule"
    if is_in(thing, EVIDENCE, GRAPH):
        return "graph"
    if GLOCAL["Passage"] in types:
        return "passage"
    if OWL["Class"] in types:
        return "class"
    return "property" if _PROPERTIES.intersection(types) else "thing"
