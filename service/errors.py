"""The errors that only the service can meet, in addition to those of `kg.errors`.

A `ServiceError` concerns a request, as do `MissingParameter` and `RefusedEndpoint`; the last three
concern the operator.
The attributes `limit` (a unit) and `allowed` name a limit; `retry_seconds` becomes Retry-After.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kg.errors import AmbiguousName, KgError, MalformedParameter, RefusedQuery


class ServiceError(KgError):
    """A request that the service refuses or cannot complete."""


class MissingParameter(MalformedParameter):
    """A required parameter that is missing, or one of several alternatives given together."""


class MultipleChoices(AmbiguousName):
    """An address that may mean several things."""


class PageBeyondEnd(ServiceError):
    """A page of a collection after its last one."""

    def __init__(self, page: int, last: int) -> None:
        self.page, self.last = page, last
        super().__init__(f"There is no page {page:,}. Expected a page from 1 to {last:,}.")


class NotAcceptable(ServiceError):
    """No offered media type is acceptable to the client."""

    def __init__(self, reason: str, offered: Sequence[str]) -> None:
        self.offered = list(offered)
        hint = f" Offered: {', '.join(offered)}." if offered else ""
        super().__init__(f"{reason}.{hint}")


class UnsupportedMediaType(ServiceError):
    """A body of a media type that is not supported here."""

    def __init__(self, media_type: str, accepted: Sequence[str]) -> None:
        self.media_type, self.accepted = media_type, list(accepted)
        mistake = f"Unsupported media type '{media_type}'" if media_type else "No Content-Type"
        super().__init__(f"{mistake}. Accepted: {', '.join(accepted)}.")


class ContentTooLarge(ServiceError):
    """A body that is longer than allowed."""

    def __init__(self, allowed: int, unit: str) -> None:
        self.allowed = allowed
        super().__init__(f"The body has more than {allowed:,} {unit}.")


class ForeignOrigin(ServiceError):
    """A request that a page of another site had a browser send."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        remedy = "The operator can name it in the setting `allowed_origins`"
        super().__init__(f"Pages of '{origin[:255]}' may not use this. {remedy}.")


class RangeNotSatisfiable(ServiceError):
    """A part of a file that begins after its end; `size` is that of the file, in bytes."""

    def __init__(self, byte_range: str, size: int) -> None:
        self.size = size
        problem = f"'{byte_range}' begins after the end of the file"
        super().__init__(f"{problem}, which has {size} bytes.")


class AddressTooLong(ServiceError):
    """A URL, or the query in it, that is longer than allowed."""

    def __init__(self, part: str, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"The {part} is longer than {allowed:,} characters.")


class MisdirectedRequest(ServiceError):
    """A request for a host that this service does not answer for."""

    def __init__(self, host: str) -> None:
        self.host = host
        remedy = "The operator can name it in the setting `allowed_hosts`"
        super().__init__(f"This service does not answer for the host '{host[:255]}'. {remedy}.")


class UnsupportedCoding(ServiceError):
    """A body in a content coding."""

    def __init__(self, coding: str) -> None:
        self.coding = coding
        super().__init__(f"Unsupported content coding '{coding}'; expected a body without one.")


class UnreadableRequest(ServiceError):
    """Bytes that are not an HTTP request."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        details = f": {reason}" if reason else ""
        super().__init__(f"What was received is not an HTTP/1.1 request{details}.")


class HeadTooLong(ServiceError):
    """A request line and headers that are longer than allowed."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"The request line and headers are longer than {allowed:,} bytes.")


class RequestTooSlow(ServiceError):
    """A request that was not complete in time."""

    def __init__(self, seconds: float) -> None:
        self.limit, self.allowed = "seconds", seconds
        super().__init__(f"The request was not complete after {seconds:g} s.")


class TooManyConnections(ServiceError):
    """A connection beyond the limit, while no older one is idle and could be closed for it."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"At most {allowed:,} connections may be open at once.")


class TooManyQueries(ServiceError):
    """A query beyond the limits of running and waiting queries, or that waited too long."""

    def __init__(self, allowed: int, per_client: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(
            f"At most {allowed:,} queries run at once, {per_client:,} of them per client; others "
            "wait for a limited time."
        )


class QueryTimedOut(ServiceError):
    """A query or change (`work`) that took longer than allowed and was stopped."""

    def __init__(self, seconds: float, work: str = "query") -> None:
        self.limit, self.allowed = "seconds", seconds
        super().__init__(f"The {work} was stopped: it took more than {seconds:g} s.")


class QueryOutOfMemory(ServiceError):
    """A query or change (`work`) that needed more memory than allowed and was stopped."""

    def __init__(self, allowed_bytes: int, retry_seconds: int, work: str = "query") -> None:
        self.limit, self.allowed, self.retry_seconds = "bytes", allowed_bytes, retry_seconds
        size = f"{allowed_bytes / 2**20:,.0f} MiB of memory"
        super().__init__(f"The {work} was stopped: it needed more than {size}.")


class StackOverflowed(ServiceError):
    """A query or update that overflowed the stack of the engine, which ended its process."""

    def __init__(self) -> None:
        super().__init__(
            "The text is nested too deep, or too long, for the engine: it overflowed the stack of "
            "its process. Expected a simpler query or update."
        )


class ResultTooLarge(ServiceError):
    """A result with more rows, triples or bytes than allowed; the query was stopped."""

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit, self.allowed = limit, allowed
        super().__init__(f"The result has more than {allowed:,} {limit}.")


class QueryProcessEnded(ServiceError):
    """A query or change (`work`) whose process was ended from outside."""

    def __init__(self, exit_code: int | None, retry_seconds: int, work: str = "query") -> None:
        self.exit_code, self.retry_seconds = exit_code, retry_seconds
        super().__init__(f"The process of this {work} ended before the {work} was complete.")


class QueryProcessesDown(ServiceError):
    """There are no query processes, since their parent process is loading or does not start."""

    def __init__(self, reason: str = "the parent of the query processes does not start") -> None:
        self.retry_seconds = 1
        super().__init__(f"No query can run: {reason}.")


class EvaluatorsDown(QueryProcessesDown):
    """There are no evaluator processes (yet), since their parent is loading or does not start."""

    def __init__(self) -> None:
        self.retry_seconds = 5
        KgError.__init__(
            self, "The indexes of proofs and what-ifs are loading or cannot be loaded."
        )


class BudgetSpent(ServiceError):
    """A job of a client that has used its processor time, while others are waiting."""

    def __init__(self, seconds: float, seconds_per_minute: float, retry_seconds: int) -> None:
        self.limit, self.allowed, self.retry_seconds = "processor seconds", seconds, retry_seconds
        super().__init__(
            f"This client has used more than {seconds:g} s of processor time, and others are "
            f"waiting. {seconds_per_minute:g} s are refilled per minute."
        )


class MemoryShort(ServiceError):
    """A job that was ended because all together took too much memory, and it the most."""

    def __init__(self, allowed_bytes: int, retry_seconds: int) -> None:
        self.limit, self.allowed, self.retry_seconds = "bytes", allowed_bytes, retry_seconds
        super().__init__(
            f"The query was stopped: all queries together took more than "
            f"{allowed_bytes / 2**20:,.0f} MiB of memory, and this one the most."
        )


class ReleaseNotVerified(ServiceError):
    """A large release that is served already, while its files are being verified."""

    def __init__(self) -> None:
        self.retry_seconds = 1
        super().__init__("The release is served, but its files are still being verified.")


class ServiceEnding(ServiceError):
    """A request that was not answered before the service ends."""

    def __init__(self) -> None:
        super().__init__("The service is shutting down and could not finish this request in time.")


class TooManyUpdates(ServiceError):
    """A change while the maximum number of changes is waiting."""

    def __init__(self, allowed: int, retry_seconds: int) -> None:
        self.allowed, self.retry_seconds = allowed, retry_seconds
        super().__init__(f"Changes are made one at a time, and {allowed:,} are already waiting.")


class PreconditionFailed(ServiceError):
    """A change whose condition (If-Match, If-None-Match) the state of the store does not meet."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        problem = "Nothing was changed because the request's condition is not met"
        super().__init__(f"{problem}: {reason}.")


class Unauthorized(ServiceError):
    """A change without a token; `challenge` says how to send it (RFC 6750, section 3)."""

    def __init__(self, code: str = "") -> None:
        self.challenge = 'Bearer realm="glocal"' + (f', error="{code}"' if code else "")
        super().__init__("Writing requires the token; expected a header 'Authorization: Bearer …'.")


class Forbidden(ServiceError):
    """A change with a token that is not the store's."""

    def __init__(self) -> None:
        self.challenge = 'Bearer realm="glocal", error="invalid_token"'
        super().__init__("Wrong token: it does not allow writing to this store.")


class TooManyFailedTokens(ServiceError):
    """A change with any token, after the client has sent too many wrong ones."""

    def __init__(self, retry_seconds: int) -> None:
        self.retry_seconds = retry_seconds
        super().__init__("Too many wrong tokens came from your address; none is accepted for now.")


class NotWritable(ServiceError):
    """A change of a scratch store that was started read-only."""

    def __init__(self) -> None:
        remedy = "start it by `glocal serve --scratch --writable` instead"
        super().__init__(f"This store is read-only; {remedy}.")


class RefusedEndpoint(RefusedQuery):
    """A SERVICE whose endpoint may not be called; nothing has been evaluated."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint = endpoint
        super().__init__(f"SERVICE {endpoint}", reason)


class EndpointFailed(ServiceError):
    """Another endpoint that returned no answer, or none that can be used."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(f"The endpoint {endpoint} returned no usable answer: {reason}.")


class EndpointTimedOut(EndpointFailed):
    """Another endpoint that did not return a complete answer in time."""


class ReadOnly(ServiceError):
    """An attempt to change a release."""

    def __init__(self) -> None:
        super().__init__("A release is read-only: updates are refused. Expected a query.")


class ExtraNotInstalled(ServiceError):
    """A part of the service that needs packages that are not installed."""

    def __init__(self, part: str, extra: str) -> None:
        self.part, self.extra = part, extra
        super().__init__(
            f"{part} needs packages that are not installed. Expected: the extra '{extra}', "
            f"as in pip install 'glocal-kg[{extra}]'."
        )


class ToolFailed(ServiceError):
    """A call of an agent's tool that has no answer; the message says what to try instead.

    `problem` is the problem document of a request that was refused.
    """

    def __init__(self, reason: str, problem: Mapping[str, Any] | None = None) -> None:
        self.problem = problem or {}
        super().__init__(reason)


class MalformedSettings(KgError):
    """Settings with which the service cannot start."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(mistakes))


class CannotListen(KgError):
    """An address at which the service cannot listen."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        super().__init__(f"{host}:{port}: {reason}. Remedy: use another --port or --host.")


class UnfitSystem(KgError):
    """A limit of the system with which the service cannot serve, or something that it lacks."""
