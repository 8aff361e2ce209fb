import socket
from collections.abc import Iterator

import pytest

from kg.errors import KgError
from service.answers.formats import CSV
from service.errors import ResultTooLarge
from service.queries.messages import HEADER, HELD_BACK_BYTES, FrameKind, QueryLimits, decode_header
from service.queries.query_process import Output


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * HELD_BACK_BYTES)
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def heads(ours: socket.socket) -> list[tuple[FrameKind, bool, int]]:
    """The heads of the frames that have arrived; their bytes are read over."""
    found = bytearray()
    try:
        while piece := ours.recv(2**20):
            found += piece
    except BlockingIOError:
        pass
    received = []
    while found:
        received.append(decode_header(bytes(found[: HEADER.size])))
        del found[: HEADER.size + received[-1][2]]
    return received


def test_a_small_answer_is_one_frame_sent_at_its_end(pair) -> None:
    ours, theirs = pair
    output = Output(theirs, QueryLimits())

    output.write(b"abc")
    before = heads(ours)
    output.finish(None, ends=False)

    assert before == []
    assert heads(ours) == [(FrameKind.LAST, False, 3)]


def test_an_error_within_the_first_mebibyte_is_all_that_is_sent(pair) -> None:
    ours, theirs = pair
    output = Output(theirs, QueryLimits())

    output.write(b"x" * (HELD_BACK_BYTES - 1))
    output.finish(KgError("late"), ends=True)

    [(kind, ends, _)] = heads(ours)
    assert (kind, ends) == (FrameKind.REFUSAL, True)


def test_from_the_first_mebibyte_on_parts_are_sent(pair) -> None:
    ours, theirs = pair
    output = Output(theirs, QueryLimits())

    for _ in range(HELD_BACK_BYTES // 8192 + 9):
        output.write(b"x" * 8192)
    output.finish(None, ends=False)

    assert heads(ours) == [
        (FrameKind.PART, False, HELD_BACK_BYTES),
        (FrameKind.PART, False, 2**16),
        (FrameKind.LAST, False, 8192),
    ]


def test_more_bytes_than_allowed_are_refused_and_what_is_written_after_is_lost(pair) -> None:
    ours, theirs = pair
    output = Output(theirs, QueryLimits(result_bytes=10))

    output.write(b"x" * 10)
    with pytest.raises(ResultTooLarge, match="more than 10 bytes"):
        output.write(b"x")

    assert output.write(b"x") == 1
    assert heads(ours) == []


@pytest.mark.parametrize("pieces", [[b"a\n", b"1\n2\n", b"3\n4"], [b"a\n1\n2\n3\n4"]])
def test_rows_are_let_through_up_to_the_limit_however_they_come(pair, pieces) -> None:
    ours, theirs = pair
    output = Output(theirs, QueryLimits(rows=4))
    output.count_rows_of(CSV)

    for piece in (*pieces, b"\n"):
        output.write(piece)
    with pytest.raises(ResultTooLarge, match="more than 4 rows"):
        output.write(b"5\n")

    assert heads(ours) == []


def test_triples_are_let_through_up_to_the_limit(pair) -> None:
    output = Output(pair[1], QueryLimits(rows=3))

    assert list(output.limit_rows("abc")) == ["a", "b", "c"]
    with pytest.raises(ResultTooLarge, match="more than 3 triples"):
        list(output.limit_rows("abcd"))
