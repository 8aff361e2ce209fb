"""The user and the password with which we write to a server."""

from collections.abc import Generator
from pathlib import Path

import httpx2

from kg.remote.errors import StoreError


class PasswordAuth(httpx2.Auth):
    """Basic or digest authentication, whichever the server asks for in its first answer."""

    def __init__(self, user: str, password: str) -> None:
        self._by_scheme = {
            "basic": httpx2.BasicAuth(user, password),
            "digest": httpx2.DigestAuth(user, password),
        }
        self._chosen: httpx2.Auth | None = None

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request without a password, and again as the server asks for it."""
        if self._chosen is None:
            response = yield request
            if response.status_code != httpx2.codes.UNAUTHORIZED:
                return
            challenge = response.headers.get("WWW-Authenticate", "").lower()
            schemes = (name for name in ("digest", "basic") if name in challenge)
            self._chosen = self._by_scheme.get(next(schemes, ""))
            if self._chosen is None:
                return
        yield from self._chosen.auth_flow(request)


def read_auth_file(path: Path) -> PasswordAuth:
    """Return the authentication by a file whose first line is `user:password`.

    Raises StoreError for another content, OSError for a file that cannot be read.
    """
    lines = path.read_text("utf-8").splitlines()
    user, colon, password = lines[0].partition(":") if lines else ("", "", "")
    if not colon or not user:
        raise StoreError(f"{path}: expected user:password in the first line")
    return PasswordAuth(user, password)
