"""The JSON-LD context: that it is JSON, and names nothing that the ontology lacks."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad

from kg.check.reading import unreadable
from kg.errors import MalformedInput
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.sources.files import text_of
from kg.validation.findings import Finding, displayed

_CONTEXT_RULE: Final = "json-ld-context"
_RESERVED: Final = (RDF, RDFS, OWL, XSD)


def context_findings(path: Path, ontology: Sequence[Quad]) -> list[Finding]:
    """What is wrong with the file; each finding with its line where it has one."""
    try:
        text = text_of(path)
    except MalformedInput as error:
        return [unreadable(path, error)]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message, remedy = f"the file is no JSON: {error.msg}.", f"JSON at column {error.colno}."
        return [Finding(displayed(path), error.lineno, message, remedy, _CONTEXT_RULE)]
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        message, remedy = "the file holds no context.", '{"@context": {…}}'
        return [Finding(displayed(path), 1, message, remedy, _CONTEXT_RULE)]
    declared = {quad.subject for quad in ontology if quad.predicate == RDF["type"]}
    names = {getattr(term, "value", "") for term in declared}
    return [
        Finding(displayed(path), _line_of_key(text, term), message, remedy, _CONTEXT_RULE)
        for term, message, remedy in _problems(context, names)
    ]


def _problems(context: Mapping[str, Any], declared: set[str]) -> Iterator[tuple[str, str, str]]:
    """Each entry that stands for nothing, with what is wrong and what would be right."""
    for term, entry in context.items():
        name = entry.get("@id", term) if isinstance(entry, dict) else entry
        if term.startswith("@") or (isinstance(name, str) and name.startswith("@")):
            continue
        if not isinstance(name, str):
            yield term, f"'{term}' stands for no IRI.", '"name": "glocal:name"'
            continue
        iri = _expanded(name, context)
        if iri is None:
            remedy = "a prefix that the context declares, or a full IRI."
            yield term, f"'{term}' stands for '{name}', whose prefix is unknown.", remedy
        elif not iri.endswith(("#", "/")) and iri not in declared and not _is_reserved(iri):
            message = f"'{term}' stands for {shorten(iri)}, which the ontology does not declare."
            yield term, message, "a declared term, or no entry."


def _expanded(name: str, context: Mapping[str, Any]) -> str | None:
    """The IRI of a CURIE or IRI; None where its prefix is unknown."""
    prefix, colon, local_name = name.partition(":")
    if local_name.startswith("//"):
        return name
    space = context.get(prefix)
    return space + local_name if colon and isinstance(space, str) else None


def _is_reserved(iri: str) -> bool:
    return iri.startswith(_RESERVED)


def _line_of_key(text: str, term: str) -> int | None:
    """The line of an entry, by its key."""
    key = re.compile(rf"{re.escape(json.dumps(term, ensure_ascii=False))}\s*:")
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if key.search(line)), None)
