"""The page about one resource: its names, types and texts, then its statements."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Describer, Description, sorted_iris
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import (
    BASE,
    DCTERMS,
    GLOCAL,
    OWL,
    QB,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    VOID,
    is_in,
    shorten,
)
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.statements import NOT_SHOWN, Statement, StatementWriter, tabulate
from service.pages.terms import Term, TermWriter

_NOTES: Final = tuple(SKOS[name] for name in ("note", "scopeNote", "editorialNote", "changeNote"))
# The texts that the heading shows, with the word for those whose property is not of this ontology.
_TEXTS: Final = {
    SKOS["definition"]: "definition",
    DCTERMS["description"]: "description",
    GLOCAL["ruleSentence"]: "",
    GLOCAL["gloss"]: "",
}
_PLACE: Final = GLOCAL["definedAt"]
_ELSEWHERE: Final = (*MAPPING_PROPERTIES, SCHEMA["url"])
_MENTIONED: Final = GLOCAL["mentionedIn"]
_FROM_PASSAGE: Final = GLOCAL["fromPassage"]
# Properties that other parts of the page show, or that tell a reader nothing.
_NOT_LISTED: Final = frozenset(
    {
        *(RDF["type"], RDFS["label"], SKOS["altLabel"], *_NOTES, *_TEXTS, _PLACE),
        *(*_ELSEWHERE, _MENTIONED, OWL["differentFrom"]),
    }
)
# More derived types than this are folded away.
_MAX_OPEN_TYPES: Final = 3
# The triples of a graph that are shown.
_MAX_TRIPLES: Final = 200


class ResourcePageWriter:
    """Writes the pages about the resources of one release; caches what many of them share.

    `files` has the paths that exist below `/ontology/`, such as `rules/co-hosts.rq`.
    """

    def __init__(
        self,
        store: Store,
        describer: Describer,
        terms: Callable[[Language], TermWriter],
        files: Container[str] = (),
    ) -> None:
        self._store, self._describer, self._files = store, describer, files
        shared = ProvenanceReader(store), RelationPatterns(store)
        self._statement_writers = lru_cache(
            lambda language: StatementWriter(terms(language), *shared)
        )

    def page(self, about: Documents, iri: NamedNode, language: Language) -> bytes:
        """Write the page about a resource in this language."""
        statements = self._statement_writers(language)
        resource = _Resource(self._store, statements, self._describer.describe(iri))
        return statements.terms.write_page(
            "resource.html",
            title=statements.terms.label(iri).value,
            path=statements.terms.viewed(about.path(HTML)),
            own_path=about.path(HTML),
            links=about.links_from(HTML),
            documents=about,
            files=self._files,
            **resource.heading(),
            **resource.statements(),
        )


class _Resource:
    """Prepares what the template shows of one resource."""

    def __init__(self, store: Store, statements: StatementWriter, description: Description) -> None:
        self._store, self._statements, self._terms = store, statements, statements.terms
        self._description, self._thing = description, description.thing
        self._nodes: defaultdict[Term, list[Triple]] = defaultdict(list)
        for triple in description.details:
            self._nodes[triple.subject].append(triple)

    def heading(self) -> dict[str, Any]:
        """Return what the heading shows: names, classes and texts."""
        terms, say = self._terms, self._terms.say
        labels, (asserted, derived) = self._texts(RDFS["label"]), self._types()
        # The class in the breadcrumb is the same in every language.
        first_class = sorted((type_.other for type_ in asserted or derived), key=str)[:1]
        curie = shorten(self._thing.value)
        has_generated_name = not labels and terms.label(self._thing).value != curie
        are_many = len(derived) > _MAX_OPEN_TYPES
        return {
            "thing": self._thing,
            "way": [*map(terms.link, first_class), terms.macros["name"](self._thing)],
            "other_names": labels[1:],
            # A generated name may not be unique.
            "curie": curie if has_generated_name else "",
            "aliases": [(say("also-known-as"), self._texts(SKOS["altLabel"]))],
            "types": asserted if are_many else [*asserted, *derived],
            "folded_types": derived if are_many else [],
            "texts": [
                (say(word) if word else terms.link(predicate), self._texts(predicate))
                for predicate, word in _TEXTS.items()
            ],
            "place_property": _PLACE,
            "places": [place.value for place in self._texts(_PLACE)],
            "notes": [(say("notes"), self._texts(*_NOTES))],
        }

    def statements(self) -> dict[str, Any]:
        """Return what the sections below the heading show, from top to bottom."""
        listed = list(self._listed())
        observations = {
            node: triples
            for node, triples in self._nodes.items()
            if Triple(triples[0].subject, RDF["type"], QB["Observation"]) in triples
        }
        details = {
            node: [Statement(triple) for triple in triples if triple.predicate not in NOT_SHOWN]
            for node, triples in self._nodes.items()
            if node not in observations
        }
        graphs = self._description.graphs_by_statement
        stated_here = self._store.triples(None, _FROM_PASSAGE, self._thing)
        about_document, incoming = self._description.about_document, self._description.incoming
        mentions = sorted_iris(t.subject for t in incoming if t.predicate == _MENTIONED)
        return {
            "patterns": self._statements.group_by_pattern(listed),
            "modes": self._statements.modes_of(listed),
            "by_property": self._statements.group_by_property,
            "grounds": self._statements.write_grounds,
            "graphs": graphs,
            # The document with all incoming statements, if the page shows only some of them.
            "all_incoming": [t.object for t in about_document if t.predicate == VOID["dataDump"]],
            "shown": len(incoming),
            "figures": tabulate(self._statements, self._thing, observations, graphs),
            "details": {node: members for node, members in details.items() if members},
            "is_graph": self._store.has_graph(self._thing),
            "stated": sorted_iris(triple.subject for triple in stated_here),
            "read_graph": self._read_graph,
            # The resources that a passage mentions.
            "mentions": sorted(mentions, key=lambda iri: self._terms.label(iri).value),
            "not_holding": self._description.not_holding_by_graph,
            "mentioned": sorted(self._objects(_MENTIONED), key=str),
            "has_links": any(
                not is_in(match, BASE) for match in self._objects(*MAPPING_PROPERTIES)
            ),
            "elsewhere": [
                (self._terms.link(predicate), objects)
                for predicate in _ELSEWHERE
                if (objects := self._objects(predicate))
            ],
        }

    def _objects(self, *predicates: NamedNode) -> list[Any]:
        outgoing = self._description.outgoing
        return [triple.object for triple in outgoing if triple.predicate in predicates]

    def _texts(self, *predicates: NamedNode) -> list[Literal]:
        return self._terms.sorted_texts(self._objects(*predicates))

    def _types(self) -> tuple[list[Statement], list[Statement]]:
        """Return the asserted classes of the resource, and those that are only derived."""
        graphs, label = self._description.graphs_by_statement, self._terms.label
        types: tuple[list[Statement], list[Statement]] = [], []
        for triple in self._description.outgoing:
            if triple.predicate == RDF["type"] and isinstance(triple.object, NamedNode):
                is_derived = self._statements.is_derived(graphs.get(triple, ()))
                types[is_derived].append(Statement(triple))
        for several in types:
            several.sort(key=lambda type_: label(type_.other).value)
        return types

    def _listed(self) -> Iterator[Statement]:
        """Yield the statements to list; incoming ones unless they mirror one of the resource's."""
        own = set(self._description.outgoing)
        for triple in self._description.outgoing:
            if triple.predicate not in _NOT_LISTED and triple.object not in self._nodes:
                yield Statement(triple)
        for triple in self._description.incoming:
            mirrored = Triple(self._thing, triple.predicate, triple.subject)
            is_shown_elsewhere = triple.predicate in _NOT_LISTED or triple.subject in self._nodes
            if not is_shown_elsewhere and triple.predicate != _FROM_PASSAGE and mirrored not in own:
                yield Statement(triple, is_incoming=True)

    def _read_graph(self, graph: NamedNode) -> tuple[list[Triple], bool]:
        """Return the triples of a graph, or only some of them, and whether those are all."""
        triples = list(islice(self._store.triples(graph=graph), _MAX_TRIPLES + 1))
        return sorted(triples[:_MAX_TRIPLES], key=str), len(triples) <= _MAX_TRIPLES
