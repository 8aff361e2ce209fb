"""The commands of `glocal` that work without HTTP."""

# Importing the modules registers their commands.
from kg.cli import build, describe, dump, entails, explain, link, quality, query, reason, whatif  # noqa: F401
from kg.cli.application import StageProgress, app, reporting_errors

__all__ = ["StageProgress", "app", "reporting_errors"]
