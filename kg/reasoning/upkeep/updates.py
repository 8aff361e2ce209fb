"""Write SPARQL updates so that they log which triples they may change.

The engine does not tell what an update changes, and comparing all quads would take seconds. So an
operation with templates also writes what it names outside of GRAPH into a graph of its own, which
is read and removed before the next operation runs. No operation ever sees that graph: patterns are
matched before templates are written.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode, Triple

from kg.sparql.tokens import SparqlToken, is_ambiguous_iri, match_brackets, tokenize

# The graph that operations write what they change into.
_LOG: Final = NamedNode("urn:x-glocal:changed")
# The number of tokens after each of these words that belong to it.
_DECLARATIONS: Final = {"PREFIX": 2, "BASE": 1, "VERSION": 1}
# Terms that are new each time they are written, so that a copy would name another one.
_ANONYMOUS: Final = frozenset({"[", "(", "<<", "<<(", "{|"})


def run_logged(
    engine: pyoxigraph.Store, operations: Sequence[str], base_iri: str | None
) -> set[Triple]:
    """Run the operations of `split_operations`; return the triples that may have changed.

    These are triples of the default graph. Raises what `pyoxigraph.Store.update` raises, and then
    part of the update may have been made.
    """
    changed: set[Triple] = set()
    for operation in operations:
        engine.update(operation, base_iri=base_iri)
        if engine.contains_named_graph(_LOG):
            changed |= {quad.triple for quad in engine.quads_for_pattern(None, None, None, _LOG)}
            engine.remove_graph(_LOG)
    return changed


def split_operations(text: str) -> list[str] | None:
    """Return the operations of an update, each with its declarations, so that they log changes.

    None if some operation cannot be written so, or the text cannot be divided safely.
    """
    tokens = list(tokenize(text))
    # Escapes may hide anything, and a `<` may hide brackets.
    if "\\u" in text.lower() or any(map(is_ambiguous_iri, tokens)):
        return None
    operations: list[str] = []
    for declarations, own in _divide(text, tokens):
        logged = _logged(text, own)
        if logged is None:
            return None
        operations.append(f"{declarations}\n{logged}")
    return operations


def may_read_any_graph(text: str) -> bool:
    """Return whether an update may read or change graphs that it does not name."""
    tokens = list(tokenize(text))
    if "\\u" in text.lower() or any(token.keyword in {"ALL", "NAMED"} for token in tokens):
        return True
    # The engine reads `:a.GRAPH` as a name, a full stop and a keyword.
    return any(
        second.kind == "variable"
        and (first.keyword == "GRAPH" or first.text.upper().endswith(".GRAPH"))
        for first, second in pairwise(tokens)
    )


def _divide(
    text: str, tokens: Sequence[SparqlToken]
) -> Iterator[tuple[str, Sequence[SparqlToken]]]:
    """Yield the tokens of each operation, with the text of all declarations before it."""
    declarations = list[str]()
    start = index = depth = 0
    while index <= len(tokens):
        token = tokens[index] if index < len(tokens) else None
        if token is not None and index == start and token.keyword in _DECLARATIONS:
            index += _DECLARATIONS[token.keyword] + 1
            declarations.append(_text(text, tokens[start:index]))
            start = index
            continue
        if token is None or (token.text == ";" and not depth):
            if index > start:
                yield "\n".join(declarations), tokens[start:index]
            start = index + 1
        elif token.text in ("{", "}"):
            depth += 1 if token.text == "{" else -1
        index += 1


def _logged(text: str, tokens: Sequence[SparqlToken]) -> str | None:
    """Return the operation with what it writes to the log; None if it has no templates."""
    words = [token.keyword for token in tokens[:2]]
    if words == ["INSERT", "DATA"] or words == ["DELETE", "DATA"]:
        return _logged_data(text, tokens, is_insertion=words[0] == "INSERT")
    if words == ["DELETE", "WHERE"]:
        pattern = tokens[2:]
        parts = _outside_graphs(text, pattern[1:-1])
        if parts is None:
            return None
        group = _text(text, pattern)
        return f"DELETE {group} INSERT {{ {_in_log(parts)} }} WHERE {group}"
    if words[0] in ("INSERT", "DELETE"):
        return _logged_templates(text, tokens)
    # The templates of WITH are of its graph; these other operations name theirs.
    is_elsewhere = words[0] in ("WITH", "CREATE") or (
        words[0] in ("CLEAR", "DROP") and "GRAPH" in {token.keyword for token in tokens[1:3]}
    )
    return _text(text, tokens) if is_elsewhere else None


def _logged_data(text: str, tokens: Sequence[SparqlToken], *, is_insertion: bool) -> str | None:
    parts = _outside_graphs(text, tokens[3:-1])
    if parts is None:
        return None
    if is_insertion:
        return f"INSERT DATA {{ {_text(text, tokens[3:-1])} {_in_log(parts)} }}"
    return f"{_text(text, tokens)} ; INSERT DATA {{ {_in_log(parts)} }}"


def _logged_templates(text: str, tokens: Sequence[SparqlToken]) -> str | None:
    """Add what both templates write to the template of the insertion."""
    closing, index = match_brackets(tokens), 0
    templates: dict[str, str] = {}
    parts: list[str] = []
    while index < len(tokens) and tokens[index].keyword in ("DELETE", "INSERT"):
        end = closing.get(index + 1)
        if end is None:
            return None
        inside = tokens[index + 2 : end]
        found = _outside_graphs(text, inside)
        if found is None:
            return None
        templates[tokens[index].keyword] = _text(text, inside)
        parts += found
        index = end + 1
    deletion = f"DELETE {{ {templates['DELETE']} }} " if "DELETE" in templates else ""
    insertion = f"INSERT {{ {templates.get('INSERT', '')} {_in_log(parts)} }} "
    return f"{deletion}{insertion}{_text(text, tokens[index:])}"


def _outside_graphs(text: str, tokens: Sequence[SparqlToken]) -> list[str] | None:
    """Return the parts of a template between its GRAPH groups; None if a copy is impossible."""
    if any(token.text in _ANONYMOUS for token in tokens):
        return None
    parts, start, index = list[str](), 0, 0
    while index < len(tokens):
        if tokens[index].keyword == "GRAPH":
            parts.append(_text(text, tokens[start:index]))
            while index < len(tokens) and tokens[index].text != "}":
                index += 1
            start = index + 1
        index += 1
    parts.append(_text(text, tokens[start:]))
    return [part for each in parts if (part := each.strip(" \t\r\n."))]


def _in_log(parts: Sequence[str]) -> str:
    # A line break, since a part may end with a comment.
    return " ".join(f"GRAPH {_LOG} {{ {part}\n}}" for part in parts)


def _text(text: str, tokens: Sequence[SparqlToken]) -> str:
    """Return the text of consecutive tokens."""
    return text[tokens[0].offset : tokens[-1].end] if tokens else ""
