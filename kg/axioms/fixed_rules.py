"""Rules that a specification gives once for all ontologies, written as it writes them."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Variable

from kg.namespaces import expand
from kg.reasoning.rules.patterns import Atom, Filter
from kg.reasoning.rules.rule import Rule


@dataclass(frozen=True)
class FixedRule:
    """A rule whose head and body are triples with CURIEs, `?x` and ` . ` between them.

    An empty head is a contradiction; an empty body makes the head an axiomatic triple.
    """

    name: str
    head: str
    body: str
    english: str
    chinese: str
    filters: tuple[Filter, ...] = ()

    def rule(self, specification: str) -> Rule:
        """The rule, neutral, its source the specification and the name there."""
        return Rule(
            name=self.name,
            head=tuple(_atoms(self.head)),
            body=tuple(_atoms(self.body)),
            filters=self.filters,
            sentence={"en": self.english, "zh": self.chinese},
            source=f"{specification} {self.name}",
        )


def _atoms(text: str) -> Iterator[Atom]:
    for triple in filter(None, text.split(" . ")):
        subject, predicate, object_ = map(_slot, triple.split())
        yield Atom(subject, predicate, object_)


def _slot(text: str) -> NamedNode | Variable:
    return Variable(text[1:]) if text.startswith("?") else expand(text)
