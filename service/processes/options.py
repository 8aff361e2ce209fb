"""What the parent is told as it starts: the snapshot, the context, the limits."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.json_ld.context import Context
from service.processes.limits import Limits
from service.processes.snapshot import Snapshot


@dataclass(frozen=True)
class Options:
    """All that a query process has to know before its first job.

    `context_path` is the file of the JSON-LD context.
    """

    snapshot: Snapshot
    context_path: Path
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
            Snapshot(Path(snapshot["path"]), is_on_disk=snapshot["is_on_disk"]),
            Path(said["context_path"]),
            Limits(**said["limits"]),
        )

    def context(self) -> Context:
        """The JSON-LD context."""
        return Context.read(self.context_path)
