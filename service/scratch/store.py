"""Who may write: whoever has the token (RFC 6750, section 2.1).

What a scratch service answers from: nothing but numbers; the data are the processes' alone.

A change that a request asks for, once its client may make it.
"""

import hmac
import logging
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fastapi import Request

from service.errors import Forbidden, MalformedSettings, NotWritable, Unauthorized
from service.http.endpoint import Endpoint, endpoint_of
from service.queries.messages import Change

_log: Final = logging.getLogger("glocal.service")
_REMEDY: Final = (
    "right would be one line of letters, digits and -._~+/, such as "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe())'` prints"
)
# What a bearer token may have (RFC 6750, section 2.1).
_TOKEN: Final = re.compile(rb"[A-Za-z0-9\-._~+/]+=*")
_HEADER: Final = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """The secret that every change has to bring."""

    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Token":
        """The token in this file, without what white space there is at its end.

        Raises:
            MalformedSettings: no such file, or no token in it; with what to do.
        """
        try:
            secret = path.read_bytes().rstrip()
            readers = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        except OSError as error:
            raise MalformedSettings([f"{path}, the token file: {error.strerror}"]) from error
        if _TOKEN.fullmatch(secret) is None:
            what = "is empty" if not secret else "has something else than a token in it"
            raise MalformedSettings([f"{path}, the token file, {what}; {_REMEDY}"])
        if readers:
            _log.warning("Others can read the token in %s; `chmod 600` stops that.", path)
        return cls(secret)

    def check(self, headers: Sequence[str]) -> None:
        """Let pass a request that brings the token in one of these Authorization headers.

        Raises:
            Unauthorized: it brings none, or not in the form of RFC 6750.
            Forbidden: it brings another one.
        """
        if not headers or (len(headers) == 1 and not headers[0].lower().startswith("bearer")):
            raise Unauthorized
        found = _HEADER.fullmatch(headers[0])
        if len(headers) > 1 or found is None:
            raise Unauthorized("invalid_request")
        if not hmac.compare_digest(found[1].encode("utf-8", "surrogateescape"), self.secret):
            raise Forbidden


@dataclass(frozen=True, kw_only=True)
class Scratch(Endpoint):
    """One state of a scratch store; another one takes its place with each change.

    `start` tells this store from those that other starts of the service had. Without a token it
    cannot be written to. `advance` puts the next state in the place of this one.
    """

    start: str
    token: Token | None
    advance: Callable[[], None]

    @property
    def release_hash(self) -> str:
        """No content hash, but it is another for each state."""
        return f"scratch-{self.start}-{self.generation}"

    @property
    def version(self) -> str:
        """How often the store was written to."""
        return str(self.generation)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The state, the service, the engine."""
        return self.release_hash, self.service_version, self.engine

    @property
    def may_change(self) -> bool:
        """Whether somebody may write to it."""
        return self.token is not None

    @property
    def freshness(self) -> str:
        """Caches have to ask each time, since the store may have changed."""
        return "no-cache"


async def scratch(request: Request) -> Scratch:
    """What this request is answered from; a FastAPI dependency, `async` to need no thread."""
    found = endpoint_of(request.scope)
    if not isinstance(found, Scratch):
        raise TypeError(f"what is served is a {type(found).__name__}")
    return found


def authorise(request: Request, here: Scratch) -> None:
    """Let pass who may write.

    Raises:
        NotWritable: nobody may.
        Unauthorized, Forbidden: see `Token.check`.
    """
    if here.token is None:
        raise NotWritable
    here.token.check(request.headers.getlist("authorization"))


async def write(
    request: Request, here: Scratch, change: Change, check: Callable[[Scratch], None]
) -> bool:
    """Make the change, after which whoever asks sees it; whether a graph is new by it.

    It is made even if the client goes away meanwhile.

    Raises:
        KgError: see `Writer.write`; `check` is called with the state that is changed.
    """

    def check_present() -> None:
        present = request.app.state.served
        check(present)

    return await here.processes.writer.write(change, check=check_present, then=here.advance)
