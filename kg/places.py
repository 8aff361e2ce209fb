"""Where the ontology, the curated files, the queries and the releases lie."""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parent if (_HERE.parent / "ontology").is_dir() else _HERE / "shipped"

ONTOLOGY_FILES: Final = _ROOT / "ontology"
QUERY_FILES: Final = _ROOT / "queries"
CURATED_FILES: Final = _HERE / "curated"
RELEASES: Final = Path("releases")
