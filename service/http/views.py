"""The view that a request asks for by the parameters `view` and `world`.

It is kept in the scope of the request, since entity tags and headers depend on it. See
`kg.statuses` for these words.
"""

from functools import partial
from typing import Final

from fastapi import Request
from starlette.types import Scope

from kg.linking.resolver import Resolver
from kg.statuses import Standing, view_parameters
from service.http.request import Parameters, single_value
from service.http.threads import in_thread

_VIEW: Final = "glocal.view"


def choose_view(
    scope: Scope, resolver: Resolver, pairs: Parameters, default: tuple[str, str] = ("", "")
) -> Standing:
    """Return the view of a request, and note it in the scope; a name may take long to resolve.

    `default` has the names of the view and world if the request names neither; a world alone is
    that of this view. For errors see `Resolver.read_view`.
    """
    view, world = single_value(pairs, "view"), single_value(pairs, "world")
    names = view or default[0], world or ("" if view else default[1])
    chosen = scope[_VIEW] = resolver.read_view(*names)
    return chosen


async def choose_view_in_thread(
    request: Request, resolver: Resolver, pairs: Parameters, default: tuple[str, str] = ("", "")
) -> Standing:
    """Do the same as `choose_view`, in a thread if a name has to be resolved."""
    world = single_value(pairs, "world")
    choose = partial(choose_view, request.scope, resolver, pairs, default)
    if not asks_for_view(pairs) and not any(default):
        return choose()
    is_resolved = not world or resolver.store.views.find_world(world) is not None
    return choose() if is_resolved else await in_thread(request, choose)


def asks_for_view(pairs: Parameters) -> bool:
    """Return whether the request names a view or a world."""
    return any(single_value(pairs, name) for name in ("view", "world"))


def view_headers(scope: Scope) -> dict[str, str]:
    """Return the headers that name the view of an answer, if it has one."""
    view: Standing | None = scope.get(_VIEW)
    parameters = view_parameters(view) if view else {}
    return {f"Glocal-{name.title()}": value for name, value in parameters.items()}
