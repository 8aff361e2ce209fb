"""Names that a release once had and has no longer, each with the reason and what to use instead."""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kg.namespaces import DCTERMS, OWL, PROV, SKOS, XSD
from kg.store.quad_store import Store

_YES = Literal("true", datatype=XSD["boolean"])


@dataclass(frozen=True)
class Withdrawal:
    """What a release says of a name that it no longer has.

    `since` is a date and time as xsd:dateTime writes it, empty if unknown; `reasons` are by
    language; `successors` may be none.
    """

    iri: NamedNode
    since: str
    reasons: dict[str, str]
    successors: tuple[NamedNode, ...]


def withdrawn_names(store: Store) -> set[NamedNode]:
    """The names of resources that are no longer used."""
    found = store.matching(None, OWL["deprecated"], _YES)
    return {one.subject for one in found if isinstance(one.subject, NamedNode)}


def withdrawal_of(store: Store, iri: NamedNode) -> Withdrawal | None:
    """Why, and in favour of what, a name is no longer used; nothing if it is, or never was."""
    if next(store.matching(iri, OWL["deprecated"], _YES), None) is None:
        return None
    since = [one.object for one in store.matching(iri, PROV["invalidatedAtTime"])]
    reasons = [one.object for one in store.matching(iri, SKOS["changeNote"])]
    successors = [one.object for one in store.matching(iri, DCTERMS["isReplacedBy"])]
    return Withdrawal(
        iri,
        min((one.value for one in since if isinstance(one, Literal)), default=""),
        {one.language or "": one.value for one in reasons if isinstance(one, Literal)},
        tuple(
            sorted((one for one in successors if isinstance(one, NamedNode)), key=lambda n: n.value)
        ),
    )
