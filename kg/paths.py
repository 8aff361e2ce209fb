"""Where the ontology, the curated files, the queries and the releases lie."""

import os
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parent if (_HERE.parent / "ontology").is_dir() else _HERE / "shipped"

ONTOLOGY_FILES: Final = _ROOT / "ontology"
QUERY_FILES: Final = _ROOT / "queries"
CURATED_FILES: Final = _HERE / "curated"


def context_files(ontology: Path) -> dict[str, Path]:
    """The files of the JSON-LD context by version, `1.0.0`, the newest last."""
    paths = (ontology / "context").glob("*.jsonld")
    return {path.stem: path for path in sorted(paths, key=_version)}


def newest_context(ontology: Path) -> Path:
    """The file of the newest version of the JSON-LD context, or where the first one belongs."""
    return [ontology / "context" / "1.0.0.jsonld", *context_files(ontology).values()][-1]


def _version(path: Path) -> list[int]:
    return [int(part) for part in path.stem.split(".") if part.isdecimal()]


def releases() -> Path:
    """The folder of all releases: beside the sources, or where GLOCAL_RELEASES says.

    The same from whatever folder one stands in.
    """
    return Path(os.environ.get("GLOCAL_RELEASES") or _ROOT / "releases")
