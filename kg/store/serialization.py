"""Serialize triples and quads reproducibly: equal statements and prefixes give equal bytes."""

import gzip
import re
from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import Quad, RdfFormat, Triple, serialize

# In UTF-8, a character that no XML document can carry. Source: XML 1.0, section 2.2.
NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_DECLARATION: Final = b"@prefix "


def serialize_sorted(
    statements: Iterable[Triple] | Iterable[Quad], syntax: RdfFormat, prefixes: Mapping[str, str]
) -> bytes:
    """Serialize in the given order, the prefixes by name: the engine's order is hard to read."""
    # A generator, so that other threads have their turns meanwhile.
    each = (statement for statement in statements)
    text = serialize(each, format=syntax, prefixes=dict(prefixes))  # type: ignore[arg-type]
    lines = (text or b"").split(b"\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith(_DECLARATION)), 0)
    return b"\n".join([*sorted(lines[:count]), *lines[count:]])


def gzip_text(text: bytes) -> bytes:
    """Compress the text with gzip, without name or time, so that equal texts give equal bytes."""
    return gzip.compress(text, compresslevel=6, mtime=0)
