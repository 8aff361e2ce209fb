"""The first part of a page about a thing: a sentence, its key facts and figures, and its dates."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from kg.namespaces import ID, is_in
from service.pages.dates import is_date
from service.pages.things.figures import Figure
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import Graphs, StatementWriter
from service.pages.things.timeline import Moment
from service.pages.world_map import PLACING

# Values of a key fact, the length of a text among the key facts in characters, and key figures.
_MAX_VALUES, _MAX_CHARACTERS, _MAX_FIGURES = 4, 80, 4


class Fact(NamedTuple):
    """A key fact: its name, its first values, the number of the others, and its dates."""

    name: Markup
    values: Sequence[Markup]
    others: int
    dates: Sequence[str]


_ByProperty = defaultdict[tuple[bool, NamedNode], list[Statement]]


class KeyFacts:
    """Chooses what matters first among the statements and figures about a thing."""

    def __init__(
        self,
        roles: PropertyRoles,
        statements: StatementWriter,
        thing: NamedNode,
        listed: Sequence[Statement],
        figures: Sequence[Figure],
    ) -> None:
        self._roles, self._statements, self._terms = roles, statements, statements.terms
        self._thing, self._listed, self._figures = thing, listed, figures

    def make_sentence(self, classes: Sequence[NamedNode]) -> list[Literal]:
        """Say in words of which classes a thing is, and the first relation that it has.

        Graphs, passages and rules have a name that says it.
        """
        if not is_in(self._thing, ID):
            return []
        label, words = self._terms.label, self._terms.words
        relations = (
            self._terms.relation_text(statement.triple.predicate, label(statement.other).value)
            for statement in self._listed
            if not statement.is_incoming and isinstance(statement.other, NamedNode)
        )
        parts = words["comma"].join(label(one).value for one in classes), next(relations, "")
        text = words["thing-semicolon"].join(filter(None, parts))
        return [Literal(text, language=self._terms.language)] if text else []

    def facts(self, graphs: Graphs) -> list[Fact]:
        """Return what tells a thing from others, its dates, the latest figures, other short values.

        The first are the relations of properties for which the ontology names classes of subjects.
        """
        kinds: tuple[_ByProperty, ...] = defaultdict(list), defaultdict(list), defaultdict(list)
        for statement in self._listed:
            if (kind := self._kind(statement)) is not None:
                key = statement.is_incoming, statement.triple.predicate
                kinds[kind][key].append(statement)
        relations, dates, others = (
            [self._read_fact(members, graphs) for members in kind.values()] for kind in kinds
        )
        figures = [
            Fact(figure.name, [figure.value + figure.mark], 0, figure.dates)
            for figure in self._figures[:_MAX_FIGURES]
        ]
        return [*relations, *dates, *figures, *others]

    def moments(self, graphs: Graphs) -> Iterator[Moment]:
        """Yield the dates of the thing, the times of statements about it, and those of figures."""
        for statement in self._listed:
            predicate, other = statement.triple.predicate, statement.other
            if is_date(other):
                yield Moment(other.value, self._terms.label(predicate).value)
            elif isinstance(other, NamedNode):
                for time in self._times(statement, graphs):
                    yield Moment(
                        time.value, self._tell(statement, other), self._terms.address(other)
                    )
        colon = self._terms.words["colon"]
        for figure in self._figures:
            words = f"{figure.name.striptags()}{colon}{figure.value.striptags()}"
            yield from (Moment(date, words) for date in figure.dates)

    def _kind(self, statement: Statement) -> int | None:
        """Return the place of a statement among the key facts, or None if it is none of them."""
        other = statement.other
        if isinstance(other, NamedNode):
            return 0 if statement.triple.predicate in self._roles.defining else None
        is_short = isinstance(other, Literal) and len(other.value) <= _MAX_CHARACTERS
        if not is_short or not is_in(self._thing, ID):
            return None
        if statement.triple.predicate in PLACING:
            return None
        return 1 if is_date(other) else 2

    def _times(self, statement: Statement, graphs: Graphs) -> Sequence[Literal]:
        ground = self._statements.strongest(graphs.get(statement.triple, ()))
        return ground.times if ground else ()

    def _read_fact(self, members: Sequence[Statement], graphs: Graphs) -> Fact:
        """Read the statements of one property, each with the time that it is about."""
        ordered = self._statements.in_order(members)
        rows = [self._statements.rows([one], {})[0] for one in ordered[:_MAX_VALUES]]
        values = [
            row.words
            + self._write_times(one, graphs)
            + self._statements.mark(graphs.get(one.triple, ()))
            for row, one in zip(rows, ordered, strict=False)
        ]
        first = ordered[0]
        name = rows[0].property if first.is_incoming else self._field(first.triple.predicate)
        return Fact(name, values, len(ordered) - len(values), ())

    def _field(self, predicate: NamedNode) -> Markup:
        macros = self._terms.macros
        written: Markup = macros["link_as"](predicate, macros["field"](predicate))
        return written

    def _write_times(self, statement: Statement, graphs: Graphs) -> Markup:
        times = [self._terms.valid(time.value) for time in self._times(statement, graphs)]
        words = self._terms.words["comma"].join(times)
        return Markup(" <small>{}</small>").format(words) if times else Markup()

    def _tell(self, statement: Statement, other: NamedNode) -> str:
        """Say a statement in words, without the thing if that is its subject."""
        thing = self._thing
        subject, object_ = (other, thing) if statement.is_incoming else (thing, other)
        name, end = (self._terms.label(one).value for one in (subject, object_))
        relation = self._terms.relation_text(statement.triple.predicate, end)
        form = self._terms.words["thing-sentence"] if statement.is_incoming else "{relation}"
        return form.format(subject=name, relation=relation)
