"""Everything is the same as itself (rule eq-ref), in queries instead of as triples.

As triples it would be one for each thing, in every answer for `?thing ?property ?value`. So only
queries that name `owl:sameAs` see it: there, `?x owl:sameAs ?y` becomes the path
`?x owl:sameAs? ?y` and a filter that the subject is no literal.

Source: OWL 2 Profiles, section 4.3, table 4; SPARQL 1.1, section 9.3.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kg.namespaces import OWL
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, depth_change, is_ambiguous_iri

_SAME_AS: Final = OWL["sameAs"].value
_TERMS: Final = frozenset({"variable", "iri", "name", "blank"})
_BEFORE_SUBJECT: Final = frozenset("{}.)")
# Groups of terms that are not triples.
_NOT_PATTERNS: Final = frozenset({"VALUES", "CONSTRUCT", "DATA"})


def with_reflexive_equality(query: Query) -> Query:
    """Return a query in which `owl:sameAs`, as the predicate of a pattern, also holds of itself.

    Paths, and patterns inside `[ ]`, stay as they are: a path can say `owl:sameAs?` itself.

    Raises MalformedQuery if an IRI is malformed or a prefix is not declared.
    """
    if "sameAs" not in query.text or any(map(is_ambiguous_iri, query.tokens)):
        return query
    text, declarations = query.full_text, query.declarations
    changes = [change for index in _verbs(query) for change in _changes(query.tokens, index)]
    for start, end, replacement in sorted(set(changes), reverse=True):
        text = f"{text[:start]}{replacement}{text[end:]}"
    return replace(query, text=text[len(declarations) :]) if changes else query


def _verbs(query: Query) -> Iterator[int]:
    """Yield the index of each `owl:sameAs` that is the predicate of a pattern in a group."""
    tokens = query.tokens
    for index, token in enumerate(tokens[1:-1], start=1):
        if not token.text.rstrip(">").endswith("sameAs") or token.kind not in ("iri", "name"):
            continue
        before, after = tokens[index - 1], tokens[index + 1]
        is_verb = (before.kind in _TERMS or before.text == ";") and after.kind in _TERMS
        if is_verb and query.resolve(token) == _SAME_AS:
            yield index


def _changes(tokens: list[SparqlToken], index: int) -> list[tuple[int, int, str]]:
    """Return the changes for one verb: start, end and replacement; none if it is in no group."""
    opening = _opening(tokens, index)
    if tokens[opening].text != "{" or tokens[opening - 1].keyword in _NOT_PATTERNS:
        return []
    named = tokens[opening - 2].keyword if opening > 1 else ""
    if named in _NOT_PATTERNS:
        return []
    verb, group_start = tokens[index], tokens[opening].end
    changes = [(verb.offset, verb.end, f"({verb.text})? ")]
    subject = tokens[_subject(tokens, index)]
    if subject.kind == "variable":
        changes.append((group_start, group_start, f" FILTER(!isLiteral({subject.text})) "))
    return changes


def _opening(tokens: list[SparqlToken], index: int) -> int:
    """Return the index of the innermost bracket around a token, or 0."""
    depth = 0
    for position in range(index - 1, -1, -1):
        depth += depth_change(tokens[position])
        if depth > 0:
            return position
    return 0


def _subject(tokens: list[SparqlToken], index: int) -> int:
    """Return the index of the subject of a predicate."""
    depth, position = 0, index - 1
    while position > 0:
        before = tokens[position - 1]
        depth -= depth_change(tokens[position])
        if depth == 0 and (before.text in _BEFORE_SUBJECT or before.text.endswith(".")):
            break
        position -= 1
    return position
