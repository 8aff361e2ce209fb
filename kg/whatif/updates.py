"""SPARQL Update -> quads to add and to remove, in order.

Each operation is run by the engine on an empty store of its own, one that deletes as one that
inserts. What may be run is decided before, since the engine would also fetch what LOAD names.
rdflib's parser is no way: it takes 9 s for 3,000 triples, and four times that for twice as many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Store

from kg.errors import MalformedPatch, RefusedPatch
from kg.store.query import FORMS, Token, check_nesting, position, tokens
from kg.store.syntax_errors import mistake

_DATA: Final = {"INSERT": True, "DELETE": False}
_OTHERS: Final = frozenset({"LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_IRI: Final = ("iri", "an IRI between '<' and '>'")
_DECLARED: Final = {
    "PREFIX": (("name", "a prefix that ends in ':'"), _IRI),
    "BASE": (_IRI,),
    "VERSION": (("string", "a version in quotation marks"),),
}
_ALLOWED: Final = "INSERT DATA and DELETE DATA"


@dataclass(frozen=True)
class _Operation:
    """INSERT DATA or DELETE DATA: its place in the text, and those of what is declared for it."""

    adds: bool
    place: slice
    declarations: tuple[slice, ...]


def read_update(
    text: str, prefixes: Mapping[str, str], max_operations: int
) -> Iterator[tuple[bool, list[Quad]]]:
    """Of each operation, whether it adds, and its quads; its blank nodes have fresh names.

    Args:
        text: operations divided by `;`, each with as many PREFIX and BASE before it as it likes.
        prefixes: known without being declared.
        max_operations: more are not read.

    Raises:
        MalformedPatch: no SPARQL Update; with line and column.
        RefusedPatch: an operation that is neither INSERT DATA nor DELETE DATA; likewise.
        LimitExceeded: nested so deep that the engine would overflow its stack.
    """
    check_nesting(text)
    for number, operation in enumerate(_operations(text)):
        if number == max_operations:
            raise RefusedPatch(f"it has more than {max_operations:,} operations")
        yield operation.adds, _quads(text, operation, prefixes)


def is_update(text: str) -> bool:
    """Whether the text begins as SPARQL Update does, and as no RDF syntax."""
    words = (token.text.upper() for token in tokens(text) if token.kind == "word")
    first = next((word for word in words if word not in _DECLARED), "")
    return first in _DATA or first in _OTHERS


def _operations(text: str) -> Iterator[_Operation]:
    found = list(tokens(text))
    declarations: dict[str, slice] = {}
    index = 0
    while index < len(found):
        word = _word(found, index)
        if word in _DECLARED:
            end = _end_of_declaration(text, found, index)
            place = _place(found, index, end)
            # Declared again, it counts from here on.
            declarations.pop(text[place], None)
            declarations[text[place]] = place
        else:
            _refuse_all_but_data(text, found, index)
            end = _end_of_block(found, index + 2)
            place = _place(found, index, end)
            yield _Operation(_DATA[word], place, tuple(declarations.values()))
            if end < len(found) and found[end].text != ";":
                raise _unexpected(text, found[end], "';' or the end of the text")
            end += 1
        index = end


def _refuse_all_but_data(text: str, found: Sequence[Token], index: int) -> None:
    """Refuse what is not `INSERT DATA {` or `DELETE DATA {`."""
    word, after = _word(found, index), _word(found, index + 1)
    here = position(text, found[index].offset)
    if word in _DATA and after != "DATA":
        reason = f"{word} without DATA asks what holds; a patch has only {_ALLOWED}"
        raise RefusedPatch(reason, *here)
    if word in _OTHERS:
        raise RefusedPatch(f"{word} is not run here; a patch has only {_ALLOWED}", *here)
    if word in FORMS:
        raise RefusedPatch(f"{word} is a query; a patch has only {_ALLOWED}", *here)
    if word not in _DATA:
        raise _unexpected(text, found[index], "INSERT DATA, DELETE DATA, PREFIX or BASE")
    if index + 2 >= len(found):
        raise MalformedPatch("the text ends after DATA; expected '{'", *here)
    if found[index + 2].text != "{":
        raise _unexpected(text, found[index + 2], "'{'")


def _end_of_declaration(text: str, found: Sequence[Token], index: int) -> int:
    """The index after PREFIX, BASE or VERSION and exactly what belongs to it.

    The engine needs no blank after a keyword: where the empty prefix is declared, `LOAD:x` is an
    operation to it, and a name to `tokens`.
    """
    end = index + 1
    for kind, what in _DECLARED[_word(found, index)]:
        if end == len(found):
            reason = f"found the end of the text, expected {what}"
            raise MalformedPatch(reason, *position(text, len(text.rstrip())))
        token = found[end]
        if token.kind != kind or (kind == "name" and token.text.find(":") + 1 < len(token.text)):
            raise _unexpected(text, token, what)
        end += 1
    return end


def _end_of_block(found: Sequence[Token], index: int) -> int:
    """The index after the bracket that closes the one at this index."""
    depth = 0
    for end in range(index, len(found)):
        depth += (found[end].text == "{") - (found[end].text == "}")
        if not depth:
            return end + 1
    return len(found)


def _quads(text: str, operation: _Operation, prefixes: Mapping[str, str]) -> list[Quad]:
    def run(update: str) -> list[Quad]:
        store = Store()
        store.update(update, prefixes=dict(prefixes))
        return list(store)

    places = [*operation.declarations, operation.place]
    own = "\n".join(text[place] for place in places)
    try:
        if operation.adds:
            return run(own)
        # As it stands it deletes nothing, but the engine says what must not stand in it.
        run(own)
        start = len(own) - len(text[operation.place])
        return run(f"{own[:start]}INSERT{own[start + len('DELETE') :]}")
    except SyntaxError:
        alone = _alone(text, places)
        try:
            run(alone)
        except SyntaxError as error:
            raise MalformedPatch(*mistake(alone, error, run, prefixes)) from error
        raise


def _alone(text: str, places: Sequence[slice]) -> str:
    """The text with blanks for all that does not stand at these places: none of them moves."""
    alone = [sign if sign in "\r\n" else " " for sign in text]
    for place in places:
        alone[place] = text[place]
    return "".join(alone)


def _word(found: Sequence[Token], index: int) -> str:
    is_word = index < len(found) and found[index].kind == "word"
    return found[index].text.upper() if is_word else ""


def _place(found: Sequence[Token], start: int, end: int) -> slice:
    last = found[end - 1]
    return slice(found[start].offset, last.offset + len(last.text))


def _unexpected(text: str, token: Token, expected: str) -> MalformedPatch:
    reason = f"found '{token.text[:40]}', expected {expected}"
    return MalformedPatch(reason, *position(text, token.offset))
