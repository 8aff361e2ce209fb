"""How a term is used: what a property connects, or the members of a class, with examples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import chain, islice
from typing import Final, NamedTuple

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from kg.describe.description import sorted_iris, withdrawn_iris
from kg.describe.glossary import Glossary
from kg.namespaces import BASE, EVIDENCE, OWL, RDF, RDFS, is_in, shorten
from kg.store.quad_store import Store
from service.pages.dataset_summary import PropertyUse
from service.pages.terms import TermWriter
from service.pages.things.statements import Row, StatementWriter
from service.pages.things.term_axioms import Line, write_expression

UNUSED: Final = PropertyUse(0, None, ())
_MAX_ENDS, _MAX_STATEMENTS, _MAX_MEMBERS = 3, 3, 5
# Members among which the examples of a class are looked for; a large class has thousands.
_MAX_COMPARED: Final = 250


class TermUse(NamedTuple):
    """The use of a term as a page tells it: names, each with its lines, and statements."""

    rows: Sequence[tuple[Markup, Sequence[Line]]]
    examples: Sequence[Row]


class TermUses:
    """Reads how the terms of a release are used; `uses` returns the use of each property."""

    def __init__(
        self,
        store: Store,
        glossary: Glossary,
        uses: Callable[[], Mapping[NamedNode, PropertyUse]],
    ) -> None:
        self._store, self._glossary, self._uses = store, glossary, uses

    def of_property(self, property_: NamedNode) -> PropertyUse:
        """Return how a property is used, with the broadest of its classes alone."""
        use = self._uses().get(property_, UNUSED)
        below = {one for range_ in use.ranges for one in self._glossary.all_narrower(range_)}
        return use._replace(ranges=[one for one in use.ranges if one not in below])

    def write(self, statements: StatementWriter, term: NamedNode) -> TermUse:
        """Write how a term is used; nothing of an individual."""
        kind, terms = self._glossary.terms.get(term), statements.terms
        if kind == OWL["Class"]:
            return TermUse([*self._of_class(terms, term)], ())
        if kind is None or not kind.value.endswith("Property"):
            return TermUse((), ())
        triples = sorted(self._store.triples(predicate=term), key=str)
        count = terms.macros["number"](len(triples))
        rows = [*self._of_property(terms, term), (terms.say("onto-use"), [Line(count)])]
        graphs = {one: self._graphs(one) for one in self._choose(triples)}
        return TermUse([row for row in rows if row[1]], statements.sentences(graphs))

    def _of_property(
        self, terms: TermWriter, term: NamedNode
    ) -> Iterator[tuple[Markup, list[Line]]]:
        """Yield what a property is declared to connect, and what it connects in the release."""
        use, word = self.of_property(term), terms.macros["word"]
        ends = (
            ("onto-domain", RDFS["domain"], [use.domain] if use.domain else []),
            ("onto-range", RDFS["range"], use.ranges[:_MAX_ENDS]),
        )
        for key, relation, seen in ends:
            lines = self._declared(terms, term, relation)
            told = {line.words: line._replace(note=word(shorten(relation.value))) for line in lines}
            for words in (terms.link(one) for one in seen):
                line, here = told.get(words, Line(words)), terms.say("onto-here")
                told[words] = line._replace(
                    note=Markup(" · ").join(filter(None, (line.note, here)))
                )
            yield terms.say(key), [*told.values()]
        inverses = {
            one if other == term else other
            for one, other in self._glossary.graph.subjects_and_objects(OWL["inverseOf"])
            if term in (one, other)
        }
        yield (
            word("owl:inverseOf"),
            [Line(terms.link(one)) for one in sorted_iris(inverses)],
        )
        names = [shorten(one.value) for one in self._glossary.characteristics(term)]
        yield terms.say("characteristics"), [Line(word(name)) for name in names]

    def _declared(self, terms: TermWriter, term: NamedNode, relation: NamedNode) -> list[Line]:
        axioms = (one for one in self._glossary.axioms(term) if one.relation == relation)
        return [Line(write_expression(terms, one.text), one.is_decision) for one in axioms]

    def _of_class(
        self, terms: TermWriter, class_: NamedNode
    ) -> Iterator[tuple[Markup, list[Line]]]:
        """Yield the number of members of a class, and those of which most is said."""
        typed = self._store.triples(None, RDF["type"], class_)
        withdrawn = withdrawn_iris(self._store)
        found = sorted_iris({triple.subject for triple in typed} - withdrawn)
        members = [one for one in found if is_in(one, BASE)]
        link = terms.macros["class_link"](
            class_, shorten(class_.value).partition(":")[2], terms.macros["number"](len(members))
        )
        yield terms.say("class-members"), [Line(link)]
        compared = members[:: len(members) // _MAX_COMPARED + 1]
        if first := nlargest(_MAX_MEMBERS, compared, key=self._count_statements):
            yield terms.say("onto-examples"), [Line(terms.macros["links"](first))]

    def _count_statements(self, thing: NamedNode) -> int:
        return sum(1 for _ in self._store.triples(thing))

    def _choose(self, triples: Sequence[Triple]) -> list[Triple]:
        """Return some statements, first those that evidence asserts."""
        named = [one for one in triples if isinstance(one.subject, NamedNode)]
        asserted = (one for one in named if any(is_in(g, EVIDENCE) for g in self._graphs(one)))
        chosen = [*islice(asserted, _MAX_STATEMENTS)]
        return [*dict.fromkeys(chain(chosen, named[:_MAX_STATEMENTS]))][:_MAX_STATEMENTS]

    def _graphs(self, triple: Triple) -> list[NamedNode]:
        quads = self._store.quads(triple.subject, triple.predicate)
        return sorted_iris(quad.graph_name for quad in quads if quad.object == triple.object)
