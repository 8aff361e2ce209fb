"""Where the ontology, the curated files, the queries and the releases lie."""

import os
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parent if (_HERE.parent / "ontology").is_dir() else _HERE / "shipped"

ONTOLOGY_FILES: Final = _ROOT / "ontology"
QUERY_FILES: Final = _ROOT / "queries"
CURATED_FILES: Final = _HERE / "curated"


def releases() -> Path:
    """The folder of all releases: beside the sources, or where GLOCAL_RELEASES says.

    The same from whatever folder one stands in.
    """
    return Path(os.environ.get("GLOCAL_RELEASES") or _ROOT / "releases")
