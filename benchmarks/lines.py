"""Write triples about fictitious things as lines of canonical N-Triples."""

from typing import Final

SPACE: Final = "https://example.org/governance"
_TERM: Final = f"{SPACE}#"
_ID: Final = f"{SPACE}/id/"
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_RDFS_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"


def named(name: str, kind: str) -> list[str]:
    """Return the lines for the type and the label of a thing."""
    return [typed(name, kind), f'<{_ID}{name}> <{_RDFS_LABEL}> "{name}"@en .\n']


def typed(name: str, kind: str) -> str:
    """Return the line for the type of a thing."""
    return f"<{_ID}{name}> <{_RDF_TYPE}> <{_TERM}{kind}> .\n"


def link(name: str, relation: str, other: str) -> str:
    """Return the line for a relation to another thing."""
    return f"<{_ID}{name}> <{_TERM}{relation}> <{_ID}{other}> .\n"


def literal(name: str, relation: str, value: int, datatype: str) -> str:
    """Return the line for a number or a year."""
    return f'<{_ID}{name}> <{_TERM}{relation}> "{value}"^^<{_XSD}{datatype}> .\n'
