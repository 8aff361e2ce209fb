"""What an HTTP process is told as it starts."""

import json
from dataclasses import dataclass
from pathlib import Path

from service.settings import Settings


@dataclass(frozen=True)
class Start:
    """The settings, `release` among them, and what else one HTTP process of several has to know.

    `name` is its own alone; in `folder` the HTTP processes leave what they count; `generation` is
    that of the release (see `service.workers.channel.Message`); the last two are counted on.
    """

    settings: Settings
    name: str
    folder: Path
    generation: int
    switches: int
    refused_releases: int

    def encode(self) -> str:
        """All of it as JSON, to stand in a command line."""
        said = {**vars(self), "settings": self.settings.model_dump(mode="json")}
        return json.dumps(said, default=str)

    @classmethod
    def decode(cls, text: str) -> "Start":
        """The same again."""
        said = json.loads(text)
        settings, folder = Settings(**said.pop("settings")), Path(said.pop("folder"))
        return cls(settings=settings, folder=folder, **said)
