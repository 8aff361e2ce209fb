"""What is refused of a request before anything looks at what it asks."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import AddressTooLong, ServiceError, UnsupportedCoding
from service.problems import refusal

_CODING: Final = b"content-encoding"


class WithinLimits:
    """Lets requests pass whose address is short enough and whose body is in no content coding."""

    def __init__(self, app: ASGIApp, *, max_address_characters: int) -> None:
        self._app, self._max_address_characters = app, max_address_characters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        error = self._error(scope) if scope["type"] == "http" else None
        app = self._app if error is None else refusal(error)
        await app(scope, receive, send)

    def _error(self, scope: Scope) -> ServiceError | None:
        path, query = scope["raw_path"], scope["query_string"]
        if len(path) + bool(query) + len(query) > self._max_address_characters:
            return AddressTooLong("address", self._max_address_characters)
        codings = (value for name, value in scope["headers"] if name == _CODING)
        # A few bytes may unfold to any number of them.
        coding = b", ".join(codings).decode("latin-1").strip()
        return UnsupportedCoding(coding) if coding.lower() not in ("", "identity") else None
