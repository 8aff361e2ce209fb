"""One resource as its page shows it: the top, the statements below, and what others claim of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from kg.describe.description import Description, sorted_iris
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
from service.pages.name_order import order_of_name
from service.pages.rules_page import axiom_kind
from service.pages.terms import Term
from service.pages.things.figures import FigureWriter
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
from service.pages.things.term_axioms import SAID_BY_AXIOMS, SAID_BY_PLACE
from service.pages.things.timeline import draw_timeline
from service.pages.things.unheld import read_unheld

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


class Resource:
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
