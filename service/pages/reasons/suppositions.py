"""A supposition as people write it: in an address or a form, with statements of three terms.

A term is a CURIE, an IRI between `<` and `>`, a literal as in N-Triples, or any other name.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import quote, urlencode

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import KgError, MalformedParameter
from kg.namespaces import expand, shorten
from kg.sparql.tokens import tokenize
from kg.store.saved_queries import parse_term

_STATEMENT: Final = re.compile(r"(<[^<>]*>|\S+)\s+(<[^<>]*>|\S+)\s+(\S.*?)(?:\s+\.)?", re.DOTALL)
_EXPECTED: Final = "expected a subject, a predicate and an object with spaces between them"
ADD, REMOVE = "add", "remove"
# The parameters that name the terms of one statement.
FIELDS: Final = ("subject", "predicate", "object")


@dataclass(frozen=True, kw_only=True)
class Supposition:
    """The fields of the form: statements to remove and to add, an update, and a question.

    `subject`, `predicate` and `object` are those of one more statement, which `change` says to add
    or to remove. `view` and `world` are names.
    """

    removals: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    update: str = ""
    query: str = ""
    view: str = ""
    world: str = ""
    change: str = ""
    subject: str = ""
    predicate: str = ""
    object: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return not (self.removals or self.additions or self.update.strip())

    @property
    def statement(self) -> tuple[str, str, str]:
        """The terms of the one more statement."""
        return self.subject.strip(), self.predicate.strip(), self.object.strip()

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The parameters of an address that holds all but the one more statement."""
        pairs = [(REMOVE, text) for text in self.removals]
        pairs += [(ADD, text) for text in self.additions]
        others = ("update", "query", "view", "world")
        return pairs + [(name, value) for name in others if (value := getattr(self, name))]

    @property
    def address(self) -> str:
        """The path that computes the outcome, or shows the form if nothing is supposed."""
        parameters = urlencode(self.fields, quote_via=quote, safe=":/")
        return f"/whatif?{parameters}" if parameters else "/whatif"


def write_statement(triple: Triple) -> str:
    """Return the three terms of a triple that `is_nameable`, as in an address."""
    return " ".join(map(write_term, (triple.subject, triple.predicate, triple.object)))


def write_term(term: object) -> str:
    """Return a CURIE, or else an IRI between `<` and `>`, or a literal as in N-Triples."""
    if not isinstance(term, NamedNode):
        return str(term)
    short = shorten(term.value)
    return short if short != term.value else str(term)


def is_nameable(triple: Triple) -> bool:
    """Return whether `write_statement` can write a triple such that it is read as the same."""
    if isinstance(triple.subject, BlankNode | Triple) or isinstance(triple.object, BlankNode):
        return False
    is_one_line = isinstance(triple.object, Literal) and triple.object.value.isprintable()
    return is_one_line or isinstance(triple.object, NamedNode)


def split_statement(parameter: str, text: str) -> tuple[str, str, str]:
    """Return the three terms of a statement as they are written; only the last may have spaces.

    Raises MalformedParameter if there are fewer.
    """
    found = _STATEMENT.fullmatch(text.strip())
    if found is None:
        raise MalformedParameter(parameter, f"{_EXPECTED}, got '{text[:80]}'")
    return found[1], found[2], found[3]


def read_statement(text: str) -> Triple | None:
    """Return the triple of a statement, or None if a term is neither CURIE, IRI nor literal."""
    with suppress(KgError):
        subject, predicate, object_ = split_statement("statement", text)
        term = (
            parse_term("object", object_, "a literal", lambda name, _: expand(name))
            if object_[0] == '"'
            else expand(object_)
        )
        return Triple(expand(subject), expand(predicate), term)
    return None


def write_update(removals: Sequence[str], additions: Sequence[str], update: str) -> str:
    """Return an update, followed by the removal and the addition of data.

    `removals` and `additions` have what stands in the blocks of SPARQL Update.
    """
    last = [*tokenize(update)][-1:]
    end = "\n;" if last and last[0].text == "}" else "\n"
    blocks = [
        f"{word} DATA {{ {' '.join(data)} }}"
        for word, data in (("DELETE", removals), ("INSERT", additions))
        if data
    ]
    return "\n".join(
        filter(None, [update and f"{update}{end if blocks else ''}", " ;\n".join(blocks)])
    )
