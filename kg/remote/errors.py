"""What goes wrong with a store on a server."""

from kg.errors import KgError

_SHOWN_CHARACTERS = 300


class StoreError(KgError):
    """The server that holds the release does not answer as it should."""


class StoreUnreachable(StoreError):
    """No connection, or it was cut."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"the store {address} cannot be reached: {reason}")


class StoreTimedOut(StoreError):
    """The answer took too long."""

    def __init__(self, address: str, seconds: float | None) -> None:
        super().__init__(f"the store {address} did not answer within {seconds} seconds")


class StoreFailed(StoreError):
    """The answer is an error, or not what was asked for."""

    def __init__(self, address: str, status: int, text: str) -> None:
        self.status, self.text = status, text
        shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
        super().__init__(f"the store {address} answered with status {status}: {shown}")


class ReleaseNotLoaded(StoreError):
    """The server does not hold the whole release, or holds another one."""

    def __init__(self, address: str, release: str, found: str | None) -> None:
        holds = f"holds the release {found[:16]}" if found else "holds no whole release"
        remedy = f"expected the release {release[:16]}; load it by `glocal load --to {address}`"
        super().__init__(f"the store {address} {holds}: {remedy}")


class AnswerCut(StoreError):
    """The server has more to answer than it sends."""

    def __init__(self, address: str, reason: str, remedy: str) -> None:
        super().__init__(f"the store {address} cut its answer: {reason}; {remedy}")


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
