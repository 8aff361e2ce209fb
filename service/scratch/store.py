"""What a scratch service answers from: nothing but numbers; the data are the processes' alone."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from service.http.endpoint import Endpoint, endpoint_of
from service.scratch.tokens import Token


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
