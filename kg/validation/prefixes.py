"""Check that prefixes stand for the namespaces that they stand for everywhere in the project.

A prefix that leads elsewhere gives other names than the file shows, in RDF, SPARQL, JSON-LD and
SSSOM alike.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kg.errors import MalformedInput
from kg.namespaces import DESCRIBING_PREFIXES
from kg.sources.files import read_text
from kg.sources.sssom import MAPPING_EXTENSION
from kg.validation.findings import Finding, display_path

# File extension -> how a line declares a prefix, and how the message writes the right one.
_DECLARATIONS: Final = {
    ".ttl": (r"(?:^|\.)\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", "@prefix {}: <{}> ."),
    ".trig": (r"(?:^|\.)\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", "@prefix {}: <{}> ."),
    ".rq": (r"^\s*prefix\s+([\w.-]*):\s*<([^>]*)>", "PREFIX {}: <{}>"),
    ".jsonld": (r'^\s*"([\w.-]+)"\s*:\s*"([^"@]*://[^"]*[/#])"', '"{}": "{}"'),
    MAPPING_EXTENSION: (r"^#\s+\"?([\w.-]+)\"?:\s+\"?(\w+://[^\s\"]+[/#])\"?\s*$", "{}: {}"),
}


def check_prefixes(path: Path) -> Iterator[Finding]:
    """Yield a finding for each known prefix that is declared with another namespace."""
    extension = MAPPING_EXTENSION if path.name.endswith(MAPPING_EXTENSION) else path.suffix
    if extension not in _DECLARATIONS:
        return
    pattern, written = _DECLARATIONS[extension]
    try:
        lines = read_text(path).split("\n")
    except MalformedInput:
        return  # Whoever needs the content of the file reports it.
    for number, line in enumerate(lines, 1):
        for match in re.finditer(pattern, line, re.IGNORECASE):
            prefix, namespace = match.groups()
            expected = DESCRIBING_PREFIXES.get(prefix, namespace)
            if namespace != expected:
                message = f"the prefix {prefix}: stands for another namespace, <{namespace}>."
                remedy = written.format(prefix, expected)
                yield Finding(display_path(path), number, message, remedy, "known-prefixes")
