import pytest

from service.queries.clients import BudgetLimits, Budgets, networks_of


class Clock:
    """A clock that a test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("host", "networks"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("::ffff:192.0.2.7", ("192.0.2.7",)),
        (
            "2001:db8:1:234:5::6",
            ("2001:db8:1:234::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"),
        ),
        ("testclient", ("testclient",)),
    ],
)
def test_a_client_is_an_address_or_the_networks_of_version_6(
    host: str, networks: tuple[str, ...]
) -> None:
    assert networks_of(host) == networks


def test_what_was_used_comes_back_with_time() -> None:
    clock = Clock()
    budgets = Budgets(BudgetLimits(seconds=10, seconds_per_minute=30), clock)

    budgets.charge("192.0.2.7", 12)
    used = [budgets.used_seconds("192.0.2.7")]
    for clock.seconds in (4.0, 60.0):
        used.append(budgets.used_seconds("192.0.2.7"))

    assert used == [12, 10, 0]
    assert budgets.used_seconds("192.0.2.8") == 0


def test_many_networks_of_one_host_use_one_budget() -> None:
    budgets = Budgets(BudgetLimits(seconds=10), Clock())

    for number in range(8):
        budgets.charge(f"2001:db8:0:{number}00::1", 4)

    # A new /56 has used nothing, but its /48 has: 32 s, of four times one client's share.
    assert budgets.used_seconds("2001:db8:0:ff00::1") == 8
    assert budgets.used_seconds("2001:db8:1::1") == 0
    assert budgets.overdrawn == 1


def test_accounts_that_are_full_again_are_forgotten() -> None:
    clock = Clock()
    budgets = Budgets(BudgetLimits(), clock)
    for number in range(5000):
        clock.seconds = number
        budgets.charge(f"client {number}", 1)

    assert len(budgets._accounts) <= 4096
