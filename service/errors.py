"""What only a request can have wrong, and nothing in `kg`.

ServiceError
├── MissingParameter        a request that lacks what it needs
├── Withdrawn               a resource that was here once, with what stands for it now
├── NotAcceptable           no offered media type fits, with those that are offered
├── UnsupportedMediaType    a body of a type that is not read
├── ContentTooLarge         a body longer than allowed
├── RangeNotSatisfiable     a part of a file that begins behind its end
├── AddressTooLong          an address, or the query in it, longer than allowed
├── UnsupportedCoding       a body in a content coding
├── HeadTooLong             a request line and headers longer than allowed
├── RequestTooSlow          a request that was not whole in time
├── TooManyConnections      as many connections as are allowed, all of them being answered
├── TooManyQueries          as many queries as are allowed run already, and as many wait
├── QueryTimedOut           a query that took longer than allowed
├── QueryOutOfMemory        a query that needed more memory than allowed
├── ResultTooLarge          a result with more rows or bytes than allowed
├── QueryProcessEnded       a query whose process was ended from outside
├── QueryProcessesDown      no query process, since their parent does not start
├── TooManyUpdates          as many changes as are allowed wait already
├── PreconditionFailed      a change for a state that the store is not in
├── Unauthorized            a change without a token
├── Forbidden               a change with a wrong one
├── NotWritable             a change of a scratch store that was started for reading alone
├── EndpointFailed          another endpoint that gives no answer to be used, with its address
│   └── EndpointTimedOut      one that gives none in time
├── TooManyExplanations     as many explanations as are allowed are being made already
└── ReadOnly                an attempt to change a release

RefusedEndpoint, a SERVICE that may not be asked, is a RefusedQuery. And of the operator, not of a
request: MalformedSettings, CannotListen, HttpProcessesDown.
"""

from collections.abc import Sequence

from kg.describe.description import Withdrawal
from kg.errors import KgError, RefusedQuery


class ServiceError(KgError):
    """A request that is refused for its form."""


class MissingParameter(ServiceError):
    """A parameter that has to be there, or to be there once."""

    def __init__(self, parameter: str, reason: str) -> None:
        self.parameter, self.reason = parameter, reason
        super().__init__(f"{parameter}: {reason}")


class Withdrawn(ServiceError):
    """A resource that the release has no longer; says why, since when, and what to use instead."""

    def __init__(self, withdrawal: Withdrawal) -> None:
        self.successors = [one.value for one in withdrawal.successors]
        self.since, self.reasons = withdrawal.since, withdrawal.reasons
        since = f" since {self.since}" if self.since else ""
        reason = self.reasons.get("en") or next(iter(self.reasons.values()), "")
        instead = f" In its place: {', '.join(self.successors)}." if self.successors else ""
        said = f" {reason}" if reason else ""
        super().__init__(f"{withdrawal.iri.value} is withdrawn{since}.{said}{instead}")


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
        super().__init__(f"The body has more than {allowed:,} {unit}.")


class RangeNotSatisfiable(ServiceError):
    """A part that begins where the file has ended; `size` is in bytes."""

    def __init__(self, asked: str, size: int) -> None:
        self.size = size
        super().__init__(f"The file has {size} bytes, and '{asked}' begins behind its end.")


class AddressTooLong(ServiceError):
    """An address, or the query in it, that is longer than the setting allows."""

    def __init__(self, what: str, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"The {what} is longer than {allowed:,} characters.")


class UnsupportedCoding(ServiceError):
    """A body in a content coding."""

    def __init__(self, coding: str) -> None:
        self.coding = coding
        super().__init__(f"A body in the content coding '{coding}' is not read here.")


class HeadTooLong(ServiceError):
    """A request line and headers that are longer than allowed."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"What stands before the body is longer than {allowed:,} bytes.")


class RequestTooSlow(ServiceError):
    """A request of which not all has come in the time that there is for it."""

    def __init__(self, seconds: float) -> None:
        self.limit, self.allowed = "seconds", seconds
        super().__init__(f"The request was not whole after {seconds:g} s.")


class TooManyConnections(ServiceError):
    """One connection more than there may be, all of the others being answered or not as old."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"Up to {allowed:,} connections are held at once.")


class TooManyQueries(ServiceError):
    """One query more than may run and wait at once, or one that has waited for too long."""

    def __init__(self, allowed: int, per_client: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(
            f"Up to {allowed:,} queries run at once, {per_client:,} of them for one client; "
            "others wait, but not for ever."
        )


class QueryTimedOut(ServiceError):
    """A query that took longer than allowed, and was ended."""

    def __init__(self, seconds: float) -> None:
        self.limit, self.allowed = "seconds", seconds
        super().__init__(f"The query was ended: it took more than {seconds:g} s.")


class QueryOutOfMemory(ServiceError):
    """A query that needed more memory than allowed, and was ended."""

    def __init__(self, allowed_bytes: int, retry_seconds: int) -> None:
        self.limit, self.allowed, self.retry_seconds = "bytes", allowed_bytes, retry_seconds
        mebibytes = allowed_bytes / 2**20
        super().__init__(
            f"The query was ended: it needed more than {mebibytes:,.0f} MiB of memory."
        )


class ResultTooLarge(ServiceError):
    """A result with more rows, triples or bytes than allowed; the query was ended."""

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit, self.allowed = limit, allowed
        super().__init__(f"The result has more than {allowed:,} {limit}.")


class QueryProcessEnded(ServiceError):
    """A query whose process was ended by something else than a limit."""

    def __init__(self, exit_code: int | None, retry_seconds: int) -> None:
        self.exit_code, self.retry_seconds = exit_code, retry_seconds
        super().__init__("The process that ran this query has ended before it was answered.")


class QueryProcessesDown(ServiceError):
    """There are no query processes, since the parent from which they come does not start."""

    def __init__(self) -> None:
        self.retry_seconds = 1
        super().__init__("No query can be run: the parent of the query processes does not start.")


class TooManyUpdates(ServiceError):
    """One change more than may wait."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"One change is made at a time, and {allowed:,} more wait already.")


class PreconditionFailed(ServiceError):
    """A change that its client wants for a certain state alone, which is not the present one."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Nothing was changed, since the request's condition does not hold: {reason}."
        )


class Unauthorized(ServiceError):
    """A change without the token; `challenge` says how to bring it (RFC 6750, section 3)."""

    def __init__(self, code: str = "") -> None:
        self.challenge = 'Bearer realm="glocal"' + (f', error="{code}"' if code else "")
        super().__init__(
            "Only who has the token may write; right would be a header 'Authorization: Bearer …'."
        )


class Forbidden(ServiceError):
    """A change with another token than the store's."""

    def __init__(self) -> None:
        self.challenge = 'Bearer realm="glocal", error="invalid_token"'
        super().__init__("This is not the token that may write here.")


class NotWritable(ServiceError):
    """A change of a store that was started for reading alone."""

    def __init__(self) -> None:
        super().__init__(
            "This store is read-only; right would be `glocal serve --scratch --writable`."
        )


class RefusedEndpoint(RefusedQuery):
    """A SERVICE whose endpoint may not be asked; nothing has been evaluated."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint = endpoint
        super().__init__(f"SERVICE {endpoint}", reason)


class EndpointFailed(ServiceError):
    """Another endpoint that gives no answer, or none that can be used."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(f"The endpoint {endpoint} gives no answer that can be used: {reason}.")


class EndpointTimedOut(EndpointFailed):
    """Another endpoint that has given no whole answer in time."""


class TooManyExplanations(ServiceError):
    """One explanation more than may be made at once."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"{allowed:,} explanations are being made, and no more may be at once.")


class ReadOnly(ServiceError):
    """An attempt to change what is never changed."""

    def __init__(self) -> None:
        super().__init__("A release is read-only: updates are refused. Right would be a query.")


class MalformedSettings(KgError):
    """Settings that the service cannot be started with."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(mistakes))


class CannotListen(KgError):
    """An address that nothing can be served at."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        super().__init__(f"{host}:{port}: {reason}. Remedy: another --port or --host.")


class HttpProcessesDown(KgError):
    """HTTP processes that end before any of them has been ready."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(
            f"The HTTP processes do not start: one ended with exit code {exit_code}. What it says "
            "on standard error tells why; with --workers 1 it is easiest to see."
        )
