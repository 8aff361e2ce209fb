"""What the parent is told as it starts: the snapshot, the context, the limits."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.describe.json_ld_context import Context
from service.processes.limits import Limits
from service.processes.snapshot import Snapshot


@dataclass(frozen=True)
class Options:
    """All that a query process has to know before its first job.

    `context_path` is the file of the JSON-LD context; without one, JSON-LD is written expanded.
    """

    snapshot: Snapshot
    context_path: Path | None
    limits: Limits

    def encode(self) -> str:
        """The options as JSON, to stand in a command line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def decode(cls, text: str) -> "Options":
        """The options again."""
        said = json.loads(text)
        snapshot = said["snapshot"]
        return cls(
            Snapshot(**{**snapshot, "path": Path(snapshot["path"])}),
            Path(said["context_path"]) if said["context_path"] is not None else None,
            Limits(**said["limits"]),
        )

    def context(self) -> Context | None:
        """The JSON-LD context, if there is one."""
        return None if self.context_path is None else Context.read(self.context_path)
