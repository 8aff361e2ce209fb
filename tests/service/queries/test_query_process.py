import multiprocessing
import socket
from collections.abc import Iterator

import pyoxigraph
import pytest
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, QuerySolutions

from kg.errors import KgError
from kg.sparql.paging import Page
from kg.sparql.query import Query
from kg.store.quad_store import Store
from kg.store.viewed_store import ShownView
from service.answers.formats import (
    N_TRIPLES,
    RESULT_FORMATS,
    RESULTS_CSV,
    RESULTS_JSON,
    RESULTS_XML,
    TURTLE,
    Choice,
    Format,
)
from service.errors import NotAcceptable, ResultTooLarge
from service.queries.messages import (
    HEADER,
    HELD_BACK_BYTES,
    FrameKind,
    QueryJob,
    QueryLimits,
)
from service.queries.output import Output, RowCounter
from service.queries.query_process import run_query

CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)

NODE = NamedNode("http://e/a")


def output_to(connection: socket.socket, limits: QueryLimits, form: Format = TURTLE) -> Output:
    return Output(connection, limits, Choice(form, form.media_type), may_need_1_2=False)


def ask_past_all_checks(port: int) -> None:
    """Run a query that `refuse_service` would refuse, so that only the second barrier is left."""
    Query.refuse_service = lambda _: None  # type: ignore[method-assign]
    store = Store.in_memory([Quad(NODE, NODE, NODE)])
    block = f"SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}"
    job = QueryJob(Query(f"SELECT * {{ {block} }}"), CSV)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(OSError, match=r"os error 24"):
        run_query(job, ShownView(store), None, output_to(theirs, QueryLimits()))


def test_the_engine_dials_nobody_even_if_it_is_asked_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        there.settimeout(0.2)
        port = there.getsockname()[1]
        # In a process of its own: others have threads that need their files and sockets.
        process = multiprocessing.get_context("spawn").Process(
            target=ask_past_all_checks, args=(port,)
        )
        process.start()
        process.join()

        assert process.exitcode == 0
        with pytest.raises(TimeoutError):
            there.accept()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    for one in (ours, theirs):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * HELD_BACK_BYTES)
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def heads(ours: socket.socket) -> list[tuple[FrameKind, bool, int]]:
    """Return the kind, end and length of the frames that have arrived, and skip their bodies."""
    found = bytearray()
    try:
        while piece := ours.recv(2**20):
            found += piece
    except BlockingIOError:
        pass
    received = []
    while found:
        kind, ends, _, length = HEADER.unpack_from(found)
        received.append((FrameKind(kind), ends, length))
        del found[: HEADER.size + length]
    return received


def test_a_small_answer_is_one_frame_sent_at_its_end(pair) -> None:
    ours, theirs = pair
    output = output_to(theirs, QueryLimits())

    output.write(b"abc")
    before = heads(ours)
    output.finish(None, process_ends=False)

    assert before == []
    assert heads(ours) == [(FrameKind.LAST, False, 3)]


def test_an_error_within_the_first_mebibyte_is_all_that_is_sent(pair) -> None:
    ours, theirs = pair
    output = output_to(theirs, QueryLimits())

    output.write(b"x" * (HELD_BACK_BYTES - 1))
    output.finish(KgError("late"), process_ends=True)

    [(kind, ends, _)] = heads(ours)
    assert (kind, ends) == (FrameKind.REFUSAL, True)


def test_from_the_first_mebibyte_on_parts_are_sent(pair) -> None:
    ours, theirs = pair
    output = output_to(theirs, QueryLimits())

    for _ in range(HELD_BACK_BYTES // 8192 + 33):
        output.write(b"x" * 8192)
    output.finish(None, process_ends=False)

    assert heads(ours) == [
        (FrameKind.PART, False, HELD_BACK_BYTES),
        (FrameKind.PART, False, 2**18),
        (FrameKind.LAST, False, 8192),
    ]


def test_more_bytes_than_allowed_are_refused_and_what_is_written_after_is_lost(pair) -> None:
    ours, theirs = pair
    output = output_to(theirs, QueryLimits(result_bytes=10))

    output.write(b"x" * 10)
    with pytest.raises(ResultTooLarge, match="more than 10 bytes"):
        output.write(b"x")

    assert output.write(b"x") == 1
    assert heads(ours) == []


def test_a_character_that_xml_cannot_carry_is_found_wherever_the_answer_is_cut(pair) -> None:
    output = output_to(pair[1], QueryLimits(), RESULTS_XML)
    rows = b"x" * (HELD_BACK_BYTES - 2) + "\ufffe".encode()

    output.write(rows[:HELD_BACK_BYTES])
    output.write(rows[HELD_BACK_BYTES:])

    with pytest.raises(NotAcceptable, match="U\\+FFFE, which JSON can carry"):
        output.check_rows()


@pytest.mark.parametrize("pieces", [[b"a\n", b"1\n2\n", b"3\n4"], [b"a\n1\n2\n3\n4"]])
def test_rows_are_let_through_up_to_the_limit_however_they_come(pair, pieces) -> None:
    ours, theirs = pair
    output = output_to(theirs, QueryLimits(rows=4), RESULTS_CSV)

    for piece in (*pieces, b"\n"):
        output.write(piece)
    with pytest.raises(ResultTooLarge, match="more than 4 rows"):
        output.write(b"5\n")

    assert heads(ours) == []


def test_triples_are_let_through_up_to_the_limit(pair) -> None:
    output = output_to(pair[1], QueryLimits(rows=3), N_TRIPLES)

    assert list(output.limit_statements("abc")) == ["a", "b", "c"]
    with pytest.raises(ResultTooLarge, match="more than 3 triples"):
        list(output.limit_statements("abcd"))


# Values that look like the ends of rows, in one format or another.
NASTY = r"""
SELECT ?a ?b { VALUES (?a ?b) {
    ("},{" "x") ("[{" <x:y>) (",{" UNDEF) ("},{\"" "\\") ("\"},{\"a\":{" "a\r\nb")
    ("a\nb" "\"\r\n\"") ("<result>" "</result><result>") ("\\\",{\"" "\t") ("" "") ("{}" "},{}")
    (",{\"a\":{\"" ",{") ("}]}" "[{\"a\":1}]")
} }
"""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 8192])
@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
def test_rows_are_counted_in_every_format_wherever_it_is_cut(form, size: int) -> None:
    results = pyoxigraph.Store().query(NASTY)
    assert isinstance(results, QuerySolutions)
    text = results.serialize(format=form.syntax) or b""
    counter = RowCounter(form.media_type)

    for start in range(0, len(text), size):
        counter.add(text[start : start + size])

    assert counter.count == 12


def test_a_result_without_rows_has_none() -> None:
    for form in RESULT_FORMATS:
        assert isinstance(form.syntax, QueryResultsFormat)
        results = pyoxigraph.Store().query("SELECT ?x { ?x ?y ?z }")
        text = results.serialize(format=form.syntax) or b""  # type: ignore[union-attr]
        assert RowCounter(form.media_type).add(text) == 0, form.name


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        (
            "SELECT ?n { VALUES ?n { 'a' 'b' 'c' 'd' } }",
            RESULTS_JSON,
            '{"head":{"vars":["n"],"total":4},"results":{"bindings":['
            '{"n":{"type":"literal","value":"b"}},{"n":{"type":"literal","value":"c"}}]}}',
        ),
        (
            "CONSTRUCT { <e:s> <e:p> ?n } { VALUES ?n { 'a' 'b' 'b' 'c' 'd' } }",
            N_TRIPLES,
            '<e:s> <e:p> "b" .\n<e:s> <e:p> "c" .\n# 4\n',
        ),
        (
            "SELECT ?n { VALUES ?n { 'a' 'b' } }",
            RESULTS_JSON,
            '{"head":{"vars":["n"],"total":2},"results":{"bindings":['
            '{"n":{"type":"literal","value":"b"}}]}}',
        ),
        (
            "SELECT ?n { VALUES ?n { 'a' } }",
            RESULTS_JSON,
            '{"head":{"vars":["n"]},"results":{"bindings":[]}}',
        ),
        ("ASK {}", RESULTS_JSON, '{"head":{},"boolean":true}'),
    ],
)
def test_a_page_has_some_of_the_rows_and_the_number_of_all(
    pair, text: str, form: Format, expected: str
) -> None:
    ours, theirs = pair
    job = QueryJob(Query(text), Choice(form, form.media_type), page=Page(2, 1))
    output = output_to(theirs, QueryLimits(), form)

    run_query(job, ShownView(Store.in_memory([])), None, output)
    output.finish(None, process_ends=False)

    theirs.close()
    received = b"".join(iter(lambda: ours.recv(10_000), b""))

    assert received[HEADER.size :].decode() == expected


# Ten million rows, and as many of which the engine keeps none.
_TENS = " ".join(f"VALUES ?x{n} {{ 0 1 2 3 4 5 6 7 8 9 }}" for n in range(7))
_NONE = f"{_TENS} FILTER ({' + '.join(f'?x{n}' for n in range(7))} > 99)"


def run_page(connection: socket.socket, group: str) -> None:
    output = output_to(connection, QueryLimits(), RESULTS_JSON)
    choice = Choice(RESULTS_JSON, RESULTS_JSON.media_type)
    job = QueryJob(Query(f"SELECT ?n {{ {group} }}"), choice, page=Page(2))
    run_query(job, ShownView(Store.in_memory([])), None, output)
    output.finish(None, process_ends=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "ends"),
    [
        (f"VALUES ?n {{ 'a' }} {_TENS}", False),
        (f"{{ {_NONE} }} UNION {{ VALUES ?n {{ 'a' 'a' }} }}", True),
    ],
)
def test_a_page_does_not_wait_for_the_number_of_many_rows_or_of_rows_that_take_long(
    pair, group: str, ends: bool
) -> None:
    ours, theirs = pair
    process = multiprocessing.get_context("spawn").Process(target=run_page, args=(theirs, group))

    process.start()
    process.join()

    assert process.exitcode == 0
    received = ours.recv(10_000)
    assert HEADER.unpack_from(received)[:2] == (FrameKind.LAST.value, ends)
    row = '{"n":{"type":"literal","value":"a"}}'
    assert received[HEADER.size :].decode() == (
        f'{{"head":{{"vars":["n"]}},"results":{{"bindings":[{row},{row}]}}}}'
    )
