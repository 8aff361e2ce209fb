import socket

import pytest

from kg.errors import KgError, MalformedQuery, UnknownName
from kg.sparql.query import Query
from service.answers.formats import RESULTS_CSV, Choice
from service.errors import NotAcceptable, ResultTooLarge
from service.http.problems import problem_of
from service.queries.messages import (
    ControlKind,
    ControlMessage,
    GraphChange,
    GraphOperation,
    QueryJob,
    SentBody,
    decode_refusal,
    encode_job,
    encode_refusal,
    read_job,
    take_messages,
)

CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)


@pytest.mark.parametrize(
    "error",
    [
        MalformedQuery("found 'x'", 3, 7),
        UnknownName("id:C41", ["id:C40"], kind="thing"),
        NotAcceptable("Rows are not written as text/turtle", ["text/csv"]),
        ResultTooLarge("rows", 10),
    ],
)
def test_an_error_comes_back_with_its_class_its_sentence_and_its_facts(error: KgError) -> None:
    received = decode_refusal(encode_refusal(error))

    assert (type(received), str(received)) == (type(error), str(error))
    assert vars(received) == vars(error)
    assert problem_of(received) == problem_of(error)


def test_a_job_comes_in_pieces_and_the_end_of_the_connection_is_no_job() -> None:
    ours, theirs = socket.socketpair()
    job = QueryJob(Query("ASK {}" + " " * 50_000), CSV)

    with ours, theirs:
        ours.sendall(b"".join(encode_job(job)))
        ours.close()

        assert read_job(theirs) == job
        assert read_job(theirs) is None


def test_what_clients_sent_is_encoded_without_a_copy_of_it() -> None:
    ours, theirs = socket.socketpair()
    bodies = [SentBody(bytearray(b"a" * 30_000), "text/turtle"), SentBody(b"", "text/turtle", True)]
    change = GraphChange(GraphOperation.ADD, None, "http://e.example/", bodies)

    parts = encode_job(change)
    with ours, theirs:
        ours.sendall(b"".join(parts))
        received = read_job(theirs)

    assert received == change
    assert isinstance(parts[1], memoryview)
    assert parts[1].obj is bodies[0].content


def test_messages_come_out_as_they_went_in_however_they_are_cut() -> None:
    sent = [
        ControlMessage(ControlKind.FORK, 7),
        ControlMessage(ControlKind.FORKED, 7, 4_321),
        ControlMessage(ControlKind.ENDED, 7, -9),
    ]
    buffer, received = bytearray(), []

    for byte in b"".join(message.encode() for message in sent):
        buffer.append(byte)
        received += take_messages(buffer)

    assert received == sent
    assert buffer == b""
