"""Names that are withdrawn: that each says so, why and since when, and is used no more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import BASE, DCTERMS, GLOCAL, OWL, PROV, SKOS, WITHDRAWN, XSD
from kg.validate.findings import Problem, name_of

_RULE: Final = "withdrawn-names"
_LANGUAGES: Final = {"en", "zh"}
_YES: Final = Literal("true", datatype=XSD["boolean"])
_SINCE: Final = PROV["invalidatedAtTime"]


def withdrawal_problems(curated: Sequence[Quad]) -> Iterator[Problem]:
    """What a withdrawal lacks, withdrawn names that are still used, and terms among them.

    A term of the ontology is deprecated where it is declared: it is still there.
    """
    said: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in curated:
        if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode):
            said[quad.subject].append(quad)
    for name, quads in said.items():
        if not name.value.startswith(BASE) or name.value.startswith(GLOCAL):
            remedy = "a name of an entity, passage or evidence graph of this project."
            yield Problem.of_quad(quads[0], f"{name_of(name)} is none to withdraw.", remedy, _RULE)
        for message, remedy in _lacks(quads):
            yield Problem.of_quad(quads[0], f"{name_of(name)} {message}.", remedy, _RULE)
    yield from _still_used(curated, said.keys())


def _lacks(quads: Sequence[Quad]) -> Iterator[tuple[str, str]]:
    """What is missing in the withdrawal of one name, each with what would be right."""
    if not any(one.predicate == OWL["deprecated"] and one.object == _YES for one in quads):
        yield "is not said to be withdrawn", "owl:deprecated true."
    reasons = {
        one.object.language
        for one in quads
        if one.predicate == SKOS["changeNote"] and isinstance(one.object, Literal)
    }
    if reasons != _LANGUAGES:
        yield "has no reason in both languages", 'skos:changeNote "…"@en , "…"@zh.'
    times = [one.object for one in quads if one.predicate == _SINCE]
    if [getattr(one, "datatype", None) for one in times] != [XSD["dateTime"]]:
        remedy = 'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.'
        yield "does not say since when it is withdrawn", remedy


def _still_used(curated: Sequence[Quad], names: Set[NamedNode]) -> Iterator[Problem]:
    for quad in curated:
        ends = (quad.subject, quad.object, quad.graph_name)
        is_about = quad.graph_name == WITHDRAWN and quad.predicate != DCTERMS["isReplacedBy"]
        for name in () if is_about else names & set(ends[quad.graph_name == WITHDRAWN :]):
            yield Problem.of_quad(
                quad,
                f"{name_of(name)} is withdrawn and still used.",
                "its successor, or no withdrawal.",
                _RULE,
            )
