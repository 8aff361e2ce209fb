"""The commands of `glocal` that work without HTTP."""

from kg.cli import build, describe, dump, explain, link, query, reason, whatif
from kg.cli.application import Stages, app, refusing

__all__ = [
    "Stages",
    "app",
    "build",
    "describe",
    "dump",
    "explain",
    "link",
    "query",
    "reason",
    "refusing",
    "whatif",
]
