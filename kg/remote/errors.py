"""What goes wrong with a store on a server.

`address` is that of the server, and `reason` says what is wrong without naming it.
"""

from collections.abc import Sequence

from kg.errors import KgError

_SHOWN_CHARACTERS = 300


class StoreError(KgError):
    """The server that holds the release does not answer as it should."""

    address = reason = ""

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(f"the store {address} {reason}")


class StoreUnreachable(StoreError):
    """No connection, or it was cut."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, f"cannot be reached: {reason}")


class StoreTimedOut(StoreError):
    """The answer took too long."""

    def __init__(self, address: str, seconds: float | None) -> None:
        super().__init__(address, f"did not answer within {seconds:g} seconds")


class StoreFailed(StoreError):
    """The answer is an error, or not what was asked for."""

    def __init__(self, address: str, status: int, text: str) -> None:
        shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
        super().__init__(address, f"answered with status {status}: {shown}")


class ReleaseNotLoaded(StoreError):
    """The server does not hold the whole release, or holds another one."""

    def __init__(self, address: str, release: str, found: str | None) -> None:
        holds = f"holds the release {found[:16]}" if found else "holds no whole release"
        remedy = f"expected the release {release[:16]}; load it by `glocal load --to {address}`"
        super().__init__(address, f"{holds}: {remedy}")


class NowhereLoaded(ReleaseNotLoaded):
    """None of several servers has the whole release; `failures` say why."""

    def __init__(self, failures: Sequence[StoreError]) -> None:
        self.failures = [*map(str, failures)]
        KgError.__init__(self, "; ".join(self.failures))


class NotOfThisStore(StoreError):
    """The server cannot evaluate this query rightly."""

    def __init__(self, feature: str, reason: str) -> None:
        KgError.__init__(self, f"{feature} is not possible on this store: {reason}")
