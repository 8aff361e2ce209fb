"""Warn of parameters in an address that its route does not have, and so ignores.

They are no error, since clients, caches and trackers add parameters of their own. `/sparql`, whose
clients do so most, is answered before its route is chosen, and warns of none.
"""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from kg.errors import KgError, did_you_mean
from service.http.query_answer import write_warnings
from service.http.request import query_parameters

# Parameters beyond this number are not named: the header must fit beside the others.
_MAX_NAMED: Final = 3


def add_warnings(scope: Scope, headers: MutableHeaders) -> None:
    """Add the header `Glocal-Warning`, which names parameters that the route does not have."""
    if found := _warnings(scope):
        warnings = headers.get("Glocal-Warning"), write_warnings(found)
        headers["Glocal-Warning"] = ", ".join(filter(None, warnings))


def _warnings(scope: Scope) -> list[str]:
    """Return a sentence for each unknown parameter, the first ones only."""
    described = _described_parameters(scope.get("route"))
    if not described:
        return []
    try:
        given = [name for name, _ in query_parameters(Request(scope))]
    except KgError:
        # The route has refused the address.
        return []
    unknown = [name for name in dict.fromkeys(given) if name not in described]
    return [_describe(name, described) for name in unknown[:_MAX_NAMED]]


def _described_parameters(route: object) -> Collection[str]:
    """Return the names of a route's parameters; none if it is not described or takes any."""
    if not isinstance(route, APIRoute) or not route.include_in_schema:
        return ()
    described: list[dict[str, Any]] = (route.openapi_extra or {}).get("parameters", [])
    if any(one["schema"].get("additionalProperties") for one in described):
        return ()
    fields = [field.alias for field in route.dependant.query_params]
    return [one["name"] for one in described if one["in"] == "query"] + fields


def _describe(name: str, described: Collection[str]) -> str:
    near = did_you_mean(get_close_matches(name, described, cutoff=0.5))
    known = f" Expected: {', '.join(sorted(described))}."
    return f"Unknown parameter '{name}'.{near or known}"
