"""dataset.ttl of a curated folder -> what the data set as a whole is called, and by whom."""

from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Triple

from kg.errors import MalformedFile
from kg.namespaces import DCTERMS
from kg.publication.void import DATASET
from kg.sources.files import read_file

_NEEDED: Final = ("title", "description")


def read_dataset(path: Path) -> list[Triple]:
    """What the file of a curated folder says of the data set as a whole.

    Raises:
        MalformedFile: no Turtle, or a title, a description or the licence is missing.
        MalformedInput: it cannot be opened.
    """
    triples = [quad.triple for quad in read_file(path)]
    for name in _NEEDED:
        languages = sorted(
            str(one.object.language)
            for one in triples
            if one.subject == DATASET
            and one.predicate == DCTERMS[name]
            and isinstance(one.object, Literal)
        )
        if languages != ["en", "zh"]:
            remedy = f"<{DATASET.value}> with one dcterms:{name} in @en and one in @zh"
            raise MalformedFile(path, 1, 1, f"the data set has no such {name}", remedy=remedy)
    if not any(one.predicate == DCTERMS["license"] for one in triples):
        remedy = "its dcterms:license"
        raise MalformedFile(path, 1, 1, "the data set has no licence", remedy=remedy)
    return triples
