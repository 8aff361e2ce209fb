"""The settings of entailment, which the processes of a service tell each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.reasoning.regimes.names import RegimeName

# The graph of the triples that follow from the default graph and are not asserted there.
DERIVED: Final = NamedNode("urn:x-glocal:derived")


@dataclass(frozen=True)
class Entailment:
    """A regime, the folder of further rules, and limits.

    `max_triples` bounds what one derivation or change may derive, `max_seconds` its time. If it
    `is_strict`, a graph that contradicts itself is refused; `prefixes` shorten the IRIs of such
    errors.
    """

    regime: RegimeName
    rules_folder: Path | None = None
    max_triples: int = 20_000_000
    max_seconds: float = 3600
    is_strict: bool = False
    prefixes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> "Entailment | None":
        """Return what `dataclasses.asdict` made JSON of, with paths as texts; None for None."""
        if document is None:
            return None
        folder = document["rules_folder"]
        return cls(**{**document, "rules_folder": Path(folder) if folder else None})
