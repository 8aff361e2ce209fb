"""A server whose answers count only while it holds the whole release.

A server that is restarted may have lost what it held, and then would answer with less. So whenever
there is a new connection to it, its marker is read before the first answer is believed.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from weakref import WeakSet

from pyoxigraph import NamedNode

from kg.remote.client import RESULTS, Answer, SparqlServer
from kg.remote.engine import RemoteEngine
from kg.remote.errors import NowhereLoaded, ReleaseNotLoaded, StoreError
from kg.remote.marker import read_marker
from kg.remote.store import RemoteStore
from kg.store.release_folder import find_release, read_manifest, release_content


@dataclass(frozen=True)
class ReleaseServer(SparqlServer):
    """A server, and the hash of the release that it holds."""

    release: str = ""
    _checked: WeakSet[object] = field(default_factory=WeakSet, compare=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    def query(
        self,
        text: str,
        default_graphs: Sequence[NamedNode] = (),
        named_graphs: Sequence[NamedNode] = (),
        *,
        accept: str = RESULTS,
        parameters: str = "",
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Answer:
        """See `SparqlServer.query`; raises ReleaseNotLoaded if the release is not there."""
        answer = self._plain.query(
            text,
            default_graphs,
            named_graphs,
            accept=accept,
            parameters=parameters,
            meanwhile=meanwhile,
        )
        with self._lock:
            is_checked = answer.connection in self._checked
        if not is_checked:
            self.check()
            with self._lock:
                self._checked.add(answer.connection)
        return answer

    def check(self) -> None:
        """Raise ReleaseNotLoaded if the server does not hold the release; or see `query`."""
        marker = read_marker(self._plain)
        if marker is None or marker.hash != self.release:
            raise ReleaseNotLoaded(
                self.address, self.release, None if marker is None else marker.hash
            )

    def close(self) -> None:
        """Close the connections; no request can be sent after that."""
        self._plain.close()

    @cached_property
    def _plain(self) -> SparqlServer:
        return SparqlServer(self.address, self.seconds)


def open_release(address: str, release: Path, seconds: float | None) -> RemoteStore:
    """Open the release in a folder, whose quads are on a server; nothing is sent to it yet.

    `seconds` is how long an answer may take. For errors see `find_release` and `release_content`.
    """
    folder = find_release(release)
    manifest = read_manifest(folder)
    release_content(folder, manifest)
    server = ReleaseServer(address, seconds, manifest["hash"])
    return RemoteStore(RemoteEngine(server, manifest["quads"]), manifest, folder)


def find_server(addresses: Iterable[str], release: Path, seconds: float) -> str:
    """Return the first of the addresses where the release in a folder is whole.

    `seconds` is the time for each. Raises a StoreError if there is none.
    """
    failures: list[StoreError] = []
    for address in addresses:
        server = ReleaseServer(address, seconds, read_manifest(find_release(release))["hash"])
        try:
            server.check()
        except StoreError as error:
            failures.append(error)
        else:
            return address
        finally:
            server.close()
    raise failures[0] if len(failures) == 1 else NowhereLoaded(failures)
