import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from kg.errors import KgError
from service.errors import MemoryShort
from service.queries.admission import Admission, AdmissionLimits
from service.queries.memory import MemoryGuard, memory_bound, private_bytes

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20


@contextmanager
def process_with(mebibytes: int) -> Iterator[int]:
    """Run a process that has written so much memory, and provide its process id."""
    code = f"x = bytearray({mebibytes} * 2**20); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_the_page_faults_of_a_process_are_an_upper_bound_of_its_memory() -> None:
    with process_with(mebibytes=80) as process:
        quick, exact = private_bytes(process), private_bytes(process, exactly=True)

    assert 80 * MEBIBYTE < exact <= quick < 120 * MEBIBYTE


def test_a_process_that_has_gone_has_none() -> None:
    assert private_bytes(2**30) == 0


def test_the_bound_is_half_of_the_machine_and_never_all_of_it() -> None:
    default = memory_bound(None)

    assert memory_bound(100) == 100 * MEBIBYTE
    assert default < memory_bound(2**40) < 2 * default


@pytest.mark.parametrize(
    ("bound", "ended"), [(150, ["large"]), (50, ["large", "small"]), (1000, [])]
)
def test_the_largest_jobs_go_when_all_together_take_too_much(bound: int, ended: list[str]) -> None:
    found: list[tuple[str, KgError]] = []

    async def scenario() -> int:
        admission = Admission(AdmissionLimits())
        with ExitStack() as stack:
            for name, mebibytes in (("small", 50), ("large", 120)):
                process = stack.enter_context(process_with(mebibytes))
                place = await admission.enter(name)
                place.process_id = lambda process=process: process
                place.end = lambda error, name=name: found.append((name, error))
            idle = stack.enter_context(process_with(10))
            guard = MemoryGuard(admission, bound * MEBIBYTE, lambda: [idle])
            await guard.check()
            return guard.used_bytes

    used = asyncio.run(scenario())

    assert 180 * MEBIBYTE < used < 260 * MEBIBYTE
    assert [name for name, _ in found] == ended
    assert all(isinstance(error, MemoryShort) for _, error in found)
