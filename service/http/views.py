"""The view that a request asks for by the parameters `view` and `world`.

It is kept in the scope of the request, since entity tags and headers depend on it. See
`kg.statuses` for these words.
"""

from typing import Final

from starlette.types import Scope

from kg.statuses import Standing, view_parameters
from kg.store.views import Views
from service.http.request import Parameters, single_value

_VIEW: Final = "glocal.view"


def choose_view(
    scope: Scope, views: Views, pairs: Parameters, default: tuple[str, str] = ("", "")
) -> Standing:
    """Return the view of a request, and note it in the scope.

    `default` has the names of the view and world if the request names neither; a world alone is
    that of this view. For errors see `Views.parse`.
    """
    view, world = single_value(pairs, "view"), single_value(pairs, "world")
    chosen = scope[_VIEW] = views.parse(view or default[0], world or ("" if view else default[1]))
    return chosen


def asks_for_view(pairs: Parameters) -> bool:
    """Return whether the request names a view or a world."""
    return any(single_value(pairs, name) for name in ("view", "world"))


def view_headers(scope: Scope) -> dict[str, str]:
    """Return the headers that name the view of an answer, if it has one."""
    view: Standing | None = scope.get(_VIEW)
    parameters = view_parameters(view) if view else {}
    return {f"Glocal-{name.title()}": value for name, value in parameters.items()}
