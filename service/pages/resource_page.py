"""The top of the page about a resource: its names, types, definition and notes.

The page about one resource: its description, with the grounds of each statement.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Describer, Description
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.namespaces import DCTERMS, GLOCAL, OWL, PREFIXES, RDF, RDFS, SKOS, VOID, shorten
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.layout import write_breadcrumb, write_page, write_section
from service.pages.statements import (
    Statement,
    StatementWriter,
    definition_list,
    graph_sections,
    group_by_node,
    write_nodes,
    write_triple,
)
from service.pages.terms import TermWriter, place_link

_SKOS_NOTES: Final = [SKOS[name] for name in ("note", "scopeNote", "editorialNote", "changeNote")]
_TEXTS: Final = (
    SKOS["definition"],
    DCTERMS["description"],
    GLOCAL["ruleSentence"],
    GLOCAL["gloss"],
)
_PLACE: Final = GLOCAL["definedAt"]
# More derived types than this are folded away.
_MAX_OPEN_TYPES: Final = 3
# The properties that the heading shows.
HEADING_PROPERTIES: Final[frozenset[NamedNode]] = frozenset(
    {RDF["type"], RDFS["label"], SKOS["altLabel"], _PLACE, *_SKOS_NOTES, *_TEXTS}
)


def write_heading(
    writer: TermWriter, statements: StatementWriter, description: Description, files: Container[str]
) -> str:
    """Write the breadcrumb, the heading with the names in the other language, and the texts.

    Args:
        writer: a writer in the language of the page.
        statements: a statement writer that uses the same writer.
        description: the description of the resource that the page is about.
        files: the paths that exist below `/ontology/`, such as `rules/co-hosts.rq`.
    """
    thing = description.thing
    types = [
        _Type(triple.object, triple, description)
        for triple in description.outgoing
        if triple.predicate == RDF["type"] and isinstance(triple.object, NamedNode)
    ]
    types.sort(key=lambda type_: (type_.is_derived(statements), writer.label(type_.iri).value))
    trail = write_breadcrumb(writer, [*_parents(writer, statements, types), writer.name(thing)])
    labels = writer.labels(thing)
    others = [writer.text(label) for label in labels[1:]]
    # A generated name may not be unique.
    curie = shorten(thing.value)
    if not labels and writer.label(thing).value != curie:
        others.append(f"<code>{escape(curie)}</code>")
    names = "".join(f'<p class="names">{name}</p>' for name in others)
    rows = [
        (writer.say("also-known-as"), _texts(writer, description, SKOS["altLabel"])),
        (writer.say("type"), _listed_types(writer, statements, types)),
        *(
            (_named(writer, predicate), _texts(writer, description, predicate))
            for predicate in _TEXTS
        ),
        (writer.link(_PLACE), [place_link(place, files) for place in _places(description)]),
        (writer.say("notes"), _texts(writer, description, *_SKOS_NOTES)),
    ]
    listed = definition_list((name, values) for name, values in rows if values)
    return f"{trail}<h1>{writer.name(thing)}</h1>\n{names}{listed}"


def _parents(
    writer: TermWriter, statements: StatementWriter, types: Sequence["_Type"]
) -> Iterator[str]:
    """Yield the steps above the resource; the class is the same in every language."""
    yield f'<a href="{escape(writer.local("/"))}">Glocal</a>'
    if types:
        first = min(types, key=lambda type_: (type_.is_derived(statements), type_.iri.value))
        yield writer.link(first.iri)


def _listed_types(
    writer: TermWriter, statements: StatementWriter, types: Sequence["_Type"]
) -> Sequence[str]:
    """Return the classes of a resource; if many are derived, those are folded away."""
    items = [
        (f"{writer.link(type_.iri)} {statements.write_grounds(type_.graphs, type_.triple)}", type_)
        for type_ in types
    ]
    asserted = [text for text, type_ in items if not type_.is_derived(statements)]
    derived = [text for text, type_ in items if type_.is_derived(statements)]
    if len(derived) <= _MAX_OPEN_TYPES:
        return [*asserted, *derived]
    summary = f"{writer.say('derived')}{writer.say('colon')}{len(derived)}"
    folded = "".join(f"<li>{text}</li>" for text in derived)
    return [*asserted, f"<details><summary>{summary}</summary><ul>{folded}</ul></details>"]


def _named(writer: TermWriter, predicate: NamedNode) -> str:
    """Name a property of this ontology by its label, any other by a word of the page."""
    words = {SKOS["definition"]: "definition", DCTERMS["description"]: "description"}
    key = words.get(predicate)
    return writer.say(key) if key else writer.link(predicate)


def _places(description: Description) -> list[str]:
    """Return where a rule is defined."""
    places = [triple.object for triple in description.outgoing if triple.predicate == _PLACE]
    return [place.value for place in places if isinstance(place, Literal)]


class _Type:
    """A class of the resource, and the graphs that state it."""

    def __init__(self, iri: NamedNode, triple: Triple, description: Description) -> None:
        self.iri, self.triple = iri, triple
        self.graphs = description.graphs_by_statement.get(triple, ())

    def is_derived(self, statements: StatementWriter) -> bool:
        return statements.is_derived(self.graphs)


def _texts(writer: TermWriter, description: Description, *predicates: NamedNode) -> Sequence[str]:
    literals: Iterable[Literal] = (
        triple.object
        for triple in description.outgoing
        if triple.predicate in predicates and isinstance(triple.object, Literal)
    )
    return [writer.text(literal) for literal in writer.sorted_texts(literals)]


_ELSEWHERE: Final = (
    *(SKOS[f"{kind}Match"] for kind in ("exact", "close", "narrow", "broad", "related")),
    NamedNode(f"{PREFIXES['schema']}url"),
)
_MENTIONED: Final = GLOCAL["mentionedIn"]
_FROM_PASSAGE: Final = GLOCAL["fromPassage"]
# Properties that other parts of the page show, or that tell a reader nothing.
_NOT_LISTED: Final = frozenset({*HEADING_PROPERTIES, OWL["differentFrom"], *_ELSEWHERE, _MENTIONED})


class ResourcePageWriter:
    """Writes the pages about the resources of one release; caches what many of them share."""

    def __init__(self, store: Store, describer: Describer, files: Container[str] = ()) -> None:
        """Write pages for this store; `files` has the paths that exist below `/ontology/`."""
        self._store, self._describer, self._files = store, describer, files
        self._grounds, self._patterns = ProvenanceReader(store), RelationPatterns(store)
        self._writers = lru_cache(self._make_writers)

    def page(self, about: Documents, iri: NamedNode, language: Language) -> bytes:
        """Write the page about a resource in this language."""
        writer, statements = self._writers(language)
        description = self._describer.describe(iri)
        top = write_heading(writer, statements, description, self._files)
        page = _Page(self._store, writer, statements, description)
        return write_page(
            writer,
            escape(writer.label(iri).value),
            "".join((top, *page.parts(about))),
            path=about.path(HTML),
            links=about.links_from(HTML),
        )

    def _make_writers(self, language: Language) -> tuple[TermWriter, StatementWriter]:
        writer = TermWriter(self._store, language)
        return writer, StatementWriter(writer, self._grounds, self._patterns)


class _Page:
    """One page that is being written."""

    def __init__(
        self,
        store: Store,
        writer: TermWriter,
        statements: StatementWriter,
        description: Description,
    ) -> None:
        self._store, self._writer, self._statements = store, writer, statements
        self._description, self._nodes = description, group_by_node(description)

    def parts(self, about: Documents) -> Iterator[str]:
        """Yield the sections below the heading, from top to bottom."""
        say, writer, statements = self._writer.say, self._writer, self._statements
        thing = self._description.thing
        yield from self._by_pattern()
        yield write_nodes(writer, statements, self._description, self._nodes)
        yield from graph_sections(self._store, writer, statements, thing)
        yield write_section(say("mentions"), self._mentions(), name="mentions")
        yield write_section(say("unheld"), self._unheld(), name="unheld")
        yield write_section(say("mentioned"), self._mentioned(), name="mentioned")
        yield write_section(say("elsewhere"), self._elsewhere(), name="elsewhere")
        yield write_section(say("documents"), self._documents(about), name="documents")

    def _by_pattern(self) -> Iterator[str]:
        """Yield the statements about the resource, in sections by the pattern of their relation."""
        statements = [*self._outgoing(), *self._incoming()]
        modes = self._statements.modes_of(statements)
        for pattern, members in self._statements.group_by_pattern(statements):
            title = self._writer.say("statements")
            name = "statements"
            if pattern is not None:
                title, name = self._writer.link(pattern), pattern.value.rpartition("/")[2]
            listed = self._statements.write_statements(
                members, self._description.graphs_by_statement, modes
            )
            yield write_section(title, listed, name=name)
        yield self._link_to_rest()

    def _outgoing(self) -> Iterator[Statement]:
        for triple in self._description.outgoing:
            if triple.predicate not in _NOT_LISTED and triple.object not in self._nodes:
                yield Statement(triple)

    def _incoming(self) -> Iterator[Statement]:
        """Yield the statements that refer to the resource, except mirror images of its own ones."""
        known = set(self._description.outgoing)
        for triple in self._description.incoming:
            mirrored = Triple(self._description.thing, triple.predicate, triple.subject)
            is_shown_elsewhere = triple.predicate in _NOT_LISTED or triple.subject in self._nodes
            if (
                not is_shown_elsewhere
                and triple.predicate != _FROM_PASSAGE
                and mirrored not in known
            ):
                yield Statement(triple, is_incoming=True)

    def _link_to_rest(self) -> str:
        """Write a link to all incoming statements, if the page shows only some of them."""
        for triple in self._description.about_document:
            if triple.predicate == VOID["dataDump"] and isinstance(triple.object, NamedNode):
                shown = f"{len(self._description.incoming):,}"
                text = self._writer.say("incoming-rest", shown=shown)
                return f"<p>{self._writer.link(triple.object, text)}</p>\n"
        return ""

    def _unheld(self) -> str:
        """Write the statements about the resource that do not hold, graph by graph."""
        items = []
        for graph, triples in self._description.unheld_by_graph.items():
            lines = "".join(f"<li>{write_triple(self._writer, triple)}</li>" for triple in triples)
            items.append(f"<li>{self._statements.write_grounds([graph])}<ul>{lines}</ul></li>")
        if not items:
            return ""
        return f"<p>{self._writer.say('unheld-intro')}</p>\n<ul>{''.join(items)}</ul>\n"

    def _mentioned(self) -> str:
        """Write the passages that mention the resource, in order of their names."""
        outgoing = self._description.outgoing
        passages = [triple.object for triple in outgoing if triple.predicate == _MENTIONED]
        items = [f"<li>{self._writer.link(passage)}</li>" for passage in sorted(passages, key=str)]
        return f'<ul class="row">{"".join(items)}</ul>\n' if items else ""

    def _mentions(self) -> str:
        """Write the resources that a passage mentions, if the page is about a passage."""
        incoming = self._description.incoming
        subjects = [triple.subject for triple in incoming if triple.predicate == _MENTIONED]
        mentioned = sorted(
            (subject for subject in subjects if isinstance(subject, NamedNode)),
            key=lambda iri: self._writer.label(iri).value,
        )
        items = "".join(f"<li>{self._writer.link(iri)}</li>" for iri in mentioned)
        return f'<ul class="columns">{items}</ul>\n' if items else ""

    def _elsewhere(self) -> str:
        return definition_list(
            (self._writer.link(predicate), values)
            for predicate in _ELSEWHERE
            if (
                values := [
                    self._writer.link(triple.object)
                    for triple in self._description.outgoing
                    if triple.predicate == predicate
                ]
            )
        )

    def _documents(self, about: Documents) -> str:
        """Write links to the other formats of the document, and the IRI of the resource."""
        others = "".join(
            f'<li><a href="{escape(about.path(form))}">.{form.name}</a></li>'
            for form in about.formats
            if form != HTML
        )
        cite = self._writer.say("cite-as") + self._writer.say("colon")
        return (
            f'<ul class="row">{others}<li><a href="{escape(about.linkset)}">linkset</a></li></ul>\n'
            f"<p>{cite}<code>{escape(self._description.thing.value)}</code></p>\n"
        )
