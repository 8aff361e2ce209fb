"""The parent as a program, controlled over its socket."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.sparql.query import Query
from kg.store.quad_store import Store
from service.answers.formats import RESULTS_CSV, Choice
from service.queries.messages import (
    HEADER,
    ControlKind,
    ControlMessage,
    FrameKind,
    QueryJob,
    QueryLimits,
    encode_job,
    take_messages,
)
from service.queries.snapshot import ParentOptions, snapshot_store

CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)

pytestmark = pytest.mark.slow

ASK = QueryJob(Query("ASK {}"), CSV)


class Control:
    """The HTTP process's end of the control socket."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self._buffer, self._reports = end, bytearray(), []

    def fork(self, *numbers: int) -> list[socket.socket]:
        """Send the commands for these forks at once, and return our ends of their connections."""
        pairs = [socket.socketpair() for _ in numbers]
        for number, (_, theirs) in zip(numbers, pairs, strict=True):
            socket.send_fds(
                self.end, [ControlMessage(ControlKind.FORK, number).encode()], [theirs.fileno()]
            )
        for _, theirs in pairs:
            theirs.close()
        return [ours for ours, _ in pairs]

    def next(self) -> ControlMessage | None:
        """Return the next report, or None once the parent has gone."""
        while not self._reports:
            received = self.end.recv(4096)
            if not received:
                return None
            self._buffer += received
            self._reports += take_messages(self._buffer)
        return self._reports.pop(0)


@pytest.fixture
def parent(store: Store, tmp_path: Path) -> Iterator[tuple[Control, subprocess.Popen[bytes]]]:
    context_path = tmp_path / "context.jsonld"
    context_path.write_text('{"@context": {}}', encoding="utf-8")
    with (
        snapshot_store(store) as snapshot,
        started(ParentOptions(snapshot, context_path, QueryLimits())) as (
            control,
            program,
        ),
    ):
        assert control.next() == ControlMessage(ControlKind.READY)
        yield control, program


@contextmanager
def started(options: ParentOptions) -> Iterator[tuple[Control, subprocess.Popen[bytes]]]:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "service.queries.parent"]
    with (
        ours,
        subprocess.Popen(
            [*command, str(theirs.fileno()), options.encode()], pass_fds=[theirs.fileno()]
        ) as program,
    ):
        theirs.close()
        ours.settimeout(20)
        yield Control(ours), program
        ours.close()


def answer_of(connection: socket.socket) -> tuple[FrameKind, bytes]:
    connection.settimeout(20)
    connection.sendall(b"".join(encode_job(ASK)))
    kind, _, _, length = HEADER.unpack(connection.recv(HEADER.size, socket.MSG_WAITALL))
    return FrameKind(kind), connection.recv(length, socket.MSG_WAITALL)


def test_it_forks_in_the_order_in_which_it_is_told(parent) -> None:
    control, program = parent
    connections = control.fork(7, 8, 9)

    reports = [control.next() for _ in connections]
    answers = [answer_of(connection) for connection in connections]

    assert [(one.kind, one.process) for one in reports] == [
        (ControlKind.FORKED, n) for n in (7, 8, 9)
    ]
    assert answers == [(FrameKind.LAST, b"true")] * 3
    assert program.poll() is None
    for connection in connections:
        connection.close()


def test_it_kills_the_one_that_it_is_told_and_reports_how_each_ended(parent) -> None:
    control, _ = parent
    first, second = control.fork(1, 2)
    reports = [control.next(), control.next()]

    control.end.sendall(ControlMessage(ControlKind.KILL, 1).encode())
    reports.append(control.next())
    answer = answer_of(second)
    second.close()
    reports.append(control.next())

    assert reports[2:] == [
        ControlMessage(ControlKind.ENDED, 1, -9),
        ControlMessage(ControlKind.ENDED, 2, 0),
    ]
    assert answer == (FrameKind.LAST, b"true")
    assert first.recv(1) == b""
    first.close()


def test_orders_about_one_that_has_ended_are_let_be(parent) -> None:
    control, program = parent

    control.end.sendall(ControlMessage(ControlKind.KILL, 404).encode())
    [connection] = control.fork(1)

    assert control.next().kind is ControlKind.FORKED
    assert program.poll() is None
    connection.close()


def test_it_ends_with_the_process_that_it_serves(parent, is_gone) -> None:
    control, program = parent
    [connection] = control.fork(1)
    child = control.next().value

    control.end.close()

    assert program.wait(timeout=20) == 0
    assert is_gone(child)
    connection.close()
