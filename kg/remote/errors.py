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


class AnswerCut(StoreError):
    """The server has more to answer than it sends."""

    def __init__(self, address: str, reason: str, remedy: str) -> None:
        super().__init__(f"the store {address} cut its answer: {reason}; {remedy}")


class NotOfThisStore(StoreError):
    """The server cannot evaluate this query rightly."""

    def __init__(self, feature: str, reason: str) -> None:
        super().__init__(f"{feature} is not possible on this store: {reason}")
