"""The folders of the ontology, the curated files, the queries and the releases."""

import os
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent
# An installed package has copies of the data folders in kg/shipped.
_ROOT: Final = _PACKAGE.parent if (_PACKAGE.parent / "ontology").is_dir() else _PACKAGE / "shipped"

ONTOLOGY_FOLDER: Final = _ROOT / "ontology"
QUERY_FOLDER: Final = _ROOT / "queries"
CURATED_FOLDER: Final = _PACKAGE / "curated"


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
    """Return the folder of all releases: $GLOCAL_RELEASES, or `releases` beside the ontology."""
    return Path(os.environ.get("GLOCAL_RELEASES") or _ROOT / "releases")
