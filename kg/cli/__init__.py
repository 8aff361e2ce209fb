"""The commands of `glocal` that need no HTTP."""

from kg.cli import asking, making
from kg.cli.shared import Stages, app, refusing

__all__ = ["Stages", "app", "asking", "making", "refusing"]
