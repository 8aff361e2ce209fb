"""The top of a page about a resource: its names, what it is, what is noted of it.

The page about one resource: what its description says, with what each statement stands on.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Describer, Description
from kg.describe.evidence import Grounds
from kg.describe.glossary import RelationPatterns
from kg.namespaces import DCTERMS, GLOCAL, OWL, PREFIXES, RDF, RDFS, SKOS, VOID, shorten
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.layout import breadcrumb, framed, section
from service.pages.statements import (
    Statement,
    StatementWriter,
    holdings,
    listed_terms,
    nodes_of,
    sentence,
    statement_nodes,
)
from service.pages.terms import Writer, place_link

_SKOS_NOTES: Final = [SKOS[name] for name in ("note", "scopeNote", "editorialNote", "changeNote")]
_TEXTS: Final = (
    SKOS["definition"],
    DCTERMS["description"],
    GLOCAL["ruleSentence"],
    GLOCAL["gloss"],
)
_PLACE: Final = GLOCAL["definedAt"]
_FEW: Final = 3
# What the top tells of a thing.
TOLD: Final[frozenset[NamedNode]] = frozenset(
    {RDF["type"], RDFS["label"], SKOS["altLabel"], _PLACE, *_SKOS_NOTES, *_TEXTS}
)


def heading(
    writer: Writer, statements: StatementWriter, description: Description, files: Container[str]
) -> str:
    """The way to the page, its heading with the names in the other language, and what it is.

    Args:
        writer: in the language of the page.
        statements: of the same writer.
        description: of what the page is about.
        files: what can follow `/ontology/` in an address here, such as `rules/co-hosts.rq`.
    """
    thing = description.thing
    types = [
        _Type(one.object, one, description)
        for one in description.outgoing
        if one.predicate == RDF["type"] and isinstance(one.object, NamedNode)
    ]
    types.sort(key=lambda one: (one.is_derived(statements), writer.label(one.iri).value))
    way = breadcrumb(writer, [*_way(writer, statements, types), writer.name(thing)])
    labels = writer.labels(thing)
    others = [writer.text(one) for one in labels[1:]]
    # A name that was made for the thing may fit another one too.
    curie = shorten(thing.value)
    if not labels and writer.label(thing).value != curie:
        others.append(f"<code>{escape(curie)}</code>")
    names = "".join(f'<p class="names">{one}</p>' for one in others)
    rows = [
        (writer.say("also-known-as"), _texts(writer, description, SKOS["altLabel"])),
        (writer.say("type"), _said_types(writer, statements, types)),
        *((_named(writer, one), _texts(writer, description, one)) for one in _TEXTS),
        (writer.link(_PLACE), [place_link(one, files) for one in _places(description)]),
        (writer.say("notes"), _texts(writer, description, *_SKOS_NOTES)),
    ]
    listed = listed_terms((name, values) for name, values in rows if values)
    return f"{way}<h1>{writer.name(thing)}</h1>\n{names}{listed}"


def _way(writer: Writer, statements: StatementWriter, types: Sequence["_Type"]) -> Iterator[str]:
    """The way to the thing: by the same class whatever the language of the page."""
    yield f'<a href="{escape(writer.local("/"))}">Glocal</a>'
    if types:
        first = min(types, key=lambda one: (one.is_derived(statements), one.iri.value))
        yield writer.link(first.iri)


def _said_types(
    writer: Writer, statements: StatementWriter, types: Sequence["_Type"]
) -> Sequence[str]:
    """The classes of a thing; those that are derived where they can be opened, if they are many."""
    said = [
        (f"{writer.link(one.iri)} {statements.grounds(one.graphs, one.triple)}", one)
        for one in types
    ]
    asserted = [text for text, one in said if not one.is_derived(statements)]
    derived = [text for text, one in said if one.is_derived(statements)]
    if len(derived) <= _FEW:
        return [*asserted, *derived]
    summary = f"{writer.say('derived')}{writer.say('colon')}{len(derived)}"
    items = "".join(f"<li>{text}</li>" for text in derived)
    return [*asserted, f"<details><summary>{summary}</summary><ul>{items}</ul></details>"]


def _named(writer: Writer, predicate: NamedNode) -> str:
    """A property of our own by its label, another by a word of the page."""
    words = {SKOS["definition"]: "definition", DCTERMS["description"]: "description"}
    key = words.get(predicate)
    return writer.say(key) if key else writer.link(predicate)


def _places(description: Description) -> list[str]:
    """Where the thing, a rule, is written."""
    ends = [one.object for one in description.outgoing if one.predicate == _PLACE]
    return [one.value for one in ends if isinstance(one, Literal)]


class _Type:
    """One class of the thing, and where that is said."""

    def __init__(self, iri: NamedNode, triple: Triple, description: Description) -> None:
        self.iri, self.triple = iri, triple
        self.graphs = description.said_in.get(triple, ())

    def is_derived(self, statements: StatementWriter) -> bool:
        return statements.is_derived(self.graphs)


def _texts(writer: Writer, description: Description, *predicates: NamedNode) -> Sequence[str]:
    found: Iterable[Literal] = (
        one.object
        for one in description.outgoing
        if one.predicate in predicates and isinstance(one.object, Literal)
    )
    return [writer.text(one) for one in writer.sorted_texts(found)]


_ELSEWHERE: Final = (
    *(SKOS[f"{kind}Match"] for kind in ("exact", "close", "narrow", "broad", "related")),
    NamedNode(f"{PREFIXES['schema']}url"),
)
_MENTIONED: Final = GLOCAL["mentionedIn"]
_FROM: Final = GLOCAL["fromPassage"]
# What is told elsewhere than among the statements, or says nothing to a person.
_APART: Final = frozenset({*TOLD, OWL["differentFrom"], *_ELSEWHERE, _MENTIONED})


class ResourcePages:
    """The pages about the resources of one release; remembers what many of them say."""

    def __init__(self, store: Store, describer: Describer, files: Container[str] = ()) -> None:
        """Pages of this store; `files` can follow `/ontology/` in an address here."""
        self._store, self._describer, self._files = store, describer, files
        self._grounds, self._patterns = Grounds(store), RelationPatterns(store)
        self._writers = lru_cache(self._make_writers)

    def page(self, about: Documents, iri: NamedNode, language: Language) -> bytes:
        """The page about a resource, in this language."""
        writer, statements = self._writers(language)
        description = self._describer.describe(iri)
        top = heading(writer, statements, description, self._files)
        page = _Page(self._store, writer, statements, description)
        return framed(
            writer,
            escape(writer.label(iri).value),
            "".join((top, *page.parts(about))),
            path=about.path(HTML),
            links=about.links_at(HTML),
        )

    def _make_writers(self, language: Language) -> tuple[Writer, StatementWriter]:
        writer = Writer(self._store, language)
        return writer, StatementWriter(writer, self._grounds, self._patterns)


class _Page:
    """One page while it is written."""

    def __init__(
        self, store: Store, writer: Writer, statements: StatementWriter, description: Description
    ) -> None:
        self._store, self._writer, self._statements = store, writer, statements
        self._description, self._nodes = description, nodes_of(description)

    def parts(self, about: Documents) -> Iterator[str]:
        """The page below its heading, from top to bottom."""
        say, writer, statements = self._writer.say, self._writer, self._statements
        thing = self._description.thing
        yield from self._by_pattern()
        yield statement_nodes(writer, statements, self._description, self._nodes)
        yield from holdings(self._store, writer, statements, thing)
        yield section(say("mentions"), self._mentions(), name="mentions")
        yield section(say("unheld"), self._unheld(), name="unheld")
        yield section(say("mentioned"), self._mentioned(), name="mentioned")
        yield section(say("elsewhere"), self._elsewhere(), name="elsewhere")
        yield section(say("documents"), self._documents(about), name="documents")

    def _by_pattern(self) -> Iterator[str]:
        """What holds of the thing, in parts by the pattern of the relation."""
        statements = [*self._own(), *self._incoming()]
        modes = self._statements.modes_of(statements)
        for pattern, several in self._statements.grouped(statements):
            title = self._writer.say("statements")
            name = "statements"
            if pattern is not None:
                title, name = self._writer.link(pattern), pattern.value.rpartition("/")[2]
            listed = self._statements.listed(several, self._description.said_in, modes)
            yield section(title, listed, name=name)
        yield self._rest()

    def _own(self) -> Iterator[Statement]:
        for triple in self._description.outgoing:
            if triple.predicate not in _APART and triple.object not in self._nodes:
                yield Statement(triple)

    def _incoming(self) -> Iterator[Statement]:
        """What refers to the thing, but for the other half of what a symmetric relation says."""
        known = set(self._description.outgoing)
        for triple in self._description.incoming:
            mirrored = Triple(self._description.thing, triple.predicate, triple.subject)
            is_apart = triple.predicate in _APART or triple.subject in self._nodes
            if not is_apart and triple.predicate != _FROM and mirrored not in known:
                yield Statement(triple, is_incoming=True)

    def _rest(self) -> str:
        """A link to all that refers to the thing, where that is too much for a page."""
        for triple in self._description.of_document:
            if triple.predicate == VOID["dataDump"] and isinstance(triple.object, NamedNode):
                shown = f"{len(self._description.incoming):,}"
                said = self._writer.say("incoming-rest", shown=shown)
                return f"<p>{self._writer.link(triple.object, said)}</p>\n"
        return ""

    def _unheld(self) -> str:
        """What is said of the thing in graphs of statuses that do not hold, graph by graph."""
        parts = []
        for graph, triples in self._description.unheld.items():
            lines = "".join(f"<li>{sentence(self._writer, one)}</li>" for one in triples)
            parts.append(f"<li>{self._statements.grounds([graph])}<ul>{lines}</ul></li>")
        if not parts:
            return ""
        return f"<p>{self._writer.say('unheld-intro')}</p>\n<ul>{''.join(parts)}</ul>\n"

    def _mentioned(self) -> str:
        """The passages in which the thing is mentioned, in their order."""
        passages = [one.object for one in self._description.outgoing if one.predicate == _MENTIONED]
        items = [f"<li>{self._writer.link(one)}</li>" for one in sorted(passages, key=str)]
        return f'<ul class="row">{"".join(items)}</ul>\n' if items else ""

    def _mentions(self) -> str:
        """What is mentioned in the passage that the thing is."""
        found = [one.subject for one in self._description.incoming if one.predicate == _MENTIONED]
        names = sorted(
            (one for one in found if isinstance(one, NamedNode)),
            key=lambda one: self._writer.label(one).value,
        )
        items = "".join(f"<li>{self._writer.link(one)}</li>" for one in names)
        return f'<ul class="columns">{items}</ul>\n' if items else ""

    def _elsewhere(self) -> str:
        return listed_terms(
            (self._writer.link(predicate), values)
            for predicate in _ELSEWHERE
            if (
                values := [
                    self._writer.link(one.object)
                    for one in self._description.outgoing
                    if one.predicate == predicate
                ]
            )
        )

    def _documents(self, about: Documents) -> str:
        """The forms of the document, and the IRI of what it is about."""
        forms = "".join(
            f'<li><a href="{escape(about.path(form))}">.{form.name}</a></li>'
            for form in about.formats
            if form != HTML
        )
        cite = self._writer.say("cite-as") + self._writer.say("colon")
        return (
            f'<ul class="row">{forms}<li><a href="{escape(about.linkset)}">linkset</a></li></ul>\n'
            f"<p>{cite}<code>{escape(self._description.thing.value)}</code></p>\n"
        )
