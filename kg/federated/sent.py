"""A SERVICE block -> the query that its endpoint is asked (SPARQL 1.1 Federated Query, 2)."""

from collections.abc import Sequence

from kg.federated.blocks import ServiceBlock
from kg.federated.inline import Solutions, values
from kg.federated.names import Names


def question(block: ServiceBlock, names: Names, restriction: Solutions | None = None) -> str:
    """What the endpoint is asked: all solutions of the group that join with the restriction."""
    asked = f"{names.prologue}SELECT * WHERE {{{block.body}}}"
    return f"{asked}\n{values(restriction)}" if restriction is not None else asked


def checkable(text: str, blocks: Sequence[ServiceBlock]) -> str:
    """The query with GRAPH for SERVICE: as well-formed as it was, each mistake where it was.

    The two stand at the same places of the grammar, and bind the same variables.
    """
    parts, end = [], 0
    for block in blocks:
        words = text[block.start : block.endpoint.offset]
        keyword, rest = words[: len("SERVICE")], words[len("SERVICE") :]
        written = "GRAPH".ljust(len(keyword)) + (_blanked(rest) if block.is_silent else rest)
        parts += [text[end : block.start], written]
        end = block.endpoint.offset
    return "".join([*parts, text[end:]])


def _blanked(words: str) -> str:
    """White space instead of SILENT and of comments, line for line."""
    return "".join(one if one in "\r\n" else " " for one in words)
