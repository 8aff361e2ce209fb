"""The commands of `glocal` that need no HTTP."""

from kg.cli import asking, explaining, making, reasoning, supposing
from kg.cli.shared import Stages, app, refusing

__all__ = ["Stages", "app", "asking", "explaining", "making", "reasoning", "refusing", "supposing"]
