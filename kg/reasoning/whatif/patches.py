"""SPARQL Update -> quads to add and to remove, in order.

Each operation is run by the engine on an empty store of its own, one that deletes as one that
inserts. What may be run is decided before, since the engine would also fetch what LOAD names.
rdflib's parser is no way: it takes 9 s for 3,000 triples, and four times that for twice as many.

A text -> the patch that it says: SPARQL Update, or RDF to add and to remove.

RDF says what is added; what stands in the graph `graph:removed` is removed, as by `DELETE DATA`
without GRAPH. Removing from one evidence graph alone takes SPARQL Update.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Quad, RdfFormat, Store, Triple, parse

from kg.errors import MalformedPatch, PatchTooLarge, RefusedPatch
from kg.namespaces import GRAPH
from kg.reasoning.whatif.outcome import Patch
from kg.sources.files import is_later, reason_of
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


MAX_TRIPLES: Final = 10_000
REMOVED: Final = GRAPH["removed"]

SPARQL_UPDATE: Final = "application/sparql-update"
TRIG: Final = "application/trig"
_FORMATS: Final = {
    TRIG: RdfFormat.TRIG,
    "text/turtle": RdfFormat.TURTLE,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
}
MEDIA_TYPES: Final = (SPARQL_UPDATE, *_FORMATS)

_Steps = Iterable[tuple[bool, Iterable[Quad]]]


def read_patch(
    content: str | bytes,
    media_type: str = SPARQL_UPDATE,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> Patch:
    """The patch that a text says, without repetitions; removals come before additions.

    Args:
        content: bytes are UTF-8.
        media_type: one of `MEDIA_TYPES`.
        prefixes: known in SPARQL Update, Turtle and TriG without being declared.

    Raises:
        MalformedPatch: not well-formed, with line and column; or of another media type.
        RefusedPatch: an update other than INSERT DATA and DELETE DATA, with line and column; what
            only RDF 1.2 can say; a blank node to be removed; nothing at all.
        PatchTooLarge: more than `MAX_TRIPLES`, or that many operations.
    """
    if media_type not in MEDIA_TYPES:
        reason = f"'{media_type}' is not read; right would be {', '.join(MEDIA_TYPES)}"
        raise MalformedPatch(reason)
    text = _decoded(content) if isinstance(content, bytes) else content
    if media_type == SPARQL_UPDATE:
        patch = _folded(read_update(text, prefixes or {}, MAX_TRIPLES))
    else:
        patch = _folded(_read_rdf(text, _FORMATS[media_type], prefixes or {}))
    if not patch.additions and not patch.removals:
        raise RefusedPatch("it adds nothing and removes nothing")
    return patch


def media_type_of(text: str) -> str:
    """SPARQL Update or TriG, by how the text begins; JSON-LD where it is a JSON object."""
    if text.lstrip()[:1] in ("{", "[") and text.lstrip("{[ \t\r\n")[:1] == '"':
        return "application/ld+json"
    return SPARQL_UPDATE if is_update(text) else TRIG


def _read_rdf(text: str, syntax: RdfFormat, prefixes: Mapping[str, str]) -> _Steps:
    """What stands in `graph:removed`, then all else."""
    is_turtle = syntax in (RdfFormat.TURTLE, RdfFormat.TRIG)
    # On one line, so that the text's own lines are one too far and its columns right.
    declared = "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items() if is_turtle)
    first_line = f"{declared}\n" if declared else ""
    quads = parse(first_line + text, format=syntax, rename_blank_nodes=True)
    store = Store()
    try:
        # A store spells literals as a release does, and its quads are what is compared.
        store.extend(islice(quads, MAX_TRIPLES + 1))
    except SyntaxError as error:
        line = error.lineno and error.lineno - first_line.count("\n")
        reason = reason_of(error)
        if "LoadDocumentCallback" in reason:
            reason = "no context is fetched; right would be one that stands in the document itself"
        raise MalformedPatch(reason, line, error.offset) from error
    removed = [one.triple for one in store.quads_for_pattern(None, None, None, REMOVED)]
    yield False, [Quad(one.subject, one.predicate, one.object) for one in removed]
    yield True, [one for one in store if one.graph_name != REMOVED]


def _folded(steps: _Steps) -> Patch:
    """The steps one after the other, as one patch: what is removed again is not added."""
    additions: dict[Triple, dict[Quad, None]] = defaultdict(dict)
    removals: dict[Quad, None] = {}
    count = 0
    for adds, quads in steps:
        for quad in quads:
            count += 1
            if count > MAX_TRIPLES:
                raise PatchTooLarge(MAX_TRIPLES)
            _refuse_what_cannot_stand(quad, adds=adds)
            if adds:
                additions[quad.triple][quad] = None
                continue
            removals[quad] = None
            if isinstance(quad.graph_name, DefaultGraph):
                additions.pop(quad.triple, None)
            elif quad.triple in additions:
                additions[quad.triple].pop(quad, None)
    added = [quad for quads in additions.values() for quad in quads]
    return Patch(tuple(sorted(added, key=str)), tuple(sorted(removals, key=str)))


def _refuse_what_cannot_stand(quad: Quad, *, adds: bool) -> None:
    if is_later(quad):
        reason = "a statement about a statement, or a text with a direction, as only RDF 1.2 has"
        raise RefusedPatch(f"{reason}: {quad}")
    if isinstance(quad.graph_name, BlankNode):
        raise RefusedPatch("a graph without a name is no evidence graph")
    if not adds and any(isinstance(one, BlankNode) for one in (quad.subject, quad.object)):
        raise RefusedPatch("a blank node names nothing that could be removed")


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedPatch(f"not UTF-8 at byte {error.start}") from error
