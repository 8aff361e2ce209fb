"""The folders of the content and of the releases, and the files of JSON-LD contexts."""

import os
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
    """Return the folder of all releases: $GLOCAL_RELEASES, or `releases` beside the content."""
    return Path(os.environ.get("GLOCAL_RELEASES") or CONTENT_FOLDER / "releases")
