"""The page about one resource: its names, types and texts, then its statements."""

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Describer, Description
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import DCTERMS, GLOCAL, OWL, RDF, RDFS, SCHEMA, SKOS, VOID, shorten
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.layout import (
    format_links,
    write_breadcrumb,
    write_definitions,
    write_list,
    write_page,
    write_section,
)
from service.pages.statements import (
    Statement,
    StatementWriter,
    graph_sections,
    group_by_node,
    write_nodes,
    write_triple,
)
from service.pages.terms import TermWriter, place_link

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
# Properties that other parts of the page show, or that tell a reader nothing.
_NOT_LISTED: Final = frozenset(
    {
        *(RDF["type"], RDFS["label"], SKOS["altLabel"], *_NOTES, *_TEXTS, _PLACE),
        *(*_ELSEWHERE, _MENTIONED, OWL["differentFrom"]),
    }
)
# More derived types than this are folded away.
_MAX_OPEN_TYPES: Final = 3


class ResourcePageWriter:
    """Writes the pages about the resources of one release; caches what many of them share.

    `files` has the paths that exist below `/ontology/`, such as `rules/co-hosts.rq`.
    """

    def __init__(self, store: Store, describer: Describer, files: Container[str] = ()) -> None:
        self._store, self._describer, self._files = store, describer, files
        self._provenance, self._patterns = ProvenanceReader(store), RelationPatterns(store)
        self._statement_writers = lru_cache(self._make_statement_writer)

    def page(self, about: Documents, iri: NamedNode, language: Language) -> bytes:
        """Write the page about a resource in this language."""
        statements = self._statement_writers(language)
        page = _Page(self._store, statements, self._describer.describe(iri))
        return write_page(
            statements.writer,
            escape(statements.writer.label(iri).value),
            "".join((page.heading(self._files), *page.sections(about))),
            path=about.path(HTML),
            links=about.links_from(HTML),
        )

    def _make_statement_writer(self, language: Language) -> StatementWriter:
        writer = TermWriter(self._store, language)
        return StatementWriter(writer, self._provenance, self._patterns)


class _Page:
    """One page that is being written."""

    def __init__(self, store: Store, statements: StatementWriter, description: Description) -> None:
        self._store, self._statements, self._writer = store, statements, statements.writer
        self._description, self._nodes = description, group_by_node(description)

    def heading(self, files: Container[str]) -> str:
        """Write the breadcrumb, the heading with the names in the other language, and the texts."""
        writer, thing = self._writer, self._description.thing
        types = self._types()
        labels = self._texts(RDFS["label"])
        others = labels[1:]
        # A generated name may not be unique.
        curie = shorten(thing.value)
        if not labels and writer.label(thing).value != curie:
            others.append(f"<code>{escape(curie)}</code>")
        names = "".join(f'<p class="names">{name}</p>' for name in others)
        places = (triple.object for triple in self._outgoing(_PLACE))
        rows = [
            (writer.say("also-known-as"), self._texts(SKOS["altLabel"])),
            (writer.say("type"), self._listed_types(types)),
            *(
                (writer.say(word) if word else writer.link(predicate), self._texts(predicate))
                for predicate, word in _TEXTS.items()
            ),
            (
                writer.link(_PLACE),
                [place_link(place.value, files) for place in places if isinstance(place, Literal)],
            ),
            (writer.say("notes"), self._texts(*_NOTES)),
        ]
        trail = write_breadcrumb(writer, [*self._first_class(types), writer.name(thing)])
        return f"{trail}<h1>{writer.name(thing)}</h1>\n{names}{write_definitions(rows)}"

    def sections(self, about: Documents) -> Iterator[str]:
        """Yield the sections below the heading, from top to bottom."""
        say, statements = self._writer.say, self._statements
        yield from self._by_pattern()
        yield write_nodes(statements, self._description, self._nodes)
        yield from graph_sections(self._store, statements, self._description.thing)
        yield write_section(say("mentions"), self._mentions(), name="mentions")
        yield write_section(say("unheld"), self._unheld(), name="unheld")
        yield write_section(say("mentioned"), self._mentioned(), name="mentioned")
        yield write_section(say("elsewhere"), self._elsewhere(), name="elsewhere")
        yield write_section(say("documents"), self._documents(about), name="documents")

    def _outgoing(self, *predicates: NamedNode) -> list[Triple]:
        outgoing = self._description.outgoing
        return [triple for triple in outgoing if triple.predicate in predicates]

    def _texts(self, *predicates: NamedNode) -> list[str]:
        objects = (triple.object for triple in self._outgoing(*predicates))
        return self._writer.texts(text for text in objects if isinstance(text, Literal))

    def _types(self) -> dict[NamedNode, bool]:
        """Return the classes of the resource, and whether each is only derived; those come last."""
        types = {
            triple.object: self._statements.is_derived(self._graphs(triple))
            for triple in self._outgoing(RDF["type"])
            if isinstance(triple.object, NamedNode)
        }
        label = self._writer.label
        return dict(sorted(types.items(), key=lambda item: (item[1], label(item[0]).value)))

    def _graphs(self, triple: Triple) -> Sequence[NamedNode]:
        return self._description.graphs_by_statement.get(triple, ())

    def _first_class(self, types: dict[NamedNode, bool]) -> list[str]:
        """Return a link to the class in the breadcrumb, which is the same in every language."""
        classes = sorted(types, key=lambda type_: (types[type_], type_.value))
        return [self._writer.link(class_) for class_ in classes[:1]]

    def _listed_types(self, types: dict[NamedNode, bool]) -> Sequence[str]:
        """Return the classes of a resource; if many are derived, those are folded away."""
        asserted: list[str] = []
        derived: list[str] = []
        for type_, is_derived in types.items():
            triple = Triple(self._description.thing, RDF["type"], type_)
            grounds = self._statements.write_grounds(self._graphs(triple), triple)
            (derived if is_derived else asserted).append(f"{self._writer.link(type_)} {grounds}")
        if len(derived) <= _MAX_OPEN_TYPES:
            return [*asserted, *derived]
        summary = f"{self._writer.say('derived')}{self._writer.say('colon')}{len(derived)}"
        folded = write_list(derived, end="")
        return [*asserted, f"<details><summary>{summary}</summary>{folded}</details>"]

    def _by_pattern(self) -> Iterator[str]:
        """Yield the statements about the resource, in sections by the pattern of their relation."""
        statements = [*self._listed_outgoing(), *self._listed_incoming()]
        modes = self._statements.modes_of(statements)
        for pattern, members in self._statements.group_by_pattern(statements):
            title, name = self._writer.say("statements"), "statements"
            if pattern is not None:
                title, name = self._writer.link(pattern), pattern.value.rpartition("/")[2]
            graphs = self._description.graphs_by_statement
            listed = self._statements.write_statements(members, graphs, modes)
            yield write_section(title, listed, name=name)
        yield self._link_to_rest()

    def _listed_outgoing(self) -> Iterator[Statement]:
        for triple in self._description.outgoing:
            if triple.predicate not in _NOT_LISTED and triple.object not in self._nodes:
                yield Statement(triple)

    def _listed_incoming(self) -> Iterator[Statement]:
        """Yield the statements that refer to the resource, except mirror images of its own ones."""
        known = set(self._description.outgoing)
        for triple in self._description.incoming:
            mirrored = Triple(self._description.thing, triple.predicate, triple.subject)
            is_shown_elsewhere = triple.predicate in _NOT_LISTED or triple.subject in self._nodes
            is_from_passage = triple.predicate == GLOCAL["fromPassage"]
            if not is_shown_elsewhere and not is_from_passage and mirrored not in known:
                yield Statement(triple, is_incoming=True)

    def _link_to_rest(self) -> str:
        """Write a link to all incoming statements, if the page shows only some of them."""
        for triple in self._description.about_document:
            if triple.predicate == VOID["dataDump"] and isinstance(triple.object, NamedNode):
                shown = f"{len(self._description.incoming):,}"
                text = self._writer.say("incoming-rest", shown=shown)
                return f'<p id="incoming">{self._writer.link(triple.object, text)}</p>\n'
        return ""

    def _mentions(self) -> str:
        """Write the resources that a passage mentions, if the page is about a passage."""
        incoming = self._description.incoming
        subjects = (triple.subject for triple in incoming if triple.predicate == _MENTIONED)
        mentioned = [subject for subject in subjects if isinstance(subject, NamedNode)]
        mentioned.sort(key=lambda iri: self._writer.label(iri).value)
        return write_list(map(self._writer.link, mentioned), "columns")

    def _unheld(self) -> str:
        """Write the statements about the resource that do not hold, graph by graph."""
        items = []
        for graph, triples in self._description.not_holding_by_graph.items():
            lines = write_list((write_triple(self._writer, triple) for triple in triples), end="")
            items.append(f"{self._statements.write_grounds([graph])}{lines}")
        intro = f"<p>{self._writer.say('unheld-intro')}</p>\n"
        return f"{intro}{write_list(items)}" if items else ""

    def _mentioned(self) -> str:
        """Write the passages that mention the resource, in order of their names."""
        passages = sorted((triple.object for triple in self._outgoing(_MENTIONED)), key=str)
        return write_list(map(self._writer.link, passages), "row")

    def _elsewhere(self) -> str:
        link = self._writer.link
        return write_definitions(
            (link(predicate), [link(triple.object) for triple in self._outgoing(predicate)])
            for predicate in _ELSEWHERE
        )

    def _documents(self, about: Documents) -> str:
        """Write links to the other formats of the document, and the IRI of the resource."""
        links = [*format_links(about), f'<a href="{escape(about.linkset)}">linkset</a>']
        cite = self._writer.say("cite-as") + self._writer.say("colon")
        iri = escape(self._description.thing.value)
        return f"{write_list(links, 'row')}<p>{cite}<code>{iri}</code></p>\n"
