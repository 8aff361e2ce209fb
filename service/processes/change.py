"""What a writing process is to change."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat

from kg.store.dataset import Dataset
from service.answers.formats import GRAPH_FORMATS

SYNTAXES: Final = {
    name: form.syntax
    for form in GRAPH_FORMATS
    for name in (form.media_type, *form.aliases)
    if isinstance(form.syntax, RdfFormat)
}


MEDIA_TYPES: Final = tuple(SYNTAXES)


@dataclass(frozen=True)
class Update:
    """A SPARQL Update request; `using` is the dataset that the client names beside it."""

    text: str
    base_iri: str
    using: Dataset | None = None


class Act(Enum):
    """What becomes of a graph."""

    REPLACE = "replace"
    ADD = "add"
    DROP = "drop"


class Demand(Enum):
    """What there has to be before: anything, a graph of this name, or none."""

    NOTHING = "nothing"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class Body:
    """RDF as it was sent: its media type, and whether it is compressed by gzip."""

    content: bytes
    media_type: str
    is_gzipped: bool = False


@dataclass(frozen=True)
class GraphChange:
    """What becomes of one graph, or with none of all, by what these bodies say together.

    Uncompressed, no body may have more than `most_bytes`. JSON-LD is read by these options of its
    API, and may refer to the contexts in this folder.
    """

    act: Act
    graph: NamedNode | DefaultGraph | None
    base_iri: str
    bodies: Sequence[Body] = ()
    demand: Demand = Demand.NOTHING
    most_bytes: int = 0
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)
    contexts: Path | None = None


Change = Update | GraphChange


@dataclass(frozen=True)
class Outcome:
    """What has become of a change, and the process that has made it and is the next parent."""

    creates: bool
    process_id: int

    def encode(self) -> bytes:
        """The outcome as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Outcome":
        """The outcome again."""
        return cls(**json.loads(body))
