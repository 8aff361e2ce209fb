"""Terms as integers, assigned and found by their N-Triples spelling."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from kg.reasoning.rules.patterns import Term

CodedTriple = tuple[int, int, int]

# A term in canonical N-Triples. A term with escapes, a language tag in capitals or an explicit
# xsd:string does not match and is left to a parser.
_CANONICAL: Final = re.compile(
    r"<[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>"
    r"|_:[A-Za-z0-9_](?:[\w.-]*[\w-])?"
    r'|"[^"\\\x00-\x1f\x7f]*"'
    r"(?:@[a-z]+(?:-[a-z0-9]+)*"
    r"|\^\^<(?!http://www\.w3\.org/2001/XMLSchema#string>)"
    r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>)?"
)


class NotCanonical(ValueError):
    """A text that is not a term in canonical N-Triples."""


class TermDictionary:
    """A two-way map of terms and integers: literals are negative, all others positive; 0 is unused.

    Attributes:
        codes: `codes[spelling]` assigns an integer to a new canonical spelling and raises
            `NotCanonical` for any other unknown text.
    """

    def __init__(self) -> None:
        self.codes = _Codes()
        self._by_term: dict[Term, int] = {}
        self._terms: dict[int, Term] = {}

    def encode(self, term: Term) -> int:
        """Return the integer of a term, which a new term gets now."""
        code = self._by_term.get(term)
        if code is None:
            spelling = str(term)
            known = self.codes.get(spelling)
            code = self._by_term[term] = self.codes.make(spelling) if known is None else known
            # After `equate`, the integer decodes to the representative, not to this term.
            if self.spelling(code) == spelling:
                self._terms.setdefault(code, term)
        return code

    @contextmanager
    def forget_new_terms_on_exit(self) -> Iterator[None]:
        """Forget on exit the terms that were first encoded inside the block."""
        codes = self.codes
        names, literals = len(codes.names), len(codes.literals)
        try:
            yield
        finally:
            added = [*range(names, len(codes.names)), *range(-literals, -len(codes.literals), -1)]
            for code in added:
                del codes[self.spelling(code)]
                term = self._terms.pop(code, None)
                if term is not None:
                    self._by_term.pop(term, None)
            del codes.names[names:], codes.literals[literals:]

    def equate(self, code: int, representative: int) -> None:
        """Encode a term as its representative from now on."""
        self.codes[self.spelling(code)] = representative
        self._by_term.pop(self.decode(code), None)

    def encode_triple(self, triple: Triple) -> CodedTriple:
        """Return subject, predicate and object as integers."""
        encode = self.encode
        return encode(triple.subject), encode(triple.predicate), encode(triple.object)  # type: ignore[arg-type]

    def find(self, term: Term) -> int | None:
        """Return the integer of a term, or None if it has none."""
        return self.codes.get(str(term))

    def spelling(self, code: int) -> str:
        """Return the N-Triples spelling of an integer; raise KeyError if it stands for no term."""
        spellings = self.codes.names if code > 0 else self.codes.literals
        if code == 0 or abs(code) >= len(spellings):
            raise KeyError(code)
        return spellings[abs(code)]

    def spellings(self) -> list[str]:
        """Return all spellings, each at its integer as index; those of literals are negative."""
        return self.codes.names + self.codes.literals[:0:-1]

    def decode(self, code: int) -> Term:
        """Return the term of an integer; raise KeyError if it stands for no term."""
        term = self._terms.get(code)
        if term is None:
            term = self._terms[code] = _parse_term(self.spelling(code))
        return term

    def decode_triple(self, codes: CodedTriple) -> Triple:
        """Return the triple of three integers, of which the first two are not literals."""
        subject, predicate, object_ = (self.decode(code) for code in codes)
        return Triple(subject, predicate, object_)  # type: ignore[arg-type]

    def is_iri(self, code: int) -> bool:
        """Return whether the integer stands for an IRI."""
        return code > 0 and self.spelling(code)[0] == "<" != self.spelling(code)[1]


class _Codes(dict[str, int]):
    """A map from spelling to integer that gives a new canonical spelling the next integer."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = [""]
        self.literals: list[str] = [""]

    def __missing__(self, spelling: str) -> int:
        if not _CANONICAL.fullmatch(spelling):
            raise NotCanonical(spelling)
        return self.make(spelling)

    def make(self, spelling: str) -> int:
        is_literal = spelling[0] == '"'
        spellings = self.literals if is_literal else self.names
        code = self[spelling] = -len(spellings) if is_literal else len(spellings)
        spellings.append(spelling)
        return code


def _parse_term(spelling: str) -> Term:
    if spelling.startswith("_:"):
        return BlankNode(spelling[2:])
    if spelling[0] == "<" != spelling[1]:
        return NamedNode(spelling[1:-1])
    line = f"<about:blank> <about:blank> {spelling} ."
    (quad,) = parse(line, format=RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    term: Term = quad.object
    return term
