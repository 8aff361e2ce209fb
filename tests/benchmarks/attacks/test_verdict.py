from collections import Counter
from collections.abc import Sequence

import pytest

from benchmarks.attacks.clients import Tally
from benchmarks.attacks.companions import Ask
from benchmarks.attacks.verdict import Seen, Targets, misses
from benchmarks.attacks.victim import Memory


def _asks(*milliseconds: float, kind: str = "200") -> list[Ask]:
    return [Ask(0.0, one / 1000, kind) for one in milliseconds]


def _seen(
    asks: Sequence[Ask],
    *,
    idle_asks: Sequence[Ask] = tuple(_asks(1, 1, 1)),
    after: float = 100,
    processor_seconds: float | None = None,
) -> Seen:
    before = Memory(100, 80)
    return Seen(
        list(idle_asks), list(asks), before, Memory(500, 80), Memory(after, 80), processor_seconds
    )


def test_an_attack_that_nobody_notices_misses_nothing() -> None:
    tally = Tally(answers=Counter({"200": 5, "503": 9, "429": 7, "closed": 1, "left": 2}))

    assert misses(Targets(), _seen(_asks(9, 9, 9)), tally) == []


@pytest.mark.parametrize(
    ("seen", "targets", "missed"),
    [
        (_seen(_asks(1, 101)), Targets(), ["ASK p99 101.0 ms > 100.0 ms"]),
        (_seen(_asks(1, 900)), Targets(max_ask_seconds=1), []),
        (
            _seen(_asks(1, 1100)),
            Targets(max_ask_seconds=1),
            ["an ASK took 1.10 s, expected 1 s"],
        ),
        (_seen([]), Targets(), ["no ASK was sent during the attack"]),
        (_seen(_asks(1, kind="503")), Targets(), ["honest ASKs: 1 × 503"]),
        (_seen(_asks(1, kind="wrong")), Targets(), ["honest ASKs: 1 × wrong"]),
        (_seen(_asks(1), after=151), Targets(), ["51 MiB stay, expected 50 MiB"]),
        (
            _seen(_asks(1), processor_seconds=2.5),
            Targets(processor_seconds=1),
            ["2.5 CPU s after the clients had left, expected 1"],
        ),
    ],
)
def test_a_missed_target_is_named(seen: Seen, targets: Targets, missed: list[str]) -> None:
    assert misses(targets, seen, Tally()) == missed


def test_failures_of_the_server_and_hangs_are_misses_unless_expected() -> None:
    kinds = Counter({"500": 1, "502": 2, "503 without Retry-After": 3, "504": 4, "hang": 5})

    missed = misses(Targets(statuses=frozenset({"504"})), _seen(_asks(1)), Tally(answers=kinds))

    assert missed == ["1 × 500", "2 × 502", "3 × 503 without Retry-After", "5 × hang"]
