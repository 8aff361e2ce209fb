"""A change that a request asks for, once its client may make it."""

from collections.abc import Callable

from fastapi import Request

from service.errors import NotWritable
from service.queries.messages import Change
from service.scratch.store import Scratch


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
