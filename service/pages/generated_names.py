"""Names for what has none of its own: graphs, statement nodes and passages, made of their data."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.describe.description import literals
from kg.namespaces import GLOCAL, RDF, shorten
from kg.store.quad_store import Store
from service.pages.dates import write_time
from service.pages.name_order import order_of_name

_OF_DERIVED_GRAPHS: Final = ("hasStatus", "heldBy", "followsFromClaimOf", "byRule")
# The properties that distinguish a graph from others of its class.
_GRAPH_PROPERTIES: Final[Mapping[NamedNode, Sequence[NamedNode]]] = {
    GLOCAL["Evidence"]: (GLOCAL["hasStatus"], GLOCAL["heldBy"], GLOCAL["fromPassage"]),
    GLOCAL["DerivedGraph"]: tuple(GLOCAL[name] for name in _OF_DERIVED_GRAPHS),
}
# What is compared is named before what it is compared with.
_END: Final = GLOCAL["comparedWith"]
# Values of one property; more would make a name too long.
_MAX_VALUES: Final = 3


class NameGenerator:
    """Generates names with the words of a page; `given` returns the name that a resource has.

    Names of other resources are only looked up, never generated, since the data may be cyclic.
    """

    def __init__(
        self, store: Store, words: Mapping[str, str], given: Callable[[NamedNode], Literal | None]
    ) -> None:
        self._store, self._words, self._given = store, words, given

    def generate(self, thing: NamedNode) -> str | None:
        """Return the class of a graph or statement node, and what distinguishes it; else None.

        For a statement node, these are the resources that it describes, and its year.
        """
        values = self._values_of(thing)
        classes = [type_ for type_ in values[RDF["type"]] if type_ in self._distinguishing]
        if not classes:
            return None
        properties = self._distinguishing[class_ := min(classes, key=str)]
        parts = [part for predicate in properties for part in self._names(values[predicate])]
        name = self._name(class_)
        return f"{name}{self._words['colon']}{self._words['comma'].join(parts)}" if parts else name

    def place(self, passage: NamedNode) -> str | None:
        """Return the page of a passage and its paragraph, note or other block there, or None."""
        page, last, paragraph = (
            next((text.value for text in literals(self._store, passage, GLOCAL[name])), "")
            for name in ("page", "lastPage", "paragraph")
        )
        if not page:
            return None
        # A block that is no paragraph has a letter for its kind: h1, n2, or only a or t.
        key, number = "passage-page", paragraph[1:] or paragraph
        if paragraph.isdigit():
            key, number = "passage-over-break" if last else "passage", paragraph
        elif any(self._store.triples(passage, GLOCAL["noteTo"])):
            is_lost = any(self._store.triples(passage, GLOCAL["isLost"], Literal(value=True)))
            key = "passage-lost" if is_lost else "passage-note"
        elif paragraph:
            key = f"passage-{paragraph[0]}"
            key, number = (key, number) if key in self._words else ("passage-mark", paragraph)
        return self._words[key].format(page=page, last=last, paragraph=number)

    @cached_property
    def _distinguishing(self) -> Mapping[NamedNode, Sequence[NamedNode]]:
        """The properties that distinguish the members of a class from each other, by class."""
        roles: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for triple in self._store.triples(predicate=GLOCAL["describesThrough"]):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                roles[triple.subject].append(triple.object)
        year = GLOCAL["year"]
        nodes = {k: (*sorted(v, key=lambda p: (p == _END, str(p))), year) for k, v in roles.items()}
        return {**_GRAPH_PROPERTIES, **nodes}

    def _values_of(self, thing: NamedNode) -> Mapping[NamedNode, Collection[Any]]:
        """Return the values of a resource by property: those that hold, or else any."""
        values: defaultdict[NamedNode, list[Any]] = defaultdict(list)
        triples = set(self._store.triples(thing))
        for triple in triples or {quad.triple for quad in self._store.quads(thing)}:
            values[triple.predicate].append(triple.object)
        return values

    def _names(self, terms: Collection[Any]) -> Sequence[str]:
        """Return the names of the first values of a property, and an ellipsis if there are more."""
        written = (
            self._name(term) if isinstance(term, NamedNode) else write_time(term.value, self._words)
            for term in terms
            if isinstance(term, NamedNode | Literal)
        )
        names = sorted(written, key=order_of_name)
        return [*names[:_MAX_VALUES], *(["…"] if len(names) > _MAX_VALUES else [])]

    def _name(self, thing: NamedNode) -> str:
        """Return the name of a resource as a part of another: a rule's without its full stop."""
        given = self._given(thing)
        return shorten(thing.value) if given is None else given.value.removesuffix("。")
