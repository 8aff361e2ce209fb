import random

import pytest

from benchmarks.attacks.conversations import Conversation, converse
from benchmarks.attacks.raw import judge
from benchmarks.attacks.responses import Malformed, read_responses

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"


def test_responses_are_read_one_after_another() -> None:
    received = b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + JSON + b"Content-Length: 2\r\n\r\n"

    responses = read_responses(received + b"HTTP/1.1 204 No Content\r\n\r\n", ["GET", "HEAD"])

    assert [(one.status, one.body) for one in responses] == [(200, b"{}"), (200, b""), (204, b"")]


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nNo header\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        JSON + b"Content-Length: 1\r\n\r\n{",
        JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        JSON + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 204 No Content\r\n\r\n",
        b"{}",
    ],
)
def test_what_is_no_http_is_found(received: bytes) -> None:
    with pytest.raises(Malformed):
        read_responses(received)


def test_a_missing_answer_a_failure_and_an_open_connection_are_faults() -> None:
    held = Conversation((), ("GET", "GET"), is_sound=True)
    ok, failed = (
        JSON + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
    )

    assert judge(held, ok * 2, is_ended=True) == (["200", "200"], "")
    assert "1 answers to 2 requests" in judge(held, ok, is_ended=True)[1]
    assert judge(held, ok * 2, is_ended=False)[1]
    assert judge(held, ok + failed, is_ended=True)[1].startswith("500")


def test_the_same_seed_gives_the_same_conversations() -> None:
    def draw(seed: int) -> list[Conversation]:
        generator = random.Random(seed)
        return [converse(generator, "token", "/graphs?default") for _ in range(100)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert any(len(one.pieces) > 10 for one in draw(1))
    assert 20 < sum(one.is_sound for one in draw(1)) < 80
    damaged = [one for one in draw(1) if not one.is_sound]
    assert any(b"Bearer token" in b"".join(one.pieces) for one in damaged)
