"""The errors of a store on a server.

`address` is that of the server, and `reason` says what is wrong without naming it.
"""

from collections.abc import Sequence

from kg.errors import KgError

_SHOWN_CHARACTERS = 300


class StoreError(KgError):
    """The server that holds the release does not answer as it should."""

    address = reason = ""


class _OfServer(StoreError):
    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(f"the store {address} {reason}")


class StoreUnreachable(_OfServer):
    """No connection, or it was cut."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, f"cannot be reached: {reason}")


class StoreTimedOut(_OfServer):
    """The answer took too long."""

    def __init__(self, address: str, seconds: float | None) -> None:
        super().__init__(address, f"did not answer within {seconds:g} seconds")


class StoreFailed(_OfServer):
    """The answer is an error, or not what was asked for."""

    def __init__(self, address: str, status: int | None, text: str) -> None:
        self.status, self.text = status, text
        shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
        what = "by what is not HTTP" if status is None else f"with status {status}"
        super().__init__(address, f"answered {what}: {shown}")


class ReleaseNotLoaded(_OfServer):
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


class AnswerCut(_OfServer):
    """The server has more to answer than it sends."""

    def __init__(self, address: str, reason: str, remedy: str) -> None:
        super().__init__(address, f"cut its answer: {reason}; {remedy}")


class NotOfThisStore(StoreError):
    """The server cannot evaluate this query rightly."""

    def __init__(self, feature: str, reason: str) -> None:
        super().__init__(f"{feature} is not possible on this store: {reason}")


class StoreTooLarge(StoreError):
    """Something needs more quads at once than are read from a server."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(
            f"this needs more than {allowed:,} quads of the store at once; "
            "serve the release with an embedded store, or leave out what needs them"
        )
