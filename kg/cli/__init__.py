"""The commands of `glocal` that work without HTTP."""

from kg.cli import build, describe, dump, explain, link, query, reason, whatif
from kg.cli.application import StageProgress, app, reporting_errors

__all__ = [
    "StageProgress",
    "app",
    "build",
    "describe",
    "dump",
    "explain",
    "link",
    "query",
    "reason",
    "reporting_errors",
    "whatif",
]
