"""Write the terms of any data as HTML: with its own names, languages and prefixes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup, escape
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import shorten
from kg.sources.prefixes import PrefixTable
from kg.store.quad_store import Store
from service.excerpts.names import NO_NAMES, Names
from service.http.negotiation import Language
from service.pages.data.nodes import NO_NODES, Nodes, NodeWriter
from service.pages.query_page import declare_prefixes
from service.pages.terms import PLACEHOLDER, PLACES, TermWriter

RESOURCE: Final = "/resource"
# The parts of the site that any data has.
DATA_PLACES: Final = {"explore": "/", "query": PLACES["query"]}
REASONING_PLACES: Final = {
    **DATA_PLACES,
    "suppose": "/whatif",
    "contradictions": "/contradictions",
}
# The graphs that proofs name beside those of the data.
DEFAULT_GRAPH: Final = NamedNode("urn:x-glocal:default")
SUPPOSED_GRAPH: Final = NamedNode("urn:x-glocal:supposed")
# After the language of the page: texts without a language, and those in English.
_SECOND_BEST: Final = ("", "en")
_EMPTY: Final = Store.in_memory(())


@dataclass(frozen=True)
class DataSite:
    """The things that all pages about some data share, such as its title and prefixes.

    `contradictions` is how many the data has, as far as anything is derived from it.
    """

    title: str
    prefixes: PrefixTable
    places: Mapping[str, str] = field(default_factory=lambda: DATA_PLACES)
    contradictions: int = 0


class DataTerms(TermWriter):
    """Writes terms with the `names` that were read for a page; the data itself is not here.

    Each IRI leads to its page on this host. Names are in one of
    the languages that the reader has `accepted`, unless they have chosen that of the page.
    """

    has_views = False
    resource_address = RESOURCE

    def __init__(
        self,
        language: Language,
        of: DataSite,
        names: Names = NO_NAMES,
        accepted: Sequence[str] = (),
        nodes: Nodes = NO_NODES,
    ) -> None:
        super().__init__(_EMPTY, language, places=of.places)
        # Names may be in any script, and most scripts need it.
        self.space = escape(" ")
        before = () if language.is_explicit else tuple(accepted)
        self._order = tuple(dict.fromkeys((*before, language.tag)))
        # Data in memory is no release.
        self.site, self.prefixes, self.release = of.title, of.prefixes.namespaces, ""
        self.marks = {"contradictions": of.contradictions} if of.contradictions else {}
        self._language, self._of, self._names_of = language, of, names
        self._table = of.prefixes
        self._nodes = NodeWriter(self, nodes)

    def knowing(self, names: Names, nodes: Nodes = NO_NODES) -> "DataTerms":
        """Return a writer that knows these names, and what blank nodes are by their triples."""
        return DataTerms(self._language, self._of, names, self._order, nodes)

    def for_reader(self, accepted: Sequence[str]) -> "DataTerms":
        """Return a writer for somebody who accepts these languages, the preferred first."""
        return DataTerms(self._language, self._of, self._names_of, accepted)

    @property
    def key(self) -> str:
        """A text that is the same for writers that write the same names of this data."""
        return repr((self._language, self._order, self.site, self.marks))

    def unnamed(self, term: BlankNode | Triple) -> Markup:
        """Write a blank node as what is known of it, such as a class expression."""
        return self._nodes.write(term) if isinstance(term, BlankNode) else super().unnamed(term)

    def curie(self, iri: str) -> str:
        """Return the CURIE of an IRI by the prefixes of the data, or the IRI itself."""
        return self._table.shorten(iri)

    def spell(self, iri: NamedNode) -> str:
        """Return an IRI as the value of a parameter, see `PrefixTable.spell`."""
        return self._table.spell(iri.value)

    def address(self, iri: NamedNode) -> str:
        """Return the address of the page about any IRI."""
        return self.local(RESOURCE, iri=self.spell(iri))

    def is_title(self, thing: NamedNode) -> bool:
        """Return whether a resource is a work: no class says so in data of any kind."""
        _ = thing
        return False

    def near_link(self, name: str) -> str:
        """Return an address that leads to what has an IRI or CURIE; a path as it is."""
        return self.local(name) if name.startswith("/") else self.local(RESOURCE, iri=name)

    def near_label(self, name: str) -> Literal | None:
        """Return None: names of things that are only mentioned in a failure are not read."""
        _ = name
        return None

    def sorted_texts(self, values: Iterable[Any]) -> list[Literal]:
        """Return the literals by how well they suit the page: by language, else in their order."""
        texts = [value for value in values if isinstance(value, Literal)]
        return sorted(texts, key=lambda text: self._distance(text.language))

    def own_texts(self, values: Iterable[Any]) -> list[Literal]:
        """Return the literals in the language of the page, or else those in the next best."""
        texts = self.sorted_texts(values)
        nearest = self._distance(texts[0].language) if texts else None
        return [text for text in texts if self._distance(text.language) == nearest]

    def others_of(self, thing: NamedNode) -> list[Literal]:
        """Return the other names of a thing, those in the language of the page first."""
        label = self.label(thing)
        return [name for name in self.sorted_texts(self._names_of.get(thing, ())) if name != label]

    def write_iri(self, term: NamedNode) -> str:
        """Return how SPARQL writes an IRI, by the prefixes of the data."""
        return self._table.write(term.value)

    def declare(self, query: str) -> str:
        """Return a query with declarations of the prefixes of the data that it uses."""
        return declare_prefixes(query, self.prefixes)

    def is_supposed(self, graphs: Iterable[NamedNode]) -> bool:
        """Return whether a what-if asserts what is in these graphs."""
        return SUPPOSED_GRAPH in graphs

    def named(self, graphs: Iterable[NamedNode]) -> list[NamedNode]:
        """Return those of the graphs that are no default graph."""
        return [graph for graph in graphs if graph != DEFAULT_GRAPH]

    def graph_address(self, graph: NamedNode) -> str:
        """Return the address of the content of a named graph."""
        return f"/graphs?graph={quote(graph.value, safe='')}"

    def _distance(self, language: str | None) -> tuple[int, str]:
        """Return how far a language is from what the reader prefers: `en-gb` is as near as `en`."""
        primary = (language or "").lower().partition("-")[0]
        if primary in self._order:
            return self._order.index(primary), ""
        rank = len(self._order)
        return (rank, "") if primary in _SECOND_BEST else (rank + 1, primary)

    def _read_relation(self, predicate: NamedNode) -> str:
        """Return the name of a relation, and after a space a placeholder for its other end."""
        name = self.label(predicate).value
        colon = self.words["colon"].strip() if name == self.curie(predicate.value) else ""
        return f"{name}{colon} {PLACEHOLDER}"

    def _given_label(self, term: NamedNode) -> Literal | None:
        """Return the name that was read, in the language of the page if possible.

        The fixed texts of the pages name common terms of public vocabularies.
        """
        names, text = self.sorted_texts(self._names_of.get(term, ())), self._words_for(term)
        # A vocabulary may have no name in the language of the page.
        near = self._distance(self.language)
        if text and (not names or self._distance(names[0].language) > near):
            return Literal(text, language=self.language)
        return names[0] if names else None

    def _words_for(self, term: NamedNode) -> str | None:
        return self.words.get(shorten(term.value))
