"""What the query processes answer from: quads in a file, or a store on disk.

What the parent is told as it starts: the snapshot, the context, the limits.

Where the parents of query processes come from.
"""

import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol, cast

import pyoxigraph
from pyoxigraph import Quad, RdfFormat

from kg.describe.json_ld_context import Context
from kg.errors import BrokenRelease
from kg.store.quad_store import Store
from kg.store.release_folder import QUADS_FILE
from kg.store.writable_store import WritableStore
from service.queries.messages import Limits

# Quads that are loaded within about a second.
_LOADED_AT_ONCE: Final = 500_000


@dataclass(frozen=True)
class Snapshot:
    """Where the quads are: a file of N-Quads that is loaded once, or a release opened on disk.

    Loading 68 thousand quads takes 0.15 s and 30 MB, two million 6 s and 670 MB. A store on disk
    opens in 15 ms, but its threads do not survive a fork: each query process opens it itself. In
    memory, joins take a quarter to two thirds of the time.
    """

    path: Path
    is_on_disk: bool
    is_writable: bool = False

    def open(self) -> Store:
        """The quads as a store, with all that several queries need of it made ready.

        No query is run and no blank node made: the engine's random numbers, once the first is
        drawn, would go on in the same way in every process that is forked (rust-random/rand#1362).

        Raises:
            BrokenRelease: what is there cannot be read.
        """
        store = Store.open(self.path) if self.is_on_disk else self._load()
        # Computed here once, and then there in every process that is forked.
        _ = store.named_graphs
        return store

    def _load(self) -> Store:
        try:
            with self._opened() as file:
                # Not `Store.load`, which gives blank nodes other names.
                kind = WritableStore if self.is_writable else Store
                return kind.in_memory(pyoxigraph.parse(file, format=RdfFormat.N_QUADS))
        except (OSError, EOFError, SyntaxError, zlib.error) as error:
            raise BrokenRelease(self.path, f"its quads are not read: {error}") from error

    def _opened(self) -> IO[bytes]:
        if self.path.suffix == ".gz":
            return cast("IO[bytes]", gzip.open(self.path))
        return self.path.open("rb")


@contextmanager
def snapshot_of(store: Store, *, is_on_disk: bool = False) -> Iterator[Snapshot]:
    """The snapshot of what this store holds; there as long as the context.

    What lies in no folder is copied into a file, and is never on disk.
    """
    if store.folder is not None:
        yield release_snapshot(store.folder, is_on_disk=is_on_disk)
        return
    with copied(store.quads()) as path:
        yield Snapshot(path, is_on_disk=False)


@contextmanager
def copied(quads: Iterable[Quad]) -> Iterator[Path]:
    """A file of these quads for the processes of this user; there as long as the context.

    On Linux it has no name in any folder, so that nothing of it stays where this process is killed.
    """
    is_nameless = sys.platform == "linux"
    with tempfile.TemporaryFile() if is_nameless else tempfile.NamedTemporaryFile() as place:
        pyoxigraph.serialize(quads, place, format=RdfFormat.N_QUADS)
        place.flush()
        yield Path(f"/proc/{os.getpid()}/fd/{place.fileno()}" if is_nameless else place.name)


def release_snapshot(folder: Path, *, is_on_disk: bool) -> Snapshot:
    """The snapshot of the release in this folder."""
    return Snapshot(folder if is_on_disk else folder / QUADS_FILE, is_on_disk=is_on_disk)


def is_for_disk(release: Mapping[str, Any], max_quads_in_memory: int) -> bool:
    """Whether a release, as its release.json says, is too large for the memory."""
    return bool(release.get("quads", 0) > max_quads_in_memory)


def begins_on_disk(release: Mapping[str, Any], max_quads_in_memory: int) -> bool:
    """Whether it is read from disk at first: to load it would keep the first answer waiting."""
    return is_for_disk(release, min(max_quads_in_memory, _LOADED_AT_ONCE))


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


class Program(Protocol):
    """A process that can be waited for and killed, as a `subprocess.Popen` can."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; raises TimeoutExpired."""

    def kill(self) -> None:
        """Kill it, if it is there."""


class Parent(NamedTuple):
    """A parent, and the socket for its orders and reports."""

    program: Program
    control: socket.socket


class Parents(Protocol):
    """Gives parents, each to be used by one HTTP process alone."""

    async def start(self, options: Options) -> Parent:
        """A parent, which may still end before it is ready; raises QueryProcessesDown."""


class OwnParents:
    """Starts each parent as a program of its own."""

    async def start(self, options: Options) -> Parent:
        """A parent that loads the snapshot."""
        return start_program(options)


def start_program(options: Options) -> Parent:
    """A parent that is a child of this process."""
    ours, theirs = socket.socketpair()
    program = [sys.executable, "-P", "-m", "service.queries.parent"]
    with theirs:
        started = subprocess.Popen(  # noqa: S603
            [*program, str(theirs.fileno()), options.encode()],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return Parent(started, ours)
