"""What a request to the graph store says of its JSON-LD, by the names of the JSON-LD API."""

from typing import Final

from fastapi import Request
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from service.http.openapi import parameter
from service.http.request import in_address, single

# Each of these values alone; any absolute IRI where there are none.
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "processingMode": ("json-ld-1.1", "json-ld-1.0"),
    "expandContext": (),
    "rdfDirection": ("i18n-datatype", "compound-literal"),
    "useNativeTypes": ("false", "true"),
    "useRdfType": ("false", "true"),
}
OPTIONS: Final = [
    parameter(
        name,
        "Of JSON-LD: the option of this name in its API.",
        **({"type": "string", "enum": list(values)} if values else {}),
    )
    for name, values in _VALUES.items()
]
_BOOLEANS: Final = {"true": True, "false": False}


def json_ld_options_of(request: Request) -> dict[str, str | bool]:
    """The options that the address names.

    Raises:
        MalformedParameter: one has a value that it cannot have.
    """
    found: dict[str, str | bool] = {}
    for name, values in _VALUES.items():
        value = single(in_address(request), name)
        if value is None:
            continue
        if values and value not in values:
            raise MalformedParameter(name, f"right would be {' or '.join(values)}")
        if not values:
            _check_iri(name, value)
        found[name] = _BOOLEANS.get(value, value)
    return found


def base_of(request: Request) -> str | None:
    """What relative IRIs of the body are resolved against, where the address says it.

    Raises:
        MalformedParameter: no absolute IRI.
    """
    base = single(in_address(request), "base")
    if base is not None:
        _check_iri("base", base)
    return base


def _check_iri(name: str, value: str) -> None:
    try:
        NamedNode(value)
    except ValueError as error:
        raise MalformedParameter(name, f"right would be an absolute IRI; {error}") from error
