"""The state of a scratch store, who may change it, and how it is changed.

The data itself is held only by the query processes.
"""

import hmac
import logging
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, Request

from service.errors import Forbidden, MalformedSettings, NotWritable, Unauthorized
from service.http.endpoint import Endpoint, endpoint_in
from service.queries.messages import Change

_log: Final = logging.getLogger("glocal.service")
_EXPECTED: Final = (
    "expected one line of letters, digits and -._~+/, such as "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe())'` prints"
)
# The syntax of a bearer token (RFC 6750, section 2.1).
_TOKEN: Final = re.compile(rb"[A-Za-z0-9\-._~+/]+=*")
_HEADER: Final = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


@dataclass(frozen=True)
class WriteToken:
    """The secret that every request for a change must send."""

    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "WriteToken":
        """Read the token from a file, and strip trailing white space.

        Raises:
            MalformedSettings: the file cannot be read, or holds no token; the message tells how to
                make one.
        """
        try:
            secret = path.read_bytes().rstrip()
            readers = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        except OSError as error:
            raise MalformedSettings([f"{path}, the token file: {error.strerror}"]) from error
        if _TOKEN.fullmatch(secret) is None:
            problem = "is empty" if not secret else "does not contain a valid token"
            raise MalformedSettings([f"{path}, the token file, {problem}; {_EXPECTED}"])
        if readers:
            _log.warning("Other users can read the token in %s; `chmod 600` prevents that.", path)
        return cls(secret)

    def check(self, headers: Sequence[str]) -> None:
        """Check that these Authorization headers of a request contain the token.

        Raises:
            Unauthorized: they contain no token, or not in the form of RFC 6750.
            Forbidden: they contain a different token.
        """
        if not headers or (len(headers) == 1 and not headers[0].lower().startswith("bearer")):
            raise Unauthorized
        match = _HEADER.fullmatch(headers[0])
        if len(headers) > 1 or match is None:
            raise Unauthorized("invalid_request")
        if not hmac.compare_digest(match[1].encode("utf-8", "surrogateescape"), self.secret):
            # RFC 6750 says 401 here too; in this service 401 means that no token was sent, and
            # 403 that it was a wrong one.
            raise Forbidden


@dataclass(frozen=True, kw_only=True)
class ScratchStore(Endpoint):
    """One state of a scratch store, replaced by the next state with each change.

    `run_id` is a random text that distinguishes this store from those of other runs of the service.
    Without a token the store is read-only. `advance` replaces this state by the next one.
    """

    run_id: str
    token: WriteToken | None
    advance: Callable[[], None]

    @property
    def release_hash(self) -> str:
        """A text that is different for each state, in place of a content hash."""
        return f"scratch-{self.run_id}-{self.generation}"

    @property
    def version(self) -> str:
        """The number of changes so far."""
        return str(self.generation)

    @property
    def tag_parts(self) -> tuple[str, ...]:
        """The state, and the versions of the service and the engine."""
        return self.release_hash, self.service_version, self.engine

    @property
    def may_change(self) -> bool:
        """Whether the store is writable."""
        return self.token is not None

    @property
    def cache_control(self) -> str:
        """The Cache-Control value: caches must revalidate, since the store may have changed."""
        return "no-cache"


async def current_scratch_store(request: Request) -> ScratchStore:
    """Return the state of the store that a request is answered from; a FastAPI dependency."""
    # `async`, so that FastAPI needs no thread for it.
    endpoint = endpoint_in(request.scope)
    if not isinstance(endpoint, ScratchStore):
        raise TypeError(f"expected a scratch store, got a {type(endpoint).__name__}")
    return endpoint


# The type of a route's parameter that gets the state of its request.
CurrentStore = Annotated[ScratchStore, Depends(current_scratch_store)]


def require_write_access(request: Request, store: ScratchStore) -> None:
    """Refuse a request that may not change the store.

    Raises:
        NotWritable: the store is read-only.
        Unauthorized, Forbidden: see `WriteToken.check`.
    """
    if store.token is None:
        raise NotWritable
    store.token.check(request.headers.getlist("authorization"))


async def apply_change(
    request: Request, store: ScratchStore, change: Change, check: Callable[[ScratchStore], None]
) -> bool:
    """Make a change, which every later query sees; return whether it created a graph.

    The change is made even if the client disconnects meanwhile.

    Args:
        request: the request for the change.
        store: the store, in the state that it had when the request came.
        change: the change to make.
        check: called with the current state right before the change; may raise to prevent it.

    Raises:
        KgError: see `ChangeQueue.apply`.
    """
    return await store.processes.writer.apply(
        change, check=lambda: check(request.app.state.served), then=store.advance
    )
