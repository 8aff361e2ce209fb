"""Who may write: whoever has the token (RFC 6750, section 2.1)."""

import hmac
import logging
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service.errors import Forbidden, MalformedSettings, Unauthorized

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
