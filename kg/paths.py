"""The folders of the content and of the releases, and the files of JSON-LD contexts."""

import os
import sys
from pathlib import Path
from typing import Final

CONTENT_FILE: Final = "content.toml"
_PACKAGE: Final = Path(__file__).parent
# The folder of the project's own content. An installed package has a copy in kg/shipped.
CONTENT_FOLDER: Final = (
    _PACKAGE.parent if (_PACKAGE.parent / CONTENT_FILE).is_file() else _PACKAGE / "shipped"
)


def context_files(ontology: Path) -> dict[str, Path]:
    """Return the JSON-LD context files by version, such as `1.0.0`, the newest last."""

    def version(path: Path) -> list[int]:
        return [int(part) for part in path.stem.split(".") if part.isdecimal()]

    paths = (ontology / "context").glob("*.jsonld")
    return {path.stem: path for path in sorted(paths, key=version)}


def newest_context_file(ontology: Path) -> Path:
    """Return the newest JSON-LD context file, or the path for the first one if there is none."""
    return [ontology / "context" / "1.0.0.jsonld", *context_files(ontology).values()][-1]


def releases_folder() -> Path:
    """Return the folder of all releases: $GLOCAL_RELEASES, or the default one.

    That is `releases` beside the content, or, for an installed package, whose own folder may be
    read-only, `glocal/releases` in the user's data folder.
    """
    is_installed = _PACKAGE in CONTENT_FOLDER.parents
    default = _user_data_folder() / "glocal" if is_installed else CONTENT_FOLDER
    return Path(os.environ.get("GLOCAL_RELEASES") or default / "releases")


def _user_data_folder() -> Path:
    """Return the folder for data of this user's programs.

    Source: XDG Base Directory Specification; the conventions of macOS and Windows.
    """
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home fails for a user without one
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return given if given.is_absolute() else home / ".local" / "share"
