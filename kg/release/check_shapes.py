"""Check what SHACL and alignments name: a shape for a misspelt property demands nothing.

Whether the shapes are valid SHACL is checked when they are used.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad
from rdflib.namespace import SH as RDFLIB_SH

from kg.namespaces import BASE, GLOCAL, ID, RDF, SH, XSD, expand_all, is_in
from kg.sources.lines import find_line
from kg.validation.findings import Finding, display_path, format_term
from kg.validation.names import suggest_name

_SHAPE: Final = f"{BASE}shape/"
_COUNTS: Final = expand_all(
    "sh:minCount sh:maxCount sh:qualifiedMinCount sh:qualifiedMaxCount sh:minLength sh:maxLength"
)
_INTEGER: Final = XSD["integer"]
_WORDS_OF_SHACL: Final = sorted(str(term).removeprefix(SH) for term in dir(RDFLIB_SH))


def check_shapes_and_alignments(
    files: Iterable[tuple[Path, Sequence[Quad]]], declared: Collection[object]
) -> Iterator[Finding]:
    """Yield a finding for each name that nothing declares: a term, an entity or a shape."""
    for path, quads in files:
        shapes = {quad.subject for quad in quads if quad.predicate == RDF["type"]}
        seen: set[object] = set()
        for quad in quads:
            if quad.predicate in _COUNTS and getattr(quad.object, "datatype", None) != _INTEGER:
                line = find_line(path, *quad.triple)
                message = f"{format_term(quad.predicate)} has the value {format_term(quad.object)}."
                yield Finding(display_path(path), line, message, "a whole number.", "counts")
            for name in (quad.subject, quad.predicate, quad.object):
                if not isinstance(name, NamedNode) or name in seen:
                    continue
                seen.add(name)
                if remedy := _remedy(name, declared, shapes):
                    line = find_line(path, quad.subject, quad.predicate, quad.object)
                    message = f"{format_term(name)} is used but not declared."
                    yield Finding(display_path(path), line, message, remedy, "declared-terms")


def _remedy(
    name: NamedNode, declared: Collection[object], shapes: Collection[object]
) -> str | None:
    """Return what is expected in the place of an undeclared name, or None if it is declared."""
    if is_in(name, GLOCAL, ID) and name not in declared:
        return f"{suggest_name(name, declared)}a declared name."
    if is_in(name, _SHAPE) and name not in shapes:
        local_names = [str(shape).strip("<>").removeprefix(_SHAPE) for shape in shapes]
        near = get_close_matches(name.value.removeprefix(_SHAPE), local_names, n=1)
        return f"{''.join(f'shape:{each}, or ' for each in near)}a shape of this file."
    word = name.value.removeprefix(SH)
    if is_in(name, SH) and word not in RDFLIB_SH:
        near = get_close_matches(word, _WORDS_OF_SHACL, n=1)
        return f"{''.join(f'sh:{each}, or ' for each in near)}a word of SHACL."
    return None
