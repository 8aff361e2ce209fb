"""The scripts of pages, which `make setup` bundles; without them pages are plain."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_log: Final = logging.getLogger("glocal.service")


def read_names(folder: Path) -> Mapping[str, str]:
    """Return the file of each entry of a bundle; empty if there is no bundle in the folder."""
    try:
        text = (folder / "manifest.json").read_text("utf-8")
    except FileNotFoundError:
        return {}
    names: dict[str, str] = json.loads(text)
    return names


BUNDLE: Final = Path(__file__).parents[1] / "web" / "bundle"
SCRIPTS: Final = read_names(BUNDLE)


def warn_without(scripts: Mapping[str, str] = SCRIPTS) -> None:
    """Say in the log that pages are plain, if there are no scripts."""
    if not scripts:
        _log.warning("There is no bundle of scripts, so pages are plain. Remedy: make setup")
