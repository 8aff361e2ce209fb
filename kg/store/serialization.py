"""Triples and quads -> text whose bytes depend on nothing else."""

from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import Quad, RdfFormat, Triple, serialize

_DECLARATION: Final = b"@prefix "


def encode_statements(
    statements: Iterable[Triple] | Iterable[Quad], syntax: RdfFormat, prefixes: Mapping[str, str]
) -> bytes:
    """The statements in their order, after the prefixes in theirs.

    The engine declares the prefix of the longest IRI first; readers look for them by name.
    """
    lines = (serialize(statements, format=syntax, prefixes=dict(prefixes)) or b"").split(b"\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith(_DECLARATION)), 0)
    return b"\n".join([*sorted(lines[:count]), *lines[count:]])
