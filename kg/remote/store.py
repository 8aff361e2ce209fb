"""A release whose quads are on a server, and whose content is in a local folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.remote.client import SparqlServer
from kg.remote.engine import RemoteEngine
from kg.store.quad_store import Store
from kg.store.release_folder import find_release, read_manifest, release_content


class RemoteStore(Store):
    """The read-only graphs of a release on a server; `folder` has its content and its rules."""

    def __init__(self, engine: RemoteEngine, manifest: Mapping[str, Any], folder: Path) -> None:
        super().__init__(engine, manifest, folder)
        self._server, self.address = engine.server, engine.server.address

    def close(self) -> None:
        """See `Store.close`."""
        self._server.close()

    @classmethod
    def connect(cls, server: SparqlServer, release: Path | None = None) -> "RemoteStore":
        """Open the release on a server; `release`, by default the newest, is its folder."""
        folder = find_release(release)
        manifest = read_manifest(folder)
        release_content(folder, manifest)
        return cls(RemoteEngine(server, manifest["quads"]), manifest, folder)
