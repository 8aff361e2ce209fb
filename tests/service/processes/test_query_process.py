import socket

import pytest
from pyoxigraph import NamedNode, Quad

from kg.store import Store
from service.processes.job import Job
from service.processes.limits import Limits
from service.processes.output import Output
from service.processes.query_process import _failure

NODE = NamedNode("http://e/a")


def test_the_engine_dials_nobody_even_if_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused before is let through here, so that the second lock is all there is."""
    monkeypatch.setattr("kg.store.check", lambda _: None)
    store = Store.in_memory([Quad(NODE, NODE, NODE)])
    with socket.create_server(("127.0.0.1", 0)) as there:
        there.settimeout(0.2)
        block = f"SERVICE <http://127.0.0.1:{there.getsockname()[1]}/> {{ ?s ?p ?o }}"
        ours, theirs = socket.socketpair()
        job = Job(f"SELECT * {{ {block} }}", "text/csv", "text/csv")
        with ours, theirs, pytest.raises(OSError, match=r"os error 24"):
            _failure(job, store, None, Output(theirs, Limits()))
        with pytest.raises(TimeoutError):
            there.accept()
