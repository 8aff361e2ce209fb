"""The commands of `glocal` that need no HTTP."""

from kg.cli import asking, describing, dumping, explaining, linking, making, reasoning, supposing
from kg.cli.shared import Stages, app, refusing

__all__ = [
    "Stages",
    "app",
    "asking",
    "describing",
    "dumping",
    "explaining",
    "linking",
    "making",
    "reasoning",
    "refusing",
    "supposing",
]
