"""The triples in the patterns of a query or update: subject, property path and object.

What stands around them is followed as far as needed to find them (SPARQL 1.1, section 19.8).
Groups are read without recursion, since a query may nest thousands of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kg.sparql.tokens import SparqlToken, match_brackets

_MODIFIERS: Final = frozenset({"*", "+", "?"})
_BEFORE_GROUPS: Final = frozenset({"OPTIONAL", "MINUS", "UNION", "LATERAL"})
_IRIS: Final = frozenset({"iri", "name"})
_TERMS: Final = _IRIS | {"variable", "blank"}
# Triple terms, reifiers and annotations, in which no path may stand.
_OPAQUE: Final = {"<<": ">>", "<<(": ")>>", "{|": "|}"}
_EXPONENT: Final = re.compile(r"[eE]\d*")


class NotReadable(Exception):
    """The grammar of triples does not allow the tokens here."""


@dataclass(frozen=True)
class Path:
    """A property path, with its text.

    Its kind is `verb` (an IRI, `a` or a variable), `^`, `/`, `|`, `!`, or a modifier: `*`, `+` or
    `?`. The parts of `!` are verbs and inverse verbs.
    """

    kind: str
    text: str
    parts: tuple["Path", ...] = ()


@dataclass(frozen=True)
class Node:
    """A subject or object, with its text.

    Its kind is `iri`, `literal`, `variable`, `blank`, `<<`, or a bracket: `[` with the properties
    in it, `(` with one property for each member.
    """

    kind: str
    text: str
    inner: tuple["PropertyObject", ...] = ()


@dataclass(frozen=True)
class PropertyObject:
    """A path to an object; `annotation` is the text of reifiers and annotations after it."""

    path: Path
    object: Node
    annotation: str = ""


@dataclass(frozen=True)
class SameSubject:
    """Triples with the same subject, and the offsets between which they stand."""

    subject: Node
    properties: tuple[PropertyObject, ...]
    start: int
    end: int


def read_triples(text: str, tokens: Iterable[SparqlToken]) -> Iterator[SameSubject]:
    """Yield the triples of all patterns, but of templates and SERVICE, in the order of the text.

    Raises NotReadable or LookupError for what is malformed.
    """
    return _Reader(text, [*_without_full_stops(tokens)]).read()


def _without_full_stops(tokens: Iterable[SparqlToken]) -> Iterator[SparqlToken]:
    """Split the full stops that end triples from the names before them."""
    for token in tokens:
        name = token.text.rstrip(".")
        if token.kind not in ("name", "blank") or name == token.text or name.endswith("\\"):
            yield token
        else:
            yield SparqlToken(token.kind, name, token.offset)
            yield SparqlToken("mark", ".", token.offset + len(name))


class _Reader:
    """Reads tokens from an index on."""

    def __init__(self, text: str, tokens: Sequence[SparqlToken]) -> None:
        self._text, self._tokens, self._index = text, tokens, 0
        self._closing = match_brackets(tokens)
        self._end = SparqlToken("end", "", len(text))

    @property
    def _token(self) -> SparqlToken:
        return self._tokens[self._index] if self._index < len(self._tokens) else self._end

    def read(self) -> Iterator[SameSubject]:
        """Read all tokens, and yield the triples in groups."""
        # What is open: groups, and between them what is only searched for groups, up to an index.
        open_parts: list[int | None] = [len(self._tokens)]
        while self._index < len(self._tokens):
            until, token = open_parts[-1], self._token
            if until is not None and self._index >= until:
                open_parts.pop()
                self._index += until != len(self._tokens) and token.text == ")"
            elif token.keyword in ("VALUES", "SERVICE") or self._begins_template():
                self._index = self._closing[self._find("{")] + 1
            elif token.text == "{":
                self._index += 1
                open_parts.append(None)
                if self._token.keyword == "SELECT":
                    open_parts.append(self._closing[self._index - 1])
            elif until is not None:
                self._index += 1
            elif token.text == "}":
                self._index += 1
                open_parts.pop()
            elif self._begins_triples():
                yield self._same_subject()
            elif (end := self._end_of_expression()) is not None:
                open_parts.append(end)

    def _begins_triples(self) -> bool:
        """Pass over what stands before a group or between triples; whether triples come next."""
        token = self._token
        is_before = token.text == "." or token.keyword in _BEFORE_GROUPS
        self._index += 2 if token.keyword == "GRAPH" else is_before
        return not (is_before or token.keyword in ("GRAPH", "FILTER", "BIND"))

    def _end_of_expression(self) -> int | None:
        """Enter the parentheses of a FILTER or BIND and return their end; None before EXISTS."""
        if self._token.keyword not in ("FILTER", "BIND"):
            return None
        self._index = self._find("(", "{")
        if self._token.text == "{":
            return None
        self._index += 1
        return self._closing[self._index - 1]

    def _begins_template(self) -> bool:
        """Whether this and what follows is a template or data, which has no patterns."""
        tokens = self._tokens[self._index : self._index + 2]
        following = [token.keyword or token.text for token in tokens]
        if following[:1] == ["CONSTRUCT"]:
            return following[1:2] == ["{"]
        return following[:1] in (["INSERT"], ["DELETE"]) and following[1:2] in (["{"], ["DATA"])

    def _find(self, *texts: str) -> int:
        index = self._index
        while self._tokens[index].text not in texts:
            index += 1
        return index

    def _same_subject(self) -> SameSubject:
        start = self._token.offset
        subject = self._node()
        properties = self._properties() if self._begins_path() else ()
        if not properties and subject.kind not in ("[", "(", "<<"):
            raise NotReadable
        return SameSubject(subject, properties, start, self._tokens[self._index - 1].end)

    def _properties(self) -> tuple[PropertyObject, ...]:
        found: list[PropertyObject] = []
        while self._begins_path():
            path = self._path()
            found.append(self._property_object(path))
            while self._take(","):
                found.append(self._property_object(path))
            while self._take(";"):
                pass
        return tuple(found)

    def _property_object(self, path: Path) -> PropertyObject:
        node, start = self._node(), self._token.offset
        while self._token.text in ("~", "{|"):
            if self._take("~"):
                if self._token.kind in _TERMS:
                    self._index += 1
            else:
                self._skip_opaque()
        end = self._tokens[self._index - 1].end
        return PropertyObject(path, node, self._text[start:end])

    def _take(self, text: str) -> bool:
        is_there = self._token.text == text
        self._index += is_there
        return is_there

    def _node(self) -> Node:
        first, start = self._token, self._index
        kind, inner = "literal", tuple[PropertyObject, ...]()
        if first.kind in _TERMS:
            kind = "iri" if first.kind in _IRIS else first.kind
            self._index += 1
        elif first.kind == "string":
            self._index += 1
            if self._take("^^") or self._token.kind == "language":
                self._index += 1
        elif first.keyword in ("TRUE", "FALSE"):
            self._index += 1
        elif first.text in _OPAQUE:
            kind = "<<"
            self._skip_opaque()
        elif self._take("["):
            kind, inner = "[", self._properties()
            self._expect("]")
        elif self._take("("):
            kind, inner = "(", self._members()
        else:
            self._number()
        return Node(kind, self._slice(start), inner)

    def _members(self) -> tuple[PropertyObject, ...]:
        members: list[PropertyObject] = []
        while not self._take(")"):
            members.append(PropertyObject(Path("verb", ""), self._node()))
        return tuple(members)

    def _number(self) -> None:
        if self._token.text in ("+", "-"):
            self._index += 1
        if self._token.kind != "number":
            raise NotReadable
        self._index += 1
        before = self._tokens[self._index - 1]
        if self._token.offset == before.end and _EXPONENT.fullmatch(self._token.text):
            has_digits = len(self._token.text) > 1
            self._index += 1 if has_digits else 3

    def _skip_opaque(self) -> None:
        closing, depth = _OPAQUE[self._token.text], 0
        opening = self._token.text
        while True:
            text = self._tokens[self._index].text
            depth += (text == opening) - (text == closing)
            self._index += 1
            if depth == 0:
                return

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise NotReadable

    def _slice(self, start: int) -> str:
        """Return the text from the token of an index to the last one that was read."""
        return self._text[self._tokens[start].offset : self._tokens[self._index - 1].end]

    def _begins_path(self) -> bool:
        token = self._token
        is_verb = token.kind in _IRIS or token.kind == "variable" or token.text == "a"
        return is_verb or token.text in ("^", "!", "(")

    def _path(self) -> Path:
        if self._token.kind == "variable":
            self._index += 1
            return Path("verb", self._tokens[self._index - 1].text)
        return self._several("|")

    def _several(self, mark: str) -> Path:
        """Read an alternative or a sequence, or the only part that stands in place of one."""
        start, parts = self._index, list[Path]()
        while not parts or self._take(mark):
            parts.append(self._several("/") if mark == "|" else self._element())
        return parts[0] if len(parts) == 1 else Path(mark, self._slice(start), tuple(parts))

    def _element(self) -> Path:
        start = self._index
        is_inverse = self._take("^")
        path = self._with_modifier()
        return Path("^", self._slice(start), (path,)) if is_inverse else path

    def _with_modifier(self) -> Path:
        start = self._index
        path = self._primary()
        following = self._tokens[self._index + 1 : self._index + 2]
        # `p +5` is a verb with a number.
        is_sign = self._token.text == "+" and any(
            one.kind == "number" and one.offset == self._token.end for one in following
        )
        if self._token.text not in _MODIFIERS or is_sign:
            return path
        self._index += 1
        return Path(self._tokens[self._index - 1].text, self._slice(start), (path,))

    def _primary(self) -> Path:
        start, token = self._index, self._token
        if token.kind in _IRIS or token.text == "a":
            self._index += 1
            return Path("verb", token.text)
        if self._take("("):
            path = self._several("|")
            self._expect(")")
            return Path(path.kind, self._slice(start), path.parts)
        self._expect("!")
        steps = [self._step()] if self._token.text != "(" else self._steps()
        return Path("!", self._slice(start), tuple(steps))

    def _steps(self) -> list[Path]:
        """Read the verbs in the parentheses of a negated property set."""
        self._expect("(")
        steps = list[Path]()
        while not self._take(")"):
            if steps:
                self._expect("|")
            steps.append(self._step())
        return steps

    def _step(self) -> Path:
        start = self._index
        is_inverse = self._take("^")
        if self._token.kind not in _IRIS and self._token.text != "a":
            raise NotReadable
        self._index += 1
        verb = Path("verb", self._tokens[self._index - 1].text)
        return Path("^", self._slice(start), (verb,)) if is_inverse else verb
