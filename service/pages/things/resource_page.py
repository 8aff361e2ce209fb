"""The page about one resource: its names and what it is, then what is stated about it.

What matters first: a sentence, key facts and drawings; then the statements by pattern, what others
claim of it, and what belongs to its kind: a passage, a holder, a graph or a rule.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from itertools import chain, count
from typing import Any, Final

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from kg.describe.description import Describer, Description, sorted_iris
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import (
    BASE,
    DCTERMS,
    EVIDENCE,
    GLOCAL,
    ID,
    OWL,
    QB,
    RDF,
    RDFS,
    RULE,
    SCHEMA,
    SKOS,
    VOID,
    is_in,
    shorten,
)
from kg.store.quad_store import Store
from service.answers.formats import HTML, JSON_LD, TURTLE
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.dataset_summary import PropertyUse
from service.pages.name_order import order_of_name
from service.pages.rules_page import axiom_kind
from service.pages.terms import Term, TermWriter
from service.pages.things.disagreements import DisagreementReader
from service.pages.things.figures import FigureWriter
from service.pages.things.graph_contents import GraphReader
from service.pages.things.key_facts import KeyFacts
from service.pages.things.neighbourhood import Sentence, draw_neighbourhood, find_neighbours
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statement_groups import Statement, StatementGroups
from service.pages.things.statements import (
    NOT_SHOWN,
    SAID_BY_GROUNDS,
    Graphs,
    Row,
    StatementWriter,
)
from service.pages.things.term_axioms import SAID_BY_AXIOMS, SAID_BY_PLACE, TermAxioms
from service.pages.things.term_use import TermUse, TermUses
from service.pages.things.timeline import draw_timeline
from service.pages.things.unheld import read_unheld
from service.pages.things.units import Units

_NOTES: Final = (SKOS["note"], SKOS["scopeNote"])
# Notes of the curators on their own work.
_REMARKS: Final = (SKOS["editorialNote"], SKOS["changeNote"])
# The texts that say what a resource is, with the word for those whose property is not of this
# ontology; the first one that there is stands at the top.
_TEXTS: Final = {
    SKOS["definition"]: "definition",
    DCTERMS["description"]: "description",
    GLOCAL["ruleSentence"]: "",
    GLOCAL["gloss"]: "",
}
_PLACE: Final = GLOCAL["definedAt"]
_ELSEWHERE: Final = (*MAPPING_PROPERTIES, SCHEMA["url"])
_MENTIONED: Final = GLOCAL["mentionedIn"]
# By these, graphs refer to a passage, a holder or a rule, whose page shows their statements.
_OF_GRAPHS: Final = frozenset(
    GLOCAL[name] for name in ("fromPassage", "heldBy", "followsFromClaimOf", "byRule")
)
# Properties that other parts of the page show, or that tell a reader nothing.
_NOT_LISTED: Final = frozenset(
    {
        *(RDF["type"], RDFS["label"], SKOS["altLabel"], *_NOTES, *_REMARKS, *_TEXTS, _PLACE),
        *(*_ELSEWHERE, _MENTIONED, OWL["differentFrom"]),
    }
)


class ResourcePageWriter:
    """Writes the pages about the resources of one release; caches what many of them share.

    `axioms` returns those of the ontology, which only pages about terms need; `files` has the paths
    that exist below `/ontology/`, such as `rules/co-hosts.rq`; `uses` returns how each property is
    used.
    """

    def __init__(
        self,
        store: Store,
        describer: Describer,
        terms: Callable[[Language], TermWriter],
        axioms: Callable[[], TermAxioms],
        files: Container[str] = (),
        uses: Callable[[], Mapping[NamedNode, PropertyUse]] = dict,
    ) -> None:
        self._store, self._describer, self._files = store, describer, files
        self._axioms, self._uses = axioms, uses
        self._roles, self._units = PropertyRoles(store), Units(store)
        provenance = ProvenanceReader(store)
        self._graphs = GraphReader(store, provenance)
        self._patterns = RelationPatterns(store)
        self._groups = StatementGroups(self._patterns)
        self._disagreements = DisagreementReader(store, self._roles)
        self._statement_writers = lru_cache(
            lambda language: StatementWriter(terms(language), provenance)
        )

    def page(self, about: Documents, iri: NamedNode, language: Language, host: str = "/") -> bytes:
        """Write the page about a resource in this language; `host` is the URL of `/`."""
        statements = self._statement_writers(language)
        axioms = self._axioms().rows(statements.terms, iri) if is_in(iri, GLOCAL) else []
        use = self._term_uses.write(statements, iri) if axioms else TermUse((), ())
        resource = self._resource(iri, statements, bool(axioms))
        return statements.terms.write_page(
            "resource.html",
            title=statements.terms.label(iri).value,
            path=statements.terms.viewed(about.path(HTML)),
            own_path=about.path(HTML),
            links=about.links_from(HTML),
            documents=about,
            for_programs=[f"{host.rstrip('/')}{about.path(form)}" for form in (JSON_LD, TURTLE)],
            files=self._files,
            next_number=partial(next, count(1)),
            patterns_of=self.patterns_of,
            axioms=axioms,
            use=use,
            disagreements=self._disagreements.read(statements, iri, resource.about),
            **resource.heading(),
            **resource.statements(),
            **self._of_graphs(statements, iri),
        )

    def build(self) -> None:
        """Read what every page needs of the whole release."""
        self._roles.build()
        self._graphs.build()
        self._disagreements.build()

    @cached_property
    def _term_uses(self) -> TermUses:
        return TermUses(self._store, self._axioms().glossary, self._uses)

    def neighbours(self, iri: NamedNode, language: Language) -> list[list[Sentence]]:
        """Return the statements that the page relates a thing to others by; see the drawing."""
        return self._resource(iri, self._statement_writers(language), False).neighbours()

    def patterns_of(self, predicate: NamedNode) -> list[NamedNode]:
        """Return the patterns of a relation."""
        return sorted_iris(self._patterns.patterns.get(predicate, ()))

    def _resource(
        self, iri: NamedNode, statements: StatementWriter, has_axioms: bool
    ) -> "_Resource":
        description = self._describer.describe(iri)
        not_holding = chain.from_iterable(description.not_holding_by_graph.values())
        statements.terms.read_ahead(
            term for triple in chain(description.triples, not_holding) for term in triple
        )
        # Passages are named by several of their properties.
        passages = (
            link.object
            for link in description.graph_links
            if link.predicate == GLOCAL["fromPassage"]
        )
        self._store.read_ahead((passage, None, None) for passage in passages)
        figures = FigureWriter(self._roles, self._units, statements)
        return _Resource(self._roles, figures, statements, self._groups, description, has_axioms)

    def _of_graphs(self, statements: StatementWriter, iri: NamedNode) -> dict[str, Any]:
        """Return what the graphs say that belong to a passage, holder, graph or rule."""
        graphs = self._graphs
        is_graph = self._store.has_graph(iri)
        return {
            "read_here": graphs.read_from_passage(statements, iri),
            "before_and_after": graphs.find_neighbours(iri),
            "held": graphs.read_of_holder(statements, iri),
            "consequences": graphs.read_consequences(statements, iri),
            "derivations": graphs.read_of_rule(statements, iri),
            "contents_here": graphs.read_graph(statements, iri) if is_graph else None,
        }


class _Resource:
    """Prepares what the template shows of one resource."""

    def __init__(
        self,
        roles: PropertyRoles,
        figures: FigureWriter,
        statements: StatementWriter,
        groups: StatementGroups,
        description: Description,
        has_axioms: bool,
    ) -> None:
        self._roles, self._figures = roles, figures
        self._statements, self._terms = statements, statements.terms
        self._description, self._thing = description, description.thing
        self._nodes: defaultdict[Term, list[Triple]] = defaultdict(list)
        for triple in description.details:
            self._nodes[triple.subject].append(triple)
        self._is_term, self._has_axioms = is_in(self._thing, GLOCAL), has_axioms
        self._observations = {
            node: triples
            for node, triples in self._nodes.items()
            if Triple(triples[0].subject, RDF["type"], QB["Observation"]) in triples
        }
        self._groups, self._graphs = groups, description.graphs_by_statement
        self._listed = groups.leave_out_twins(self._list(), self._is_derived)
        self._disagreements = [one for one in self._listed if self._reports_disagreement(one)]
        self._patterns = groups.group_by_pattern(
            [one for one in self._listed if not self._reports_disagreement(one)]
        )
        self._unheld = read_unheld(
            statements, groups, description, leaves_out=self._reports_disagreement
        )
        told = [one for _, members in self._patterns for one in members]
        self._key = KeyFacts(
            roles,
            statements,
            self._thing,
            told,
            figures.tell(self._thing, self._observations, self._graphs),
        )

    @property
    def about(self) -> Graphs:
        """All statements about the resource, with their graphs, in whatever view they hold."""
        found = {**self._unheld.graphs, **self._graphs}
        thing = self._thing
        return {one: found[one] for one in found if thing in (one.subject, one.object)}

    def heading(self) -> dict[str, Any]:
        """Return what the top of the page shows: names, classes, texts and key facts."""
        terms, say, name = self._terms, self._terms.say, self._terms.macros["name"]
        field = terms.macros["field"]
        labels = terms.sorted_texts(self._objects(RDFS["label"]))
        types = [
            Statement(triple)
            for triple in self._description.outgoing
            if triple.predicate == RDF["type"] and isinstance(triple.object, NamedNode)
        ]
        asserted = [type_ for type_ in types if not self._is_derived(type_.triple)]
        classes = sorted_iris(type_.other for type_ in asserted or types)
        classes.sort(key=lambda class_: not is_in(class_, GLOCAL))
        texts = {
            predicate: found
            for predicate in _TEXTS
            if (found := terms.own_texts(self._objects(predicate)))
            and terms.label(self._thing) not in found
        }
        (_, lead), *more = [*texts.items()] or [(_PLACE, self._key.make_sentence(classes))]
        return {
            "thing": self._thing,
            "place": "ontology" if self._is_term else "",
            # The class in the breadcrumb is the same in every language.
            "way": [*self._way(classes), name(self._thing)],
            "other_names": labels[1:],
            "curie": shorten(self._thing.value),
            "aliases": terms.sorted_texts(self._objects(SKOS["altLabel"])),
            "classes": classes,
            "is_term": self._is_term,
            # A world changes no page of a term or of evidence; one that is chosen can be left.
            "has_worlds": "world" in terms.view
            or not (self._is_term or is_in(self._thing, EVIDENCE)),
            "more_by_view": self._unheld.count_by_view(self._statements),
            "has_members": OWL["Class"] in classes and self._is_term,
            "types": self._type_rows(types),
            "lead": lead,
            "texts": [
                (say(_TEXTS[predicate]) if _TEXTS[predicate] else field(predicate), several)
                for predicate, several in more
            ],
            "facts": self._key.facts(self._graphs),
            "axiom_kind": axiom_kind(terms.words, self._thing.value.removeprefix(RULE)),
            "place_property": _PLACE,
            "places": [place.value for place in self._objects(_PLACE)],
            "notes": []
            if self._statements.has_grounds(self._thing)
            else terms.own_texts(self._objects(*_NOTES)),
            # The documents that a passage is from.
            "sources": self._objects(GLOCAL["inSource"]),
            "remarks": terms.own_texts(self._objects(*_REMARKS)),
        }

    def statements(self) -> dict[str, Any]:
        """Return what the sections below show, from top to bottom."""
        write, graphs = self._statements, self._graphs
        details = {
            node: [Statement(triple) for triple in triples if triple.predicate not in NOT_SHOWN]
            for node, triples in self._nodes.items()
            # The axioms of a term, which are blank nodes, are written as such.
            if node not in self._observations and not self._is_term and not _is_axiom(triples)
        }
        modes = self._groups.modes_of(self._listed)
        about_document, incoming = self._description.about_document, self._description.incoming
        shown = sum(one.is_incoming for one in self._listed)
        mentions = sorted_iris(t.subject for t in incoming if t.predicate == _MENTIONED)
        return {
            "neighbourhood": draw_neighbourhood(write, self._thing, self.neighbours())
            if is_in(self._thing, ID)
            else None,
            "timeline": draw_timeline(self._key.moments(graphs), self._terms.date),
            "patterns": [
                (pattern, write.rows(members, graphs, modes=modes))
                for pattern, members in self._patterns
            ],
            # The document with all incoming statements, if the page shows only some of them.
            "all_incoming": [
                t.object for t in about_document if shown and t.predicate == VOID["dataDump"]
            ],
            "shown": shown,
            "figures": self._figures.tabulate(self._thing, self._observations, graphs),
            "details": [
                write.node_rows(node, members, graphs)
                for node, members in details.items()
                if members
            ],
            "unheld": self._unheld.write(write, self._thing),
            # The resources that a passage mentions.
            "mentions": sorted(
                mentions, key=lambda iri: order_of_name(self._terms.label(iri).value)
            ),
            "mentioned": sorted(self._objects(_MENTIONED), key=str),
            "has_links": any(
                not is_in(match, BASE) for match in self._objects(*MAPPING_PROPERTIES)
            ),
            "elsewhere": [
                (self._terms.macros["field"](predicate), objects)
                for predicate in _ELSEWHERE
                if (objects := self._objects(predicate))
            ],
        }

    def neighbours(self) -> list[list[Sentence]]:
        """Return the statements between the thing and others, of those that the page shows."""
        told = [one for _, members in self._patterns for one in members]
        supposed = (self._unheld.sections[key] for key in ("claims", "hypotheses", "plans"))
        shown, graphs = [*told, *chain(*supposed)], {**self._unheld.graphs, **self._graphs}
        return find_neighbours(self._statements, self._thing, shown, graphs)

    def _objects(self, *predicates: NamedNode) -> list[Any]:
        outgoing = self._description.outgoing
        return [triple.object for triple in outgoing if triple.predicate in predicates]

    def _type_rows(self, types: Sequence[Statement]) -> list[Row]:
        """Write the classes; the list of entities asserts those without other grounds."""
        rows = self._statements.rows(types, self._graphs)
        if not is_in(self._thing, ID):
            return rows
        passages = sorted_iris(self._objects(_MENTIONED))
        return [self._statements.declare(row, passages) for row in rows]

    def _way(self, classes: Sequence[NamedNode]) -> list[Markup]:
        if self._is_term:
            return [self._terms.macros["local_link"]("/ontology", self._terms.say("ontology"))]
        return [self._class_link(one) for one in classes[:1]]

    def _class_link(self, class_: NamedNode) -> Markup:
        """Link a class of the ontology to the page with its members."""
        if not is_in(class_, GLOCAL):
            return self._terms.link(class_)
        written: Markup = self._terms.macros["class_link"](
            class_, class_.value.removeprefix(GLOCAL)
        )
        return written

    def _is_derived(self, triple: Triple) -> bool:
        return self._statements.is_derived(self._graphs.get(triple, ()))

    def _reports_disagreement(self, statement: Statement) -> bool:
        return statement.triple.predicate in self._roles.disagreement

    def _list(self) -> Iterator[Statement]:
        """Yield the statements to list, from the resource and to it."""
        from_here, to_here = _NOT_LISTED, _NOT_LISTED | _OF_GRAPHS
        if self._statements.has_grounds(self._thing):
            from_here |= SAID_BY_GROUNDS
        if self._has_axioms:
            from_here, to_here = from_here | SAID_BY_AXIOMS, to_here | SAID_BY_PLACE
        for triple in self._description.outgoing:
            if triple.predicate not in from_here and triple.object not in self._nodes:
                yield Statement(triple)
        for triple in self._description.incoming:
            if triple.predicate not in to_here and triple.subject not in self._nodes:
                yield Statement(triple, is_incoming=True)


def _is_axiom(triples: Sequence[Triple]) -> bool:
    """Return whether a node is one of an axiom, as a restriction is, which says nothing here."""
    return any(is_in(triple.predicate, OWL) for triple in triples)
