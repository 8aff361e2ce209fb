"""The page about one thing of any data: its names and classes, then all that is stated about it."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import count
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.describe.evidence import ProvenanceReader
from kg.namespaces import DCTERMS, OWL, RDF, RDFS, SKOS, is_in
from kg.reasoning.upkeep.entailment import DERIVED
from kg.sparql.dataset import ENTAILMENTS
from kg.store.quad_store import Store
from service.answers.formats import GRAPH_FORMATS, JSON_LD, TURTLE
from service.excerpts.names import NAMES
from service.excerpts.thing import ThingExcerpt, Values
from service.http.documents import WebLink
from service.pages.data.terms import RESOURCE, DataTerms
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import Row, StatementWriter

# The texts that say what a thing is; the first one that there is stands at the top.
_TEXTS: Final = (
    SKOS["definition"],
    RDFS["comment"],
    DCTERMS["description"],
    NamedNode("http://purl.org/dc/elements/1.1/description"),
    NamedNode("https://schema.org/description"),
    NamedNode("http://schema.org/description"),
)
_ALIASES: Final = (SKOS["altLabel"],)
_CLASSES: Final = (RDF["type"],)


class DataStatements(StatementWriter):
    """Writes the statements of any data, with the graphs that have them as their grounds."""

    def __init__(self, terms: DataTerms, has_reasons: bool) -> None:
        super().__init__(terms, ProvenanceReader(Store.in_memory(())))
        self._has_reasons, self._spell = has_reasons, terms.spell

    def write_grounds(self, graphs: Sequence[NamedNode], *, is_repeated: bool = False) -> Markup:
        """Write that statements are derived, or which graphs have them; repeated, too."""
        _ = is_repeated
        if self.is_derived(graphs):
            written: Markup = self.terms.macros["derived_chip"]()
            return written
        asserting = sorted({one for one in graphs if one != DERIVED}, key=str)
        links = map(self.terms.macros["code_link"], asserting)
        return self.terms.say("comma").join(links)

    def is_derived(self, graphs: Sequence[NamedNode]) -> bool:
        """Return whether statements in these graphs are only derived."""
        return bool(graphs) and all(graph == DERIVED for graph in graphs)

    def _addresses(
        self, triple: Triple, graphs: Sequence[NamedNode], holds: bool
    ) -> tuple[str, str]:
        """Return the addresses of the explanation of a triple and of what holds without it."""
        _ = holds
        # No address names a blank node.
        if not self._has_reasons or any(isinstance(term, BlankNode) for term in triple):
            return "", ""
        if self.is_derived(graphs):
            subject, predicate, object_ = map(self._as_parameter, triple)
            asked = f"subject={subject}&predicate={predicate}&object={object_}"
            return self.terms.local(f"/explain?{asked}"), ""
        # What only a named graph asserts has no consequences.
        if graphs:
            return "", ""
        update = quote(f"DELETE DATA {{ {triple} }}", safe="")
        return "", self.terms.local(f"/whatif?update={update}")

    def _as_parameter(self, term: Any) -> str:
        """Encode a term as the value of a parameter of `/explain`."""
        return quote(self._spell(term) if isinstance(term, NamedNode) else str(term), safe="")


def write_thing_page(
    terms: DataTerms, excerpt: ThingExcerpt, host: str, *, has_reasons: bool = False
) -> bytes:
    """Write the page about a thing; `terms` need not know its names, `host` is the URL of `/`."""
    page = _ThingPage(terms.knowing(excerpt.names, excerpt.nodes), excerpt, has_reasons)
    return page.write(host)


def document_address(name: str, form: str = "", entailment: str = ENTAILMENTS[0]) -> str:
    """Return the address of the document about a thing, in the format of this name if any.

    `name` is its IRI, see `PrefixTable.spell`.
    """
    asked = {"iri": name, **({"format": form} if form else {})}
    if entailment != ENTAILMENTS[0]:
        asked["entailment"] = entailment
    return f"{RESOURCE}?{urlencode(asked)}"


def page_links(name: str) -> list[WebLink]:
    """Return the links of the page about a thing to its documents for programs."""
    address = partial(document_address, name)
    return [WebLink("alternate", address(form.name), form.media_type) for form in GRAPH_FORMATS]


class _ThingPage:
    def __init__(self, terms: DataTerms, excerpt: ThingExcerpt, has_reasons: bool) -> None:
        self._terms, self._excerpt = terms, excerpt
        self._statements = DataStatements(terms, has_reasons)
        self._values = {one.predicate: one.shown for one in excerpt.outgoing}
        name = terms.spell(excerpt.thing)
        self._address = partial(document_address, name, entailment=excerpt.entailment)

    def write(self, host: str) -> bytes:
        terms, excerpt, thing = self._terms, self._excerpt, self._excerpt.thing
        label = terms.label(thing)
        names = [one for one in terms.sorted_texts(self._objects(NAMES)) if one != label]
        lead = next(filter(None, (terms.own_texts(self._objects([one])) for one in _TEXTS)), [])
        named = self._named_classes()
        types = [one for one in excerpt.outgoing if one.predicate in _CLASSES]
        shown = [one for one in excerpt.outgoing if not self._is_said_above(one, lead)]
        return terms.write_page(
            "data-thing.html",
            title=label.value,
            path=self._address(),
            links=page_links(terms.spell(thing)),
            next_number=partial(next, count(1)),
            thing=thing,
            is_address=is_in(thing, "http:", "https:"),
            other_names=names,
            aliases=terms.sorted_texts(self._objects(_ALIASES)),
            lead=lead,
            classes=named,
            types=self._rows(types),
            stated=self._rows(shown),
            referring=self._rows(excerpt.incoming, is_incoming=True),
            owners=excerpt.owners,
            uses=self._write_uses(),
            times_used=excerpt.times_used,
            members_of_graph=excerpt.graph_size,
            formats=[(form.name, self._address(form.name)) for form in GRAPH_FORMATS],
            for_programs=[
                f"{host.rstrip('/')}{self._address(form.name)}" for form in (JSON_LD, TURTLE)
            ],
            ask_uses=self._ask(
                f"SELECT ?subject ?object {{ ?subject {self._iri(thing)} ?object }}"
            ),
        )

    def _rows(self, several: Iterable[Values], *, is_incoming: bool = False) -> list[Row]:
        """Write the values of each property, and a link to a query for those not shown."""
        rows: list[Row] = []
        thing = self._excerpt.thing
        for values in several:
            triples = (
                Triple(value, values.predicate, thing)
                if is_incoming
                else Triple(thing, values.predicate, value)
                for value in values.shown
            )
            statements = [Statement(one, is_incoming) for one in triples if self._is_telling(one)]
            rows += self._statements.rows(statements, self._excerpt.graphs)
            if values.others and rows:
                rows.append(self._write_others(values, is_incoming, rows[-1]))
        return rows

    def _is_telling(self, triple: Triple) -> bool:
        """Return whether a statement is more than what follows of everything, such as of itself."""
        if isinstance(triple.subject, BlankNode):
            # The page names the things to which it belongs instead.
            return False
        is_trivial = triple.subject == triple.object or triple.object == OWL["Thing"]
        is_trivial |= triple.subject == OWL["Nothing"]
        graphs = self._excerpt.graphs.get(triple, ())
        return not (is_trivial and self._statements.is_derived(graphs))

    def _write_others(self, values: Values, is_incoming: bool, above: Row) -> Row:
        terms, thing = self._terms, self._iri(self._excerpt.thing)
        property_ = self._iri(values.predicate)
        pattern = f"?value {property_} {thing}" if is_incoming else f"{thing} {property_} ?value"
        address = self._ask(f"SELECT ?value {{ {pattern} }}")
        others = terms.say("own-others", count=terms.macros["number"](values.others))
        link = terms.macros["link_to"](address, others)
        return Row(above.property, link, True, (), Markup(), "", "")

    def _write_uses(self) -> list[Row]:
        graphs = {triple: self._excerpt.graphs.get(triple, ()) for triple in self._excerpt.uses}
        return self._statements.sentences(graphs)

    def _named_classes(self) -> list[NamedNode]:
        """Return the classes of the thing, those that are stated first."""
        derived: dict[NamedNode, bool] = {}
        for class_ in self._objects(_CLASSES):
            # Classes that are expressions, such as a restriction, have no name.
            if isinstance(class_, NamedNode):
                triple = Triple(self._excerpt.thing, RDF["type"], class_)
                if self._is_telling(triple):
                    graphs = self._excerpt.graphs.get(triple, ())
                    derived[class_] = self._statements.is_derived(graphs)
        return sorted(derived, key=lambda class_: derived[class_])

    def _objects(self, properties: Iterable[NamedNode]) -> list[Any]:
        return [value for one in properties for value in self._values.get(one, ())]

    def _is_said_above(self, values: Values, lead: Sequence[Literal]) -> bool:
        """Return whether the top of the page says all values of a property."""
        if values.predicate in (*NAMES, *_ALIASES):
            return all(isinstance(value, Literal) for value in values.shown)
        if values.predicate in _CLASSES:
            return True
        # The same text often stands under several properties, in several languages.
        texts = {text.value for text in self._terms.own_texts(values.shown)}
        is_text = all(isinstance(value, Literal) for value in values.shown)
        return is_text and texts <= {text.value for text in lead}

    def _ask(self, query: str) -> str:
        """Return the address of a query, with the prefixes that it needs."""
        text = self._terms.declare(query)
        return self._terms.in_language(f"/sparql?{urlencode({'query': text})}")

    def _iri(self, term: NamedNode) -> str:
        return self._terms.write_iri(term)
