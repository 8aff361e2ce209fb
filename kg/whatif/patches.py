"""A text -> the patch that it says: SPARQL Update, or RDF to add and to remove.

RDF says what is added; what stands in the graph `graph:removed` is removed, as by `DELETE DATA`
without GRAPH. Removing from one evidence graph alone takes SPARQL Update.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Quad, RdfFormat, Store, Triple, parse

from kg.errors import MalformedPatch, PatchTooLarge, RefusedPatch
from kg.namespaces import GRAPH
from kg.sources.files import is_later, reason_of
from kg.whatif.outcome import Patch
from kg.whatif.updates import is_update, read_update

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
