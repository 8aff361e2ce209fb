"""Files -> quads; `lines` and `origins` lead back from a statement to where it stands."""

from kg.read.files import read_file
from kg.read.folders import read_curated, read_ontology
from kg.read.mappings import read_mappings

__all__ = [
    "read_curated",
    "read_file",
    "read_mappings",
    "read_ontology",
]
