"""The token that grants write access to a scratch store, and a brake on guessing it."""

import hmac
import logging
import math
import re
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from service.errors import Forbidden, MalformedSettings, TooManyFailedTokens, Unauthorized

_log: Final = logging.getLogger("glocal.service")
_REMEDY: Final = "`python3 -c 'import secrets; print(secrets.token_urlsafe())'`"
_EXPECTED: Final = f"expected one line of letters, digits and -._~+/, such as {_REMEDY} prints"
# The syntax of a bearer token (RFC 6750, section 2.1).
_TOKEN: Final = re.compile(rb"[A-Za-z0-9\-._~+/]+=*")
_HEADER: Final = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
# This many random characters of base64 have 128 bits.
_SAFE_LENGTH: Final = 22
_MAX_FAILURES: Final = 10
_SECONDS_PER_FAILURE: Final = 6.0
_MAX_CLIENTS: Final = 4096


class FailedTokens:
    """Counts the wrong tokens of each client: ten at once, and then one in six seconds.

    Each failure is forgotten six seconds after the one before it. Of thousands of clients, only
    those that failed last are remembered. `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By client, the time at which its last failure will be forgotten.
        self._forgotten_at: LRUCache[str, float] = LRUCache(_MAX_CLIENTS)

    def check(self, client: str) -> None:
        """Raise TooManyFailedTokens if this client has failed too often to try again now."""
        allowed_at = self._forgotten_at.get(client, 0) - (_MAX_FAILURES - 1) * _SECONDS_PER_FAILURE
        waiting_seconds = allowed_at - self._clock()
        if waiting_seconds > 0:
            raise TooManyFailedTokens(math.ceil(waiting_seconds))

    def add(self, client: str) -> None:
        """Record a wrong token of this client."""
        now = self._clock()
        start = max(self._forgotten_at.get(client, now), now)
        self._forgotten_at[client] = start + _SECONDS_PER_FAILURE


@dataclass(frozen=True)
class WriteToken:
    """The secret that every request for a change must send."""

    secret: bytes = field(repr=False)
    failures: FailedTokens = field(default_factory=FailedTokens, repr=False, compare=False)

    @classmethod
    def read(cls, path: Path) -> "WriteToken":
        """Read the token in a file, without final white space; MalformedSettings if it has none.

        Logs a warning if it can be guessed, or others can read it.
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
        if len(secret) < _SAFE_LENGTH:
            problem = f"has fewer than {_SAFE_LENGTH} characters and may be guessed"
            _log.warning("The token in %s %s; %s prints a random one.", path, problem, _REMEDY)
        return cls(secret)

    def check(self, headers: Sequence[str], client: str) -> None:
        """Check that these Authorization headers contain the token, in the form of RFC 6750.

        Raises Unauthorized without a token, and Forbidden for a different one. After too many of
        those, TooManyFailedTokens refuses even the right token of this client, or it could go on
        to guess.
        """
        if not headers or (len(headers) == 1 and not headers[0].lower().startswith("bearer")):
            raise Unauthorized
        match = _HEADER.fullmatch(headers[0])
        if len(headers) > 1 or match is None:
            raise Unauthorized("invalid_request")
        self.failures.check(client)
        if not hmac.compare_digest(match[1].encode("utf-8", "surrogateescape"), self.secret):
            self.failures.add(client)
            # RFC 6750 says 401 here too; in this service 401 means that no token was sent, and
            # 403 that it was a wrong one.
            raise Forbidden
