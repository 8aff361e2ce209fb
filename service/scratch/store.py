"""The state of a scratch store, who may change it, and how it is changed.

The data itself is held only by the query processes.
"""

import hmac
import logging
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, ClassVar, Final

from fastapi import Depends, Request
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from service.errors import Forbidden, MalformedSettings, NotWritable, Unauthorized
from service.http.endpoint import Endpoint, current_endpoint
from service.http.request import parse_iri, query_parameters, url_as_sent
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
        """Read the token in a file, without final white space; MalformedSettings if it has none."""
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
        """Check that these Authorization headers contain the token, in the form of RFC 6750.

        Raises Unauthorized without a token, and Forbidden for a different one.
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
    Without a token the store is read-only.
    """

    is_scratch: ClassVar[bool] = True
    run_id: str
    token: WriteToken | None

    def graph_at(self, request: Request, name: str) -> NamedNode:
        """Return the graph whose IRI is the request's URL, as sent; no parameter may name one."""
        _ = name
        if any(key in ("graph", "default") for key, _ in query_parameters(request)):
            raise MalformedParameter("graph", "the path already names a graph")
        return parse_iri("graph", url_as_sent(request))

    def require_write_access(self, request: Request) -> None:
        """Refuse a change of a read-only store (NotWritable); else see `WriteToken.check`."""
        if self.token is None:
            raise NotWritable
        self.token.check(request.headers.getlist("authorization"))

    async def apply_change(
        self,
        request: Request,
        change: Change,
        check: "Callable[[ScratchStore], None]" = lambda _: None,
    ) -> bool:
        """Make a change, which every later query sees; return whether it created a graph.

        The change is made even if the client disconnects meanwhile. `check` is called with the
        current state right before the change, and may raise to prevent it. See `ChangeQueue.apply`.
        """
        state = request.app.state

        def advance() -> None:
            state.served = replace(state.served, generation=self.processes.pool.generation)

        return await self.processes.writer.apply(
            change, check=lambda: check(state.served), then=advance
        )

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


# The type of a route's parameter that gets the state of its request.
CurrentStore = Annotated[ScratchStore, Depends(current_endpoint)]
