"""Give equal literals one spelling, so that triples match by value.

"1", "01" and "1.0" (an integer twice, and a decimal) are one value. For whole numbers the canonical
integer stands for all of them, for strings of any datatype the plain literal, and else the spelling
that is met first.
"""

import re
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import RDF, XSD
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.rules.datatypes import KNOWN_DATATYPES, value_of
from kg.reasoning.rules.patterns import Term

_PLAIN_LITERAL: Final = RDF["PlainLiteral"]
# A text and a language tag, which may be empty. Source: rdf:PlainLiteral, section 3.
_PLAIN: Final = re.compile(r"(.*)@([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)?", re.DOTALL)
_CANONICAL_INTEGER: Final = re.compile(rf'"(?:0|-?[1-9][0-9]*)"\^\^<{XSD["integer"].value}>')
# A literal in N-Triples without escapes.
_TYPED: Final = re.compile(r'"([^"\\]*)"\^\^<([^>\\]*)>')


class ValueSpellings:
    """The first spelling of each value."""

    def __init__(self) -> None:
        self._spellings: dict[tuple[str, Any], Literal] = {}
        self.ill_typed: list[int] = []

    def canonical(self, term: Term) -> Term:
        """Return the literal that stands for the value of this one; any other term as it is."""
        if not isinstance(term, Literal):
            return term
        plain = _PLAIN.fullmatch(term.value) if term.datatype == _PLAIN_LITERAL else None
        if plain is not None:
            text, language = plain.groups()
            term = Literal(text, language=language) if language else Literal(text)
        value = value_of(term) if term.datatype in KNOWN_DATATYPES else None
        return self._spelling_of(value, term)

    def _spelling_of(self, value: tuple[str, Any] | None, term: Literal) -> Literal:
        if value is None or value[1] is None:
            return term
        if value[0] == "string":
            return Literal(value[1])
        if value[0] == "langString":
            return Literal(value[1][0], language=value[1][1])
        if value[0] == "decimal" and (whole := value[1].to_integral_value()) == value[1]:
            # Zero may have a sign here, and Python converts no integer of more than 4,300 digits.
            return Literal(f"{whole:f}" if whole else "0", datatype=XSD["integer"])
        return self._spellings.setdefault(value, term)

    def unify(self, assertions: Assertions) -> None:
        """Replace literals in the assertions; collect those that are not in their datatype."""
        vocabulary, replaced = assertions.vocabulary, dict[int, int]()
        ill_typed = set[int]()
        for index in range(1, len(vocabulary.codes.literals)):
            if _stands_for_itself(vocabulary.spelling(-index)):
                continue
            term = _decode(vocabulary, -index)
            if term.datatype in KNOWN_DATATYPES and term.datatype != _PLAIN_LITERAL:
                value = value_of(term)
                if value is None:
                    ill_typed.add(-index)
                canonical: Term = self._spelling_of(value, term)
            else:
                canonical = self.canonical(term)
            if canonical is not term:
                code = vocabulary.encode(canonical)
                if code != -index:
                    replaced[-index] = code
        self.ill_typed = sorted(ill_typed)
        if not replaced:
            return
        for _, objects in assertions.columns.values():
            objects[:] = [replaced.get(code, code) for code in objects]


def triples_with(assertions: Assertions, literal: int) -> list[CodedTriple]:
    """Return the assertions whose object is this literal."""
    return [
        (subject, predicate, object_)
        for predicate, columns in assertions.columns.items()
        for subject, object_ in zip(*columns, strict=True)
        if object_ == literal
    ]


def _stands_for_itself(spelling: str) -> bool:
    """Return whether a literal is the one that stands for its value, for the most common kinds.

    These are integers, texts without datatype, and texts with a language in lower case.
    """
    if spelling.endswith(">"):
        return _CANONICAL_INTEGER.fullmatch(spelling) is not None
    after_text = spelling[spelling.rindex('"') + 1 :]
    return not after_text or after_text.islower()


def _decode(vocabulary: TermDictionary, code: int) -> Literal:
    spelling = vocabulary.spelling(code)
    match = _TYPED.fullmatch(spelling)
    if match and match[2] != XSD["string"].value:
        return Literal(match[1], datatype=NamedNode(match[2]))
    term = vocabulary.decode(code)
    if not isinstance(term, Literal):
        raise TypeError(f"{spelling} is not a literal")
    return term
