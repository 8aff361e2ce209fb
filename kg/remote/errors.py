"""The errors of a SPARQL server that holds a release, or is to hold it."""

import re
from typing import Final

from kg.errors import KgError

_SHOWN_CHARACTERS: Final = 300
_MARKUP: Final = re.compile(r"<[^<>]*>")


class StoreError(KgError):
    """The server does not do what it should, or has other graphs than it should have."""


class StoreUnreachable(StoreError):
    """There is no connection, or it was cut, or the answer took too long."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"the store {address} cannot be reached: {reason}")


class StoreFailed(StoreError):
    """The answer is an error, or not what was asked for, or not the whole of it."""

    def __init__(self, address: str, status: int, text: str, remedy: str = "") -> None:
        shown = " ".join(_MARKUP.sub(" ", text).split())[:_SHOWN_CHARACTERS]
        super().__init__(f"the store {address} answered with status {status}: {shown}{remedy}")


class ReleaseNotLoaded(StoreError):
    """The server does not hold the whole release, or holds another one."""

    def __init__(self, address: str, release: str, found: str | None) -> None:
        holds = f"holds the release {found[:16]}" if found else "holds no whole release"
        remedy = f"expected the release {release[:16]}; load it by `glocal load --to {address}`"
        super().__init__(f"the store {address} {holds}: {remedy}")
