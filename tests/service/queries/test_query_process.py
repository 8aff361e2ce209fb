import multiprocessing
import socket

import pytest
from pyoxigraph import NamedNode, Quad

import kg.store.quad_store
from kg.store.quad_store import Store
from service.queries.messages import QueryJob, QueryLimits
from service.queries.query_process import Output, _run_job

NODE = NamedNode("http://e/a")


def ask_past_all_checks(port: int) -> None:
    """What is refused before is let through here, so that the second lock is all there is."""
    kg.store.quad_store.check = lambda _: None
    store = Store.in_memory([Quad(NODE, NODE, NODE)])
    block = f"SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}"
    job = QueryJob(f"SELECT * {{ {block} }}", "text/csv", "text/csv")
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(OSError, match=r"os error 24"):
        _run_job(job, store, None, Output(theirs, QueryLimits()))


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
