"""Terms as integers and back, by their spelling in N-Triples."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from kg.reasoning.rules.patterns import Term

Codes = tuple[int, int, int]


# A term in the one spelling that N-Triples' canonical form has for it; what has escapes, a
# language tag in capitals or an explicit xsd:string is left to a parser.
_CANONICAL: Final = re.compile(
    r"<[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>"
    r"|_:[A-Za-z0-9_](?:[\w.-]*[\w-])?"
    r'|"[^"\\\x00-\x1f\x7f]*"'
    r"(?:@[a-z]+(?:-[a-z0-9]+)*"
    r"|\^\^<(?!http://www\.w3\.org/2001/XMLSchema#string>)"
    r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>)?"
)


class _Codes(dict[str, int]):
    """Spelling -> integer; a new canonical spelling gets the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = [""]
        self.literals: list[str] = [""]

    def __missing__(self, spelling: str) -> int:
        if not _CANONICAL.fullmatch(spelling):
            raise NotCanonical(spelling)
        return self.make(spelling)

    def make(self, spelling: str) -> int:
        """A new integer."""
        if spelling[0] == '"':
            code = -len(self.literals)
            self.literals.append(spelling)
        else:
            code = len(self.names)
            self.names.append(spelling)
        self[spelling] = code
        return code


class NotCanonical(ValueError):
    """A text that is no term in N-Triples' canonical form."""


class Vocabulary:
    """Terms as integers: literals below zero, all others above; 0 is none."""

    def __init__(self) -> None:
        # Indexed by a canonical spelling, it makes the integer of a new term; indexed by any
        # other text, it raises `NotCanonical`.
        self.codes = _Codes()
        self._by_term: dict[Term, int] = {}
        self._terms: dict[int, Term] = {}

    def encode(self, term: Term) -> int:
        """The integer of this term, a new one if it is new."""
        code = self._by_term.get(term)
        if code is None:
            spelling = str(term)
            known = self.codes.get(spelling)
            code = self._by_term[term] = self.codes.make(spelling) if known is None else known
            # What is encoded as another term is not what the integer stands for.
            if self.spelling(code) == spelling:
                self._terms.setdefault(code, term)
        return code

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """The terms that are new inside are forgotten at the end."""
        codes = self.codes
        names, literals = len(codes.names), len(codes.literals)
        try:
            yield
        finally:
            made = [*range(names, len(codes.names)), *range(-literals, -len(codes.literals), -1)]
            for code in made:
                del codes[self.spelling(code)]
                term = self._terms.pop(code, None)
                if term is not None:
                    self._by_term.pop(term, None)
            del codes.names[names:], codes.literals[literals:]

    def equate(self, code: int, representative: int) -> None:
        """Lets a term be encoded as another one from now on."""
        spelling = self.spelling(code)
        self.codes[spelling] = representative
        self._by_term.pop(self.decode(code), None)

    def encode_triple(self, triple: Triple) -> Codes:
        """Subject, predicate and object as integers."""
        encode = self.encode
        return encode(triple.subject), encode(triple.predicate), encode(triple.object)  # type: ignore[arg-type]

    def find(self, term: Term) -> int | None:
        """The integer of this term, if it has one."""
        return self.codes.get(str(term))

    def spelling(self, code: int) -> str:
        """The term of this integer as N-Triples writes it.

        Raises:
            KeyError: no term has this integer.
        """
        known = self.codes.names if code > 0 else self.codes.literals
        if code == 0 or abs(code) >= len(known):
            raise KeyError(code)
        return known[abs(code)]

    def spellings(self) -> list[str]:
        """All of them, each at its integer: those of literals from the end."""
        return self.codes.names + self.codes.literals[:0:-1]

    def decode(self, code: int) -> Term:
        """The term of this integer.

        Raises:
            KeyError: no term has it.
        """
        term = self._terms.get(code)
        if term is None:
            term = self._terms[code] = _term(self.spelling(code))
        return term

    def decode_triple(self, codes: Codes) -> Triple:
        """The triple of these three integers, the first two no literals."""
        subject, predicate, object_ = (self.decode(code) for code in codes)
        return Triple(subject, predicate, object_)  # type: ignore[arg-type]

    def is_iri(self, code: int) -> bool:
        """Whether the integer stands for an IRI."""
        return code > 0 and self.spelling(code)[0] == "<" != self.spelling(code)[1]


def _term(spelling: str) -> Term:
    if spelling.startswith("_:"):
        return BlankNode(spelling[2:])
    if spelling[0] == "<" != spelling[1]:
        return NamedNode(spelling[1:-1])
    line = f"<about:blank> <about:blank> {spelling} ."
    (quad,) = parse(line, format=RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    term: Term = quad.object
    return term
