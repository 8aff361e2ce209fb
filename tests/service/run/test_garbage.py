import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from service.run import garbage
from service.run.garbage import ShortCollections, collect_until_gone


class Cycle:
    """A thing that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_through() -> None:
    before = list(gc.callbacks)
    with ShortCollections():
        assert gc.get_freeze_count() > 10_000

    assert gc.get_freeze_count() == 0
    assert gc.callbacks == before


def test_what_survives_a_long_collection_is_frozen_and_garbage_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "_LONG_SECONDS", 0.002)

    with ShortCollections():
        before = gc.get_freeze_count()
        # Long enough for several collections of all that there is.
        kept = [[number] for number in range(400_000)]
        garbage_left = weakref.ref(Cycle())
        gc.collect()

        assert gc.get_freeze_count() - before > len(kept) / 2
        assert garbage_left() is None


def test_what_a_thread_still_keeps_is_freed_soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_PAUSES_SECONDS", (0, 0.2, 0.2, 3600))
    kept = [Cycle()]
    reference = weakref.ref(kept[0])

    async def free() -> None:
        asyncio.get_running_loop().call_later(0.1, kept.clear)
        async with asyncio.timeout(60):
            await collect_until_gone(reference)

    asyncio.run(free())

    assert reference() is None


def test_what_stays_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(garbage, "_PAUSES_SECONDS", (0, 0))
    kept = Cycle()
    asyncio.run(collect_until_gone(weakref.ref(kept)))

    assert "could not be freed" in caplog.text
