import resource
import threading

import pytest

from kg.errors import LimitExceeded
from kg.sparql.stack import (
    LARGE_STACK_BYTES,
    check_stack,
    large_stack_for_programs,
    run_with_large_stack,
    stack_bytes,
)
from kg.store.quad_store import Store

NESTED = "SELECT * " + "{ SELECT * " * 3_000 + "{ ?s ?p ?o }" + "}" * 3_000


def test_what_would_overflow_a_small_stack_is_refused_with_the_remedy() -> None:
    mebibytes = stack_bytes() // 2**20
    nesting, tokens = mebibytes * 25, mebibytes * 375

    with pytest.raises(LimitExceeded, match=f"nested brackets: more than {nesting:,}.*ulimit -s"):
        check_stack("SELECT * " + "{" * (nesting + 1) + "}" * (nesting + 1))
    with pytest.raises(LimitExceeded, match=f"tokens outside VALUES: more than {tokens:,}"):
        check_stack("SELECT * { FILTER(1" + " + 1" * tokens + ") }")


def test_many_rows_of_values_and_many_brackets_side_by_side_pass() -> None:
    check_stack("SELECT * { VALUES (?x ?y) { " + "(1 2) " * 10_000 + "} }")
    check_stack("SELECT * { " + "{ } UNION " * 300 + "{ } }")


def test_a_comparison_that_may_hide_brackets_counts_as_all_that_it_could_hide() -> None:
    hidden = "SELECT * { FILTER(?a<?b||'>'='VALUES{') " + "BIND(1 AS ?c) " * 5_000 + "}"

    with pytest.raises(LimitExceeded):
        check_stack(hidden)


def test_a_function_can_be_called_with_a_large_stack() -> None:
    store = Store.in_memory([])

    with pytest.raises(LimitExceeded, match="nested brackets"):
        store.query(NESTED)

    assert run_with_large_stack(lambda: list(store.query(NESTED))) == []
    with pytest.raises(ZeroDivisionError):
        run_with_large_stack(lambda: 1 / 0)


def test_the_limit_for_programs_is_that_of_this_process_again_afterwards() -> None:
    before = resource.getrlimit(resource.RLIMIT_STACK)

    with large_stack_for_programs():
        during = resource.getrlimit(resource.RLIMIT_STACK)[0]

    assert 0 < during <= LARGE_STACK_BYTES
    assert resource.getrlimit(resource.RLIMIT_STACK) == before


def test_threads_that_start_programs_at_once_leave_the_limit_as_it_was() -> None:
    before = resource.getrlimit(resource.RLIMIT_STACK)
    inside = threading.Event()

    def start_program() -> None:
        with large_stack_for_programs():
            inside.set()

    second = threading.Thread(target=start_program)
    with large_stack_for_programs():
        second.start()
        assert not inside.wait(0.1)
    second.join()

    assert inside.is_set()
    assert resource.getrlimit(resource.RLIMIT_STACK) == before
