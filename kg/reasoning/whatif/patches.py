"""Parse a patch from SPARQL Update or from RDF.

In RDF, the triples in the graph `graph:removed` are removed, as `DELETE DATA` without GRAPH would
remove them; all other quads are added. Only SPARQL Update can remove a triple from one evidence
graph alone.

The engine runs each operation of an update on its own empty store, a deletion as an insertion, so
that its quads can be read. Operations are checked before, because the engine would also run LOAD
and fetch its source. rdflib's parser takes 9 s for 3,000 triples, and 36 s for twice as many.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Quad, RdfFormat, Store, Triple

from kg.errors import MalformedPatch, MalformedRdf, PatchTooLarge, RefusedPatch
from kg.namespaces import GRAPH
from kg.reasoning.whatif.outcome import Patch
from kg.sources.rdf_syntaxes import parse_rdf
from kg.sparql.query import QUERY_FORMS
from kg.sparql.stack import check_stack
from kg.sparql.syntax_errors import locate_syntax_error
from kg.sparql.tokens import SparqlToken, position_at, tokenize
from kg.store.rdf_version import needs_rdf_1_2

MAX_TRIPLES: Final = 10_000
REMOVED_GRAPH: Final = GRAPH["removed"]

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

_ADDS_BY_KEYWORD: Final = {"INSERT": True, "DELETE": False}
_OTHER_OPERATIONS: Final = frozenset(
    {"LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
_IRI: Final = ("iri", "an IRI between '<' and '>'")
# The kinds of tokens that follow each keyword, each with a description for error messages.
_DECLARATIONS: Final = {
    "PREFIX": (("name", "a prefix that ends in ':'"), _IRI),
    "BASE": (_IRI,),
    "VERSION": (("string", "a version in quotation marks"),),
}

# Operations in order: whether each adds its quads (otherwise it removes them), and the quads.
_Operations = Iterable[tuple[bool, Iterable[Quad]]]


def parse_patch(
    content: str | bytes,
    media_type: str = SPARQL_UPDATE,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> Patch:
    """Parse a patch; duplicates are dropped, and removals come before additions.

    Bytes are decoded as UTF-8. SPARQL Update, Turtle and TriG may use the prefixes undeclared.

    Raises:
        MalformedPatch: it is not well-formed (with line and column), or not of `MEDIA_TYPES`.
        RefusedPatch: it has an operation other than INSERT DATA and DELETE DATA or too many of
            them, uses what only RDF 1.2 has, removes a triple with a blank node, or is empty.
        PatchTooLarge: it has more than `MAX_TRIPLES` triples.
        LimitExceeded: the update nests brackets too deeply.
    """
    if media_type not in MEDIA_TYPES:
        reason = f"unsupported media type '{media_type}', expected one of {', '.join(MEDIA_TYPES)}"
        raise MalformedPatch(reason)
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise MalformedPatch(f"not UTF-8 at byte {error.start}") from error
    if media_type == SPARQL_UPDATE:
        patch = _merge(_read_update(text, prefixes or {}))
    else:
        patch = _merge(_read_rdf(text, _FORMATS[media_type], prefixes or {}))
    if not patch.additions and not patch.removals:
        raise RefusedPatch("it adds nothing and removes nothing")
    return patch


def guess_media_type(text: str) -> str:
    """Guess the media type from the start of the text: SPARQL Update, TriG or JSON-LD."""
    if text.lstrip()[:1] in ("{", "[") and text.lstrip("{[ \t\r\n")[:1] == '"':
        return "application/ld+json"
    # No RDF syntax starts like an update.
    words = (token.text.upper() for token in tokenize(text) if token.kind == "word")
    first = next((word for word in words if word not in _DECLARATIONS), "")
    return SPARQL_UPDATE if first in {*_ADDS_BY_KEYWORD, *_OTHER_OPERATIONS} else TRIG


def _read_rdf(text: str, syntax: RdfFormat, prefixes: Mapping[str, str]) -> _Operations:
    names = prefixes.items() if syntax in (RdfFormat.TURTLE, RdfFormat.TRIG) else ()
    # All on one line: line numbers in errors are then one too high, and columns are correct.
    declarations = "".join(f"PREFIX {name}: <{iri}> " for name, iri in names)
    first_line = f"{declarations}\n" if declarations else ""
    quads = parse_rdf((first_line + text).encode(), syntax, None)
    store = Store()
    try:
        # Going through a store normalises literals exactly as in a release, so that the quads
        # can be compared with those of the release.
        store.extend(islice(quads, MAX_TRIPLES + 1))
    except MalformedRdf as error:
        line = error.line and error.line - first_line.count("\n")
        raise MalformedPatch(error.reason, line, error.column) from error
    removed = [quad.triple for quad in store.quads_for_pattern(None, None, None, REMOVED_GRAPH)]
    yield False, [Quad(triple.subject, triple.predicate, triple.object) for triple in removed]
    yield True, [quad for quad in store if quad.graph_name != REMOVED_GRAPH]


def _merge(operations: _Operations) -> Patch:
    """Merge operations, in order, into one patch; a quad that is removed later is not added."""
    additions: dict[Triple, dict[Quad, None]] = defaultdict(dict)
    removals: dict[Quad, None] = {}
    marked_quads = ((adds, quad) for adds, quads in operations for quad in quads)
    for count, (adds, quad) in enumerate(marked_quads, 1):
        if count > MAX_TRIPLES:
            raise PatchTooLarge(MAX_TRIPLES)
        _refuse_unsupported_terms(quad, adds=adds)
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


def _refuse_unsupported_terms(quad: Quad, *, adds: bool) -> None:
    if needs_rdf_1_2(quad):
        reason = "triple terms and directional language-tagged strings (RDF 1.2) are not supported"
        raise RefusedPatch(f"{reason}: {quad}")
    if isinstance(quad.graph_name, BlankNode):
        raise RefusedPatch("a blank node cannot name an evidence graph; expected an IRI")
    if not adds and any(isinstance(term, BlankNode) for term in (quad.subject, quad.object)):
        raise RefusedPatch("a triple with a blank node cannot be removed: nothing identifies it")


def _read_update(text: str, prefixes: Mapping[str, str]) -> _Operations:
    tokens = list(tokenize(text))
    declarations: dict[str, slice] = {}
    index = count = 0
    while index < len(tokens):
        word = _word(tokens, index)
        if word in _DECLARATIONS:
            end = _end_of_declaration(text, tokens, index)
            place = _place(tokens, index, end)
            # A repeated declaration takes effect at its last place, so it moves to the end.
            declarations.pop(text[place], None)
            declarations[text[place]] = place
        else:
            _refuse_all_but_data(text, tokens, index)
            count += 1
            if count > MAX_TRIPLES:
                raise RefusedPatch(f"it has more than {MAX_TRIPLES:,} operations")
            end, adds = _end_of_block(tokens, index + 2), _ADDS_BY_KEYWORD[word]
            places = [*declarations.values(), _place(tokens, index, end)]
            yield adds, _quads(text, places, prefixes, adds=adds)
            if end < len(tokens) and tokens[end].text != ";":
                raise _unexpected(text, tokens[end], "';' or the end of the text")
            end += 1
        index = end


def _refuse_all_but_data(text: str, tokens: Sequence[SparqlToken], index: int) -> None:
    """Refuse an operation that does not start with `INSERT DATA {` or `DELETE DATA {`."""
    word = _word(tokens, index)
    line_and_column = position_at(text, tokens[index].offset)
    problem = ""
    if word in _ADDS_BY_KEYWORD and _word(tokens, index + 1) != "DATA":
        problem = "without DATA would query the release"
    elif word in _OTHER_OPERATIONS:
        problem = "is not allowed"
    elif word in QUERY_FORMS:
        problem = "is a query"
    if problem:
        reason = f"{word} {problem}; a patch may have only INSERT DATA and DELETE DATA"
        raise RefusedPatch(reason, *line_and_column)
    if word not in _ADDS_BY_KEYWORD:
        raise _unexpected(text, tokens[index], "INSERT DATA, DELETE DATA, PREFIX or BASE")
    if index + 2 >= len(tokens):
        raise MalformedPatch("the text ends after DATA; expected '{'", *line_and_column)
    if tokens[index + 2].text != "{":
        raise _unexpected(text, tokens[index + 2], "'{'")


def _end_of_declaration(text: str, tokens: Sequence[SparqlToken], index: int) -> int:
    """Return the index after a PREFIX, BASE or VERSION and its arguments.

    The arguments are checked strictly because the engine needs no space after a keyword: where the
    empty prefix is declared, the engine reads `LOAD:x` as an operation, but `tokenize` as a name.
    """
    end = index + 1
    for kind, expected in _DECLARATIONS[_word(tokens, index)]:
        if end == len(tokens):
            reason = f"found the end of the text, expected {expected}"
            raise MalformedPatch(reason, *position_at(text, len(text.rstrip())))
        token = tokens[end]
        if token.kind != kind or (kind == "name" and token.text.find(":") + 1 < len(token.text)):
            raise _unexpected(text, token, expected)
        end += 1
    return end


def _end_of_block(tokens: Sequence[SparqlToken], index: int) -> int:
    """Return the index after the bracket that closes the one at this index."""
    depth = 0
    for end in range(index, len(tokens)):
        depth += (tokens[end].text == "{") - (tokens[end].text == "}")
        if not depth:
            return end + 1
    return len(tokens)


def _quads(
    text: str, places: Sequence[slice], prefixes: Mapping[str, str], *, adds: bool
) -> list[Quad]:
    """Return the quads of the operation at the last place, after the declarations at the others."""

    def run(update: str) -> list[Quad]:
        store = Store()
        store.update(update, prefixes=dict(prefixes))
        return list(store)

    *declarations, operation = (text[place] for place in places)
    check_stack(operation, "DATA")
    try:
        # A deletion from an empty store has no effect, but fails if DELETE DATA forbids its form.
        quads = run("\n".join([*declarations, operation]))
        if adds:
            return quads
        return run("\n".join([*declarations, f"INSERT{operation[len('DELETE') :]}"]))
    except SyntaxError:
        # At its original place, among spaces, its error has the line and column of `text`.
        blanked = [character if character in "\r\n" else " " for character in text]
        for place in places:
            blanked[place] = text[place]
        try:
            run("".join(blanked))
        except SyntaxError as error:
            located = locate_syntax_error("".join(blanked), error, run, prefixes)
            raise MalformedPatch(*located) from error
        raise


def _word(tokens: Sequence[SparqlToken], index: int) -> str:
    is_word = index < len(tokens) and tokens[index].kind == "word"
    return tokens[index].text.upper() if is_word else ""


def _place(tokens: Sequence[SparqlToken], start: int, end: int) -> slice:
    last = tokens[end - 1]
    return slice(tokens[start].offset, last.offset + len(last.text))


def _unexpected(text: str, token: SparqlToken, expected: str) -> MalformedPatch:
    reason = f"found '{token.text[:40]}', expected {expected}"
    return MalformedPatch(reason, *position_at(text, token.offset))
