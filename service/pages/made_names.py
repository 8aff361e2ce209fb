"""What has no label -> a name in the words of a page, made from what the data say of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import GLOCAL, RDF, shorten
from kg.store.quad_store import Store

# By which properties a graph is told from others of its class.
_GRAPHS: Final[Mapping[NamedNode, Sequence[NamedNode]]] = {
    GLOCAL[name]: tuple(GLOCAL[one] for one in properties)
    for name, properties in {
        "Evidence": ("hasStatus", "heldBy", "fromPassage"),
        "DerivedGraph": ("hasStatus", "heldBy", "byRule"),
    }.items()
}
_YEAR: Final = GLOCAL["year"]
# Of one property; more would make a name too long.
_MOST_ENDS: Final = 3


class MadeNames:
    """Makes names in one language."""

    def __init__(
        self,
        store: Store,
        words: Mapping[str, str],
        given: Callable[[NamedNode], Literal | None],
    ) -> None:
        """Names by the words of a page; `given` is the name that a thing has already.

        That of another thing is never made for it: the data may lead round in a circle.
        """
        self._store, self._words, self._given = store, words, given

    def of(self, thing: NamedNode) -> str | None:
        """The class of a graph or a statement node, and what tells it from others of that class.

        Of a statement node these are the things that it describes, and its year.
        """
        said = self._said_of(thing)
        types = [one for one in said[RDF["type"]] if isinstance(one, NamedNode)]
        classes = [one for one in types if one in self._telling]
        if not classes:
            return None
        first = min(classes, key=str)
        ends = [end for one in self._telling[first] for end in self._ends(said[one])]
        name = self._named(first)
        return f"{name}{self._words['colon']}{self._words['comma'].join(ends)}" if ends else name

    def place(self, passage: NamedNode) -> str | None:
        """The page of a passage, and which paragraph, note or other block it is there."""
        page, paragraph = (
            next((one.value for one in self._texts(passage, GLOCAL[name])), "")
            for name in ("page", "paragraph")
        )
        if not page:
            return None
        key = "passage-mark" if paragraph else "passage-page"
        if paragraph.isdigit():
            key = "passage"
        elif any(True for _ in self._store.matching(passage, GLOCAL["noteTo"])):
            key = "passage-note"
        return self._words[key].format(page=page, paragraph=paragraph)

    @cached_property
    def _telling(self) -> Mapping[NamedNode, Sequence[NamedNode]]:
        """By class, the properties by which one of its members is told from another."""
        nodes: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for triple in self._store.matching(predicate=GLOCAL["describesThrough"]):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                nodes[triple.subject].append(triple.object)
        return {**_GRAPHS, **{one: (*sorted(ways, key=str), _YEAR) for one, ways in nodes.items()}}

    def _said_of(self, thing: NamedNode) -> Mapping[NamedNode, Collection[object]]:
        """What holds of a thing, or else what is said of it anywhere, by property."""
        triples = set(self._store.matching(thing)) or {
            Triple(quad.subject, quad.predicate, quad.object)
            for quad in self._store.quads_about(subject=thing)
        }
        found: defaultdict[NamedNode, list[object]] = defaultdict(list)
        for triple in triples:
            found[triple.predicate].append(triple.object)
        return found

    def _ends(self, terms: Collection[object]) -> Sequence[str]:
        """The names of the first ends of a property, with an ellipsis for more."""
        names = sorted(
            self._named(one) if isinstance(one, NamedNode) else one.value
            for one in terms
            if isinstance(one, NamedNode | Literal)
        )
        return [*names[:_MOST_ENDS], *(["…"] if len(names) > _MOST_ENDS else [])]

    def _named(self, thing: NamedNode) -> str:
        given = self._given(thing)
        return shorten(thing.value) if given is None else given.value

    def _texts(self, term: NamedNode, predicate: NamedNode) -> Iterator[Literal]:
        triples = self._store.matching(term, predicate)
        return (one.object for one in triples if isinstance(one.object, Literal))
