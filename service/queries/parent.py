"""The parent of the query processes: it holds the quads in memory, and forks, kills and reaps.

The HTTP process runs it as a program: `python -m service.queries.parent FD OPTIONS`, where FD is
the control socket for commands and reports. So that it can fork safely, it has one thread and uses
the engine for nothing but loading.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from typing import Final, NamedTuple

from kg.describe.json_ld_context import Context
from kg.errors import Contradiction, KgError
from kg.reasoning.upkeep.entailment import Entailment
from kg.store.writable_store import WritableStore
from service.queries import query_process, restrictions, writing_process
from service.queries.compaction import Compaction, continue_in_fresh_process, release_standard_input
from service.queries.forkable_memory import make_forks_cheap
from service.queries.messages import ControlKind, ControlMessage, take_messages
from service.queries.restrictions import die_with_parent, limit_thread_stacks
from service.queries.snapshot import QUERY_PROGRAM, ParentOptions

_FORKING: Final = (ControlKind.FORK, ControlKind.FORK_WRITER)
_READ_BYTES: Final = 4096
# More than one read can bring: a read ends after the first command that carries sockets (unix(7)),
# and none carries more than two.
_MAX_SOCKETS: Final = 64


class ChildSockets(NamedTuple):
    """The sockets of a new child, which determine its role.

    A query process has a connection only, a writer process also a control socket.
    """

    connection: socket.socket
    control: socket.socket | None


def main(arguments: list[str]) -> None:
    """Load the snapshot and act as the parent; in each child, do that child's work."""
    prepare_parent()
    options = ParentOptions.decode(arguments[1])
    if options.context_path is None:
        # Only a scratch store has no context. Its children read uploads and write JSON-LD with
        # `rdf_syntaxes`; imported before the forks, so that not each of them has to import it.
        from kg.sources import rdf_syntaxes  # noqa: F401
    if options.limits.stores and options.program == QUERY_PROGRAM:
        # The HTTP client; few services need it.
        from kg.remote import passthrough  # noqa: F401
    base_bytes = restrictions.resident_bytes()
    try:
        store = options.snapshot.open()
        has_rdf_1_2 = options.snapshot.may_have_rdf_1_2()
        context = Context.read(options.context_path) if options.context_path else None
        if options.entailment is not None and isinstance(store, WritableStore):
            store = _entail(store, options.entailment)
    except KgError as error:
        sys.exit(str(error))
    release_standard_input()
    compaction = Compaction(base_bytes, store) if isinstance(store, WritableStore) else None
    make_forks_cheap()
    # Like fork, `run_parent` returns in the parent (None, at its end) and in each child. A writer
    # process first applies its change, and then is the parent of processes that see the changed
    # store. A query process leaves the loop. The same holds for the children of each new parent.
    child = run_parent(socket.socket(fileno=int(arguments[0])), _contradictions(store))
    while child is not None and child.control is not None:
        if compaction and isinstance(store, WritableStore):
            changed = writing_process.apply_one_change(
                child.connection, store, options.limits, has_rdf_1_2=has_rdf_1_2
            )
            if changed is None:
                os._exit(0)
            store, has_rdf_1_2 = changed
            if compaction.is_due(store):
                continue_in_fresh_process(store, options, child.control)
        child = run_parent(child.control, _contradictions(store))
    if child is not None:
        query_process.answer_queries(
            child.connection, store, context, options.limits, may_have_rdf_1_2=has_rdf_1_2
        )
    # Skip the interpreter's clean-up: freeing shared memory would first copy it.
    os._exit(0)


def _contradictions(store: object) -> int:
    return store.contradictions if isinstance(store, WritableStore) else 0


def _entail(store: WritableStore, entailment: Entailment) -> WritableStore:
    """Derive what follows from the default graph, and import what the jobs about it need."""
    # Only here, since no other store has anything to do with reasoning.
    from kg.reasoning.proofs import words  # noqa: F401
    from kg.reasoning.upkeep import documents, explanation, suppositions  # noqa: F401
    from kg.reasoning.upkeep.entailed_store import EntailedStore
    from kg.reasoning.whatif import patches  # noqa: F401

    entailed = EntailedStore.over(store, entailment)
    if count := entailed.contradictions:
        if entailment.is_strict:
            rule, premises, proof = explanation.explain_first_clash(entailed, entailment.prefixes)
            hint = f"Contradictions: {count:,}. Without --strict, /contradictions shows each."
            raise Contradiction(rule, premises, proof=f"{proof}{hint}")
        sys.stderr.write(f"Contradictions in the data: {count:,}. See /contradictions.\n")
    return entailed


def prepare_parent() -> None:
    """Prepare this process for its work as a parent, before it loads anything."""
    # Near names need it; a child that may open no file could not import it.
    from rapidfuzz import fuzz, process  # noqa: F401

    # Ctrl-C, a terminal hang-up and a service manager's SIGTERM reach every process at once. The
    # HTTP process decides which requests are still answered; this process ends when it ends.
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.SIG_IGN)
    limit_thread_stacks()


def run_parent(control: socket.socket, contradictions: int = 0) -> ChildSockets | None:
    """Fork, kill and reap by command; see `ForkServer`."""
    gc.collect()
    # Memory that the garbage collector never touches stays shared with the children.
    gc.freeze()
    with control:
        return ForkServer(control, contradictions).run()


class ForkServer:
    """Forks, kills and reaps: carries out commands until the process that sends them has gone.

    It reports the number of contradictions in the store when it is ready.
    """

    def __init__(self, control: socket.socket, contradictions: int = 0) -> None:
        self._control, self._contradictions = control, contradictions
        self._buffer = bytearray()
        self._sockets: list[int] = []
        # By the numbers that the sender of the commands gave to the children.
        self._process_ids: dict[int, int] = {}
        self._has_ended = False
        self._child: ChildSockets | None = None

    def run(self) -> ChildSockets | None:
        """Carry out commands; like fork, this returns in the parent and in each child.

        In a child, it returns the child's sockets; in the parent None, once the process that sends
        the commands has gone and the children have been killed.
        """
        wakeup_reader, wakeup_writer = socket.socketpair()
        wakeup_writer.setblocking(False)
        with wakeup_reader, wakeup_writer, selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(wakeup_reader, selectors.EVENT_READ)
            # Python writes to the wake-up socket only for signals that have a handler.
            signal.signal(signal.SIGCHLD, lambda *_: None)
            signal.set_wakeup_fd(wakeup_writer.fileno())
            self._report(ControlMessage(ControlKind.READY, value=self._contradictions))
            while not self._has_ended and self._child is None:
                ready = {key.fileobj for key, _ in selector.select()}
                if wakeup_reader in ready:
                    wakeup_reader.recv(_READ_BYTES)
                    self._reap_children()
                if self._control in ready:
                    self._carry_out_commands()
            signal.set_wakeup_fd(-1)
        return self._child

    def _carry_out_commands(self) -> None:
        """Receive and carry out commands; in a new child, return right after its fork."""
        try:
            received, sockets, _, _ = socket.recv_fds(self._control, _READ_BYTES, _MAX_SOCKETS)
        except ConnectionResetError:
            received, sockets = b"", []
        if not received:
            self._has_ended = True
            for child_id in self._process_ids.values():
                os.kill(child_id, signal.SIGKILL)
        self._buffer += received
        # Sockets arrive in the order of their commands, each no later than its command.
        self._sockets += sockets
        for command in take_messages(self._buffer):
            if command.kind in _FORKING:
                child = ChildSockets(
                    self._next_socket(),
                    self._next_socket() if command.kind is ControlKind.FORK_WRITER else None,
                )
                if self._fork(command.process):
                    self._child = child
                    return
                for end in filter(None, child):
                    end.close()
            elif command.process in self._process_ids:
                self._control_child(command)

    def _next_socket(self) -> socket.socket:
        return socket.socket(fileno=self._sockets.pop(0))

    def _fork(self, number: int) -> bool:
        """Fork a child, and return whether this process is the child."""
        parent_id = os.getpid()
        try:
            child_id = os.fork()
        except OSError:
            # The caller closes the child's connection, which tells the HTTP process of its end.
            self._report(ControlMessage(ControlKind.ENDED, number, -1))
            return False
        if child_id == 0:
            die_with_parent(parent_id)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in self._sockets:
                os.close(descriptor)
            return True
        self._process_ids[number] = child_id
        self._report(ControlMessage(ControlKind.FORKED, number, child_id))
        return False

    def _control_child(self, command: ControlMessage) -> None:
        child_id = self._process_ids[command.process]
        if command.kind is ControlKind.KILL:
            os.kill(child_id, signal.SIGKILL)
        elif command.kind is ControlKind.RELEASE:
            # It is a parent itself now, and has called `outlive_parent`.
            del self._process_ids[command.process]

    def _reap_children(self) -> None:
        """Reap and report each child that has ended; until then its process id is not reused."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                child_id, code = ended[0], os.waitstatus_to_exitcode(ended[1])
                for number in [key for key, one in self._process_ids.items() if one == child_id]:
                    del self._process_ids[number]
                    self._report(ControlMessage(ControlKind.ENDED, number, code))

    def _report(self, message: ControlMessage) -> None:
        # If the other side has gone, `_carry_out_commands` sees that too, and ends this process.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._control.sendall(message.encode())


if __name__ == "__main__":
    main(sys.argv[1:])
