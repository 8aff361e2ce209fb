"""The page about one resource: what its description says, with what each statement stands on."""

from collections.abc import Container, Iterator
from functools import lru_cache
from html import escape
from typing import Final

from pyoxigraph import NamedNode, Triple

from kg.describe.description import Describer, Description
from kg.describe.evidence import Grounds
from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, OWL, PREFIXES, SKOS, VOID
from kg.store.quad_store import Store
from service.answers.formats import HTML
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.frame import framed, section
from service.pages.heading import TOLD, heading
from service.pages.holdings import holdings, sentence
from service.pages.nodes import nodes_of, statement_nodes
from service.pages.statements import Statement, StatementWriter, listed_terms
from service.pages.writer import Writer

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
