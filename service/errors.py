"""What only a request can have wrong, and nothing in `kg`.

ServiceError
├── MissingParameter        a request that lacks what it needs
├── NotAcceptable           no offered media type fits, with those that are offered
├── UnsupportedMediaType    a body of a type that is not read
├── ContentTooLarge         a body longer than allowed
├── AddressTooLong          an address, or the query in it, longer than allowed
├── TooManyQueries          as many queries as are allowed run already
└── ReadOnly                an attempt to change a release
"""

from collections.abc import Sequence

from kg.errors import KgError


class ServiceError(KgError):
    """A request that is refused for its form."""


class MissingParameter(ServiceError):
    """A parameter that has to be there, or to be there once."""

    def __init__(self, parameter: str, reason: str) -> None:
        self.parameter, self.reason = parameter, reason
        super().__init__(f"{parameter}: {reason}")


class NotAcceptable(ServiceError):
    """No offered media type fits what was asked for."""

    def __init__(self, reason: str, offered: Sequence[str]) -> None:
        self.offered = list(offered)
        hint = f" Offered: {', '.join(offered)}." if offered else ""
        super().__init__(f"{reason}.{hint}")


class UnsupportedMediaType(ServiceError):
    """A body of a media type that is not read here."""

    def __init__(self, media_type: str, accepted: Sequence[str]) -> None:
        self.media_type, self.accepted = media_type, list(accepted)
        what = f"A body of type '{media_type}'" if media_type else "A body without Content-Type"
        super().__init__(f"{what} is not read here. Accepted: {', '.join(accepted)}.")


class ContentTooLarge(ServiceError):
    """A body that is longer than the setting allows."""

    def __init__(self, allowed: int, unit: str) -> None:
        self.allowed = allowed
        super().__init__(f"The body is longer than {allowed:,} {unit}.")


class AddressTooLong(ServiceError):
    """An address, or the query in it, that is longer than the setting allows."""

    def __init__(self, what: str, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"The {what} is longer than {allowed:,} characters.")


class TooManyQueries(ServiceError):
    """One query more than may run at once."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"{allowed:,} queries run already, and no more may run at once.")


class ReadOnly(ServiceError):
    """An attempt to change what is never changed."""

    def __init__(self) -> None:
        super().__init__("A release is read-only: updates are refused. Right would be a query.")
