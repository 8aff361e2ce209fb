"""The snapshot that query processes answer from, and the start of a parent that loads it."""

import gzip
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import pyoxigraph
from pyoxigraph import Quad, RdfFormat

from kg.content import Content
from kg.errors import BrokenRelease
from kg.reasoning.upkeep.entailment import Entailment
from kg.sparql.stack import large_stack_for_programs
from kg.statuses import VIEWS, Standing
from kg.store.quad_store import Store
from kg.store.rdf_version import may_need_rdf_1_2
from kg.store.release_folder import QUADS_FILE, has_rdf_1_2, read_manifest
from kg.store.writable_store import WritableStore
from service.errors import QueryProcessesDown
from service.queries.messages import QueryLimits

# This many quads load within about a second.
_QUICKLY_LOADED_QUADS: Final = 500_000
_POLL_SECONDS: Final = 0.005
# The modules of the two kinds of parents.
QUERY_PROGRAM: Final = "service.queries.parent"
EVALUATOR_PROGRAM: Final = "service.evaluators.parent"


@dataclass(frozen=True)
class Snapshot:
    """The place of the quads: an N-Quads file that is loaded once, or a release opened on disk.

    Loading 68 thousand quads takes 0.15 s and 30 MB; two million take 6 s and 670 MB. A store on
    disk opens in 15 ms; its threads do not survive a fork, but reading needs none of them. In
    memory, joins take between a quarter and two thirds of the time they take on disk.
    """

    path: Path
    is_on_disk: bool
    is_writable: bool = False

    def open(self) -> Store:
        """Open the quads as a store, and compute what many queries need.

        This must not run a query or make a blank node: once the engine has used its random number
        generator, every process forked later would continue with the same random numbers
        (rust-random/rand#1362).

        Raises BrokenRelease if the quads cannot be read.
        """
        store = Store.open(self.path) if self.is_on_disk else self._load()
        # Computed and cached here once, for every process that is forked.
        _ = store.named_graphs
        if not (self.is_on_disk or self.is_writable):
            for base in VIEWS.values():
                store.views.change(Standing(base))
        return store

    @property
    def release(self) -> Path | None:
        """The folder of the release, if the quads are those of one."""
        if self.is_on_disk:
            return self.path
        return self.path.parent if self.path.name == QUADS_FILE else None

    def may_have_rdf_1_2(self) -> bool:
        """Return whether there may be triple terms or base directions.

        Of a release this is known; other quads are searched, which takes 0.01 s for 70 thousand.
        Raises BrokenRelease if the release or the quads cannot be read.
        """
        with self._translated_errors():
            if self.release is not None:
                return has_rdf_1_2(read_manifest(self.release))
            with self._open_file() as file:
                return may_need_rdf_1_2(file)

    def _load(self) -> Store:
        with self._translated_errors(), self._open_file() as file:
            if self.is_writable:
                return WritableStore.restore(file)
            manifest = read_manifest(self.release) if self.release is not None else None
            # Not `Store.load`, which renames blank nodes.
            return Store.in_memory(pyoxigraph.parse(file, format=RdfFormat.N_QUADS), manifest)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, SyntaxError, zlib.error) as error:
            raise BrokenRelease(self.path, f"its quads cannot be read: {error}") from error

    def _open_file(self) -> IO[bytes]:
        is_gzipped = self.path.suffix == ".gz"
        return cast("IO[bytes]", gzip.open(self.path)) if is_gzipped else self.path.open("rb")


@contextmanager
def snapshot_store(store: Store, *, is_on_disk: bool = False) -> Iterator[Snapshot]:
    """Provide a snapshot of this store, for as long as the context lasts.

    The quads of a store without a folder are copied into a file; that snapshot is loaded into
    memory, even if `is_on_disk` is set.
    """
    if store.folder is not None:
        yield release_snapshot(store.folder, is_on_disk=is_on_disk)
    else:
        with quads_file(store.quads()) as path:
            yield Snapshot(path, is_on_disk=False)


@contextmanager
def quads_file(quads: Iterable[Quad]) -> Iterator[Path]:
    """Write these quads to a file that this user's processes can read while the context lasts.

    On Linux the file has no name in any folder, so nothing is left if this process is killed.
    Raises OSError, with the folder's name, if the file cannot be written.
    """
    is_nameless = sys.platform == "linux"
    with tempfile.TemporaryFile() if is_nameless else tempfile.NamedTemporaryFile() as file:
        try:
            pyoxigraph.serialize(quads, file, format=RdfFormat.N_QUADS)
            file.flush()
        except OSError as error:
            place = error.filename or tempfile.gettempdir()
            raise OSError(error.errno, error.strerror, place) from error
        yield Path(f"/proc/{os.getpid()}/fd/{file.fileno()}" if is_nameless else file.name)


def release_snapshot(folder: Path, *, is_on_disk: bool) -> Snapshot:
    """Return the snapshot of the release in this folder."""
    return Snapshot(folder if is_on_disk else folder / QUADS_FILE, is_on_disk=is_on_disk)


def is_too_large_for_memory(manifest: Mapping[str, Any], max_quads_in_memory: int) -> bool:
    """Return whether a release is too large for memory, according to its release.json."""
    return bool(manifest.get("quads", 0) > max_quads_in_memory)


def opens_from_disk_first(manifest: Mapping[str, Any], max_quads_in_memory: int) -> bool:
    """Return whether a release is first read from disk, so that loading delays no answer."""
    return is_too_large_for_memory(manifest, min(max_quads_in_memory, _QUICKLY_LOADED_QUADS))


@dataclass(frozen=True)
class ParentOptions:
    """Everything that a parent and its processes need to know before the first job.

    `context_path` is the file of the JSON-LD context; without one, JSON-LD is written expanded.
    `program` is the module that the parent runs. `content` is that of the release, for evaluators.
    With an `entailment`, a writable store also has what follows from its default graph.
    """

    snapshot: Snapshot
    context_path: Path | None
    limits: QueryLimits
    program: str = QUERY_PROGRAM
    content: Content | None = None
    entailment: Entailment | None = None

    def encode(self) -> str:
        """Encode the options as JSON, for a command line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def decode(cls, text: str) -> "ParentOptions":
        """Decode options from the JSON that `encode` returns."""
        document = json.loads(text)
        snapshot, content = document["snapshot"], document["content"]
        return cls(
            snapshot=Snapshot(**{**snapshot, "path": Path(snapshot["path"])}),
            context_path=document["context_path"] and Path(document["context_path"]),
            limits=QueryLimits(**document["limits"]),
            program=document["program"],
            content=content and Content.from_json(content),
            entailment=Entailment.from_json(document["entailment"]),
        )


class AdoptedProcess:
    """A process that another process started; can be waited for and killed like a `Popen`.

    Its exit code is known if it has become a child of this process, as orphans do on Linux (see
    `adopt_orphans`). Otherwise it is taken to be 0 once no process has this process id.
    """

    def __init__(self, process_id: int) -> None:
        self.pid = process_id
        self._exit_code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Block until the process has exited, and return its exit code.

        Raises TimeoutExpired if it has not exited within `timeout` seconds.
        """
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self._has_exited():
            if timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_POLL_SECONDS)
        return self._exit_code or 0

    def kill(self) -> None:
        """Kill the process if it still exists."""
        if not self._has_exited():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _has_exited(self) -> bool:
        if self._exit_code is None:
            try:
                reaped_id, status = os.waitpid(self.pid, os.WNOHANG)
                self._exit_code = os.waitstatus_to_exitcode(status) if reaped_id else None
            except ChildProcessError:
                try:
                    os.kill(self.pid, 0)
                except ProcessLookupError:
                    self._exit_code = 0
        return self._exit_code is not None


def reap(process_id: int, patience_seconds: float) -> None:
    """Wait for a process that is about to end and reap it, if it is a child of this process."""
    end = time.monotonic() + patience_seconds
    with suppress(ChildProcessError):
        while os.waitpid(process_id, os.WNOHANG)[0] == 0 and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)


class StartedParent(NamedTuple):
    """A parent process, and the control socket for its commands and reports."""

    program: subprocess.Popen[bytes] | AdoptedProcess
    control: socket.socket


# Starts a parent for the use of a single HTTP process. The parent may still die before it is ready.
# Raises QueryProcessesDown if no parent can be started.
ParentSource = Callable[[ParentOptions], Awaitable[StartedParent]]


def parent_command(control: socket.socket, options: ParentOptions) -> list[str]:
    """Return the command of a parent process that inherits this control socket."""
    command = [sys.executable, "-P", "-m", options.program]
    return [*command, str(control.fileno()), options.encode()]


async def spawn_parent(options: ParentOptions) -> StartedParent:
    """Start a parent process that loads the snapshot, as a child of this process.

    It and the processes that it forks have a large stack, for the engine. Raises QueryProcessesDown
    if the system allows no more processes or sockets.
    """
    try:
        with child_connection() as (ours, theirs), large_stack_for_programs():
            program = subprocess.Popen(  # noqa: S603
                parent_command(theirs, options),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
    except OSError as error:
        raise QueryProcessesDown from error
    return StartedParent(program, ours)


@contextmanager
def child_connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Provide our end and the child's end of a connection to a process started in this context.

    The child's end is closed when the context ends, and ours if the process does not start.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            yield ours, theirs
        except BaseException:
            ours.close()
            raise
