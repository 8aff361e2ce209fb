"""Rewrite property paths of which the engine finds other solutions than the standard says.

The engine takes the solutions of `p|q` as a set, and finds a path of length zero only from terms of
the data. So an alternative becomes a UNION, which keeps duplicates, and a path of length zero from
a term a row of its own (SPARQL 1.1, sections 18.2.2.3, 18.2.2.4 and 18.4). What stands below `*`,
`+` or `?` is a set anyway.
"""

import re
import sys
from collections.abc import Collection, Generator, Iterator, Sequence
from itertools import count, pairwise
from typing import Final

from kg.errors import LimitExceeded
from kg.namespaces import RDF
from kg.sparql.tokens import SparqlToken, tokenize
from kg.sparql.triples import (
    Node,
    NotReadable,
    Path,
    PropertyObject,
    SameSubject,
    read_triples,
)

_MAY_DIFFER: Final = re.compile(r"(?<!\|)\|(?![|}])|\*|\?(?!\w)")
# A path is written once for each of its objects.
_MAX_CHARACTERS: Final = 1_000_000
_TERMS: Final = frozenset({"iri", "literal"})


def rewrite_paths(text: str, missed: Collection[str] = _TERMS) -> str:
    """Return the text with other patterns for such paths, or as it is if it has none.

    `missed` are the kinds of terms, of "iri" and "literal", at which the engine misses a path of
    length zero: Virtuoso misses none at an IRI, and has no UNION with a path that is repeated.
    A malformed text is returned as it is: the engine says what is wrong with it. Raises
    LimitExceeded for a long path with very many objects, and for paths nested too deeply.
    """
    if not _MAY_DIFFER.search(text):
        return text
    tokens = list(tokenize(text))
    try:
        found = list(read_triples(text, tokens))
    except (LookupError, NotReadable):
        return text
    except RecursionError as error:
        # Nothing else has this mark, so no other query is refused.
        if all(token.text != "|" for token in tokens):
            return text
        depth = sys.getrecursionlimit()
        raise LimitExceeded("calls for nested paths", depth, "Nest paths less deeply") from error
    writer = _Writer(_unused_name(text), missed, is_wrapped=_has_inner_star(tokens))
    if not any(map(writer.differs, found)):
        return text
    if sum(len(path.text) for one in found for _, path, _ in _steps(one)) > _MAX_CHARACTERS:
        remedy = "Give the path one variable as its object, and the objects as its VALUES"
        raise LimitExceeded("characters of paths, each counted per object", _MAX_CHARACTERS, remedy)
    parts, start = list[str](), 0
    for triples in found:
        if writer.differs(triples) or _has_label(triples):
            parts += [text[start : triples.start], writer.write(triples)]
            start = triples.end
    return "".join([*parts, text[start:]])


def _unused_name(text: str) -> str:
    """Return the beginning of a name that no variable of the text has."""
    names = map("path{}_".format, count())
    return next(name for name in names if name not in text)


def _has_inner_star(tokens: list[SparqlToken]) -> bool:
    """Whether a `*` stands for the variables in scope, in which new ones would be."""
    return any(
        one.text == "*" and before.keyword in ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
        for before, one in pairwise(tokens)
    )


def _has_label(triples: SameSubject) -> bool:
    """Whether it has the label of a blank node, which may stand in one group only."""
    return any("blank" in (start.kind, end.kind) for start, _, end in _steps(triples))


def _steps(triples: SameSubject) -> Iterator[tuple[Node, Path, Node]]:
    """Yield all subjects, paths and objects, those in brackets too."""
    waiting = [(triples.subject, triples.properties)]
    for subject, properties in waiting:  # grows meanwhile
        if subject.inner:
            waiting.append((Node("variable", ""), subject.inner))
        for one in properties:
            yield subject, one.path, one.object
            waiting.append((one.object, ()))


def _may_be_empty(path: Path) -> bool:
    """Whether a path has length zero at a term in no triple: a sequence needs terms of triples."""
    match path.kind:
        case "*" | "?":
            return True
        case "|":
            return any(map(_may_be_empty, path.parts))
        case "+" | "^":
            return _may_be_empty(path.parts[0])
        case _:
            return False


class _Writer:
    """Writes triples as patterns of the same solutions; new variables have names of their own."""

    def __init__(self, unused: str, missed: Collection[str], *, is_wrapped: bool) -> None:
        self._new = (Node("variable", f"?{unused}{number}") for number in count())
        self._missed = missed
        self._is_wrapped, self._labels = is_wrapped, dict[str, Node]()
        # The variables of the text, and those of labels.
        self._seen: dict[str, None] = {}

    def differs(self, triples: SameSubject) -> bool:
        """Whether the engine finds other solutions of the triples."""
        return any(self._path_differs(path, start, end) for start, path, end in _steps(triples))

    def _path_differs(self, path: Path, start: Node | None, end: Node | None) -> bool:
        """Whether the engine finds other solutions; within a sequence, the nodes are None."""
        match path.kind:
            case "|":
                return True
            case "^":
                return self._path_differs(path.parts[0], end, start)
            case "/":
                first, last = path.parts[0], path.parts[-1]
                return (
                    self._path_differs(first, start, None)
                    or self._path_differs(last, None, end)
                    or any(self._path_differs(one, None, None) for one in path.parts[1:-1])
                )
            case "!":
                return len({one.kind for one in path.parts}) > 1
            case _:
                return _may_be_empty(path) and (self._is_missed(start) or self._is_missed(end))

    def _is_missed(self, node: Node | None) -> bool:
        return node is not None and node.kind in self._missed

    def write(self, triples: SameSubject) -> str:
        """Return patterns in place of these triples."""
        self._seen = {}
        patterns = self._properties(triples.subject, triples.properties)
        # A full stop may follow in the text.
        text = " ".join(patterns).removesuffix(" .")
        if not self._is_wrapped:
            return text
        selected = " ".join(self._seen) or f"(1 AS {next(self._new).text})"
        return f"{{ SELECT {selected} {{ {text} }} }}"

    def _properties(
        self, node: Node, properties: Sequence[PropertyObject]
    ) -> Generator[str, None, Node]:
        """Yield patterns for the properties, and for those in the brackets of the node."""
        subject = yield from self._variable(node)
        for one in properties:
            if one.path.text.startswith(("?", "$")):
                self._seen[one.path.text] = None
            end = yield from self._properties(one.object, ())
            if one.annotation:
                yield f"{subject.text} {one.path.text} {end.text} {one.annotation} ."
            else:
                yield self._pattern(subject, one.path, end)
        return subject

    def _variable(self, node: Node) -> Generator[str, None, Node]:
        """Return what stands for a node: a new variable for a blank node or a list."""
        if node.kind == "[":
            return (yield from self._properties(next(self._new), node.inner))
        if node.kind == "(":
            return (yield from self._list(node.inner))
        if node.kind == "blank":
            node = self._labels.setdefault(node.text, next(self._new))
        if node.kind == "variable":
            self._seen[node.text] = None
        return node

    def _list(self, members: Sequence[PropertyObject]) -> Generator[str, None, Node]:
        rest = Node("iri", f"<{RDF}nil>")
        for one in reversed(members):
            member = yield from self._properties(one.object, ())
            cell = next(self._new)
            yield f"{cell.text} <{RDF}first> {member.text} ; <{RDF}rest> {rest.text} ."
            rest = cell
        return rest

    def _pattern(self, start: Node, path: Path, end: Node) -> str:
        """Return a pattern for a path between two nodes."""
        if not self._path_differs(path, start, end):
            return f"{start.text} {path.text} {end.text} ."
        match path.kind:
            case "|":
                return _union([self._pattern(start, one, end) for one in path.parts])
            case "^":
                return self._pattern(end, path.parts[0], start)
            case "/":
                between = [start, *(next(self._new) for _ in path.parts[1:]), end]
                steps = zip(pairwise(between), path.parts, strict=True)
                return " ".join(self._pattern(left, one, right) for (left, right), one in steps)
            case "!":
                ways = (
                    "|".join(one.text for one in path.parts if one.kind == kind)
                    for kind in ("verb", "^")
                )
                return _union([f"{start.text} !({one}) {end.text} ." for one in ways])
            case _:
                return self._with_zero_length(start, path, end)

    def _with_zero_length(self, start: Node, path: Path, end: Node) -> str:
        """Return a pattern for a path at a term, which its length of zero leads to itself."""
        same = f"sameTerm({start.text}, {end.text})"
        longer = f"{start.text} {path.text} {end.text} FILTER (!{same})"
        if {start.kind, end.kind} <= _TERMS:
            return _union((longer, f"FILTER ({same})"))
        term, variable = (start, end) if start.kind in _TERMS else (end, start)
        return _union((longer, f"VALUES {variable.text} {{ {term.text} }}"))


def _union(patterns: Sequence[str]) -> str:
    """Return the UNION of patterns, in halves: the engine plans a long list in quadratic time."""
    if len(patterns) == 1:
        return patterns[0]
    middle = len(patterns) // 2
    return f"{{ {_union(patterns[:middle])} }} UNION {{ {_union(patterns[middle:])} }}"
