"""A release whose quads are on a server, and whose content is in a local folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.remote.client import SparqlServer
from kg.remote.engine import RemoteEngine
from kg.remote.errors import ReleaseNotLoaded
from kg.remote.marker import Marker, read_marker
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
        """Open the release on a server; `release`, by default the newest, is its folder.

        Raises ReleaseNotLoaded if the server does not hold it, and the errors of
        `SparqlServer.select`.
        """
        folder = find_release(release)
        manifest = read_manifest(folder)
        release_content(folder, manifest)
        require_release(server, manifest)
        return cls(RemoteEngine(server, manifest["quads"]), manifest, folder)


def require_release(server: SparqlServer, manifest: Mapping[str, Any]) -> None:
    """Raise ReleaseNotLoaded if a server does not hold the whole of a release, as loaded now."""
    found, expected = read_marker(server), Marker.of(manifest)
    if found != expected:
        other = found.hash if found and found.hash != expected.hash else None
        raise ReleaseNotLoaded(server.address, expected.hash, other)
