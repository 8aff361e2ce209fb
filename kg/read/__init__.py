"""Files -> quads, and back from a statement to the line it stands on."""

from kg.read.files import read_file
from kg.read.folders import read_curated, read_ontology
from kg.read.lines import line_of
from kg.read.mappings import read_mappings
from kg.read.origins import places_of

__all__ = [
    "line_of",
    "places_of",
    "read_curated",
    "read_file",
    "read_mappings",
    "read_ontology",
]
