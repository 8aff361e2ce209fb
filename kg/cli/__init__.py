"""The commands of `glocal` that work without HTTP."""

# Importing the modules registers their commands.
from kg.cli import (  # noqa: F401
    build,
    describe,
    dump,
    entails,
    explain,
    link,
    load,
    quality,
    query,
    reason,
    whatif,
)
from kg.cli.application import StageProgress, app, reporting_errors

__all__ = ["StageProgress", "app", "reporting_errors"]
