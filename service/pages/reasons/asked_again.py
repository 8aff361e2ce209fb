"""The same question again with another name, where one of its names means nothing or too much."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode

from kg.namespaces import ID, OWL, RDF, is_in
from kg.store.quad_store import Store
from service.http.request import Parameters
from service.pages.terms import TermWriter

# The name in the detail of a failure.
_NAMED: Final = re.compile(
    r"'(?P<several>.*)' is the name of several things\..*|Unknown [\w ]+ '(?P<unknown>.*?)'\..*",
    re.DOTALL,
)


def offer_names(
    failure: Mapping[str, Any],
    terms: TermWriter,
    store: Store,
    path: str,
    pairs: Parameters,
    fields: Sequence[str],
) -> dict[str, Any]:
    """Return a failure whose candidates and near names lead to the same question with them.

    `path` and `pairs` are those of the question, in which one of the `fields` has the name. Of
    candidates, a `kind` tells a class from an entity; near names stand in `again`.
    """
    match = _NAMED.fullmatch(failure["detail"])
    name = match and (match["several"] or match["unknown"])
    field = next((key for key, value in pairs if key in fields and value.strip() == name), None)
    if not name or field is None:
        return dict(failure)

    def address(other: str) -> str:
        asked = [(key, other if key == field else value) for key, value in pairs if key != "lang"]
        return f"{path}?{urlencode(asked, quote_via=quote, safe=':')}"

    candidates = [
        {**one, "href": address(one["name"]), "kind": _kind_of(terms, store, NamedNode(one["id"]))}
        for one in failure.get("candidates", ())
    ]
    again = [(one, terms.in_language(address(one))) for one in failure.get("near", ())]
    return {**failure, **({"candidates": candidates} if candidates else {}), "again": again}


def _kind_of(terms: TermWriter, store: Store, iri: NamedNode) -> str:
    """Return the name of the class of a term or an entity, by which readers tell them apart."""
    types = {triple.object for triple in store.triples(iri, RDF["type"])}
    classes = [one for one in types if isinstance(one, NamedNode)]
    own = [one for one in classes if is_in(one, OWL) is not is_in(iri, ID)]
    found = sorted(own, key=lambda one: (one.value.endswith("NamedIndividual"), one.value))
    return terms.label(found[0]).value if found else ""
