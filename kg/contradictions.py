"""Contradictions at levels that do not hold <-> how a release describes them.

A release has no triple of a contradiction among what holds, so its triples are reified: each is an
`rdf:Statement` of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from pyoxigraph import NamedNode, Quad, Triple

from kg.namespaces import CONTRADICTION, GLOCAL, RDF, RULE
from kg.reason.derivations import Clash
from kg.statuses import Status, status_of

_PARTS = ("subject", "predicate", "object")


def name_of(clash: Clash) -> NamedNode:
    """The IRI of a contradiction: made of what it says, so it stays from release to release."""
    holder = clash.holder.value if clash.holder else ""
    said = "\n".join([clash.rule, clash.status.value, holder, *map(str, clash.triples)])
    return CONTRADICTION[f"{clash.rule}-{sha256(said.encode()).hexdigest()[:12]}"]


def describe(clashes: Iterable[Clash]) -> list[Triple]:
    """What `graph:meta` says of each: rule, status, holder, and its statements in order."""
    found = []
    for clash in clashes:
        name = name_of(clash)
        found += [
            Triple(name, RDF["type"], GLOCAL["Contradiction"]),
            Triple(name, GLOCAL["byRule"], RULE[clash.rule]),
            Triple(name, GLOCAL["hasStatus"], clash.status.iri),
        ]
        if clash.holder is not None:
            found.append(Triple(name, GLOCAL["heldBy"], clash.holder))
        for number, triple in enumerate(clash.triples, start=1):
            statement = NamedNode(f"{name.value}#{number}")
            found.append(Triple(name, GLOCAL["hasClashingStatement"], statement))
            found.append(Triple(statement, RDF["type"], RDF["Statement"]))
            found += [Triple(statement, RDF[part], getattr(triple, part)) for part in _PARTS]
    return found


def read(meta: Iterable[Quad]) -> list[Clash]:
    """The contradictions that `graph:meta` describes: strongest status first, then by name."""
    said: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in meta:
        said[quad.subject][quad.predicate].append(quad.object)
    found = [
        _clash(about, said)
        for about in list(said.values())
        if GLOCAL["Contradiction"] in about.get(RDF["type"], ())
    ]
    return sorted(found, key=lambda one: (list(Status).index(one.status), name_of(one).value))


def _clash(about: dict[NamedNode, list[Any]], said: dict[Any, dict[NamedNode, list[Any]]]) -> Clash:
    [rule], [status] = about[GLOCAL["byRule"]], about[GLOCAL["hasStatus"]]
    statements = sorted(about[GLOCAL["hasClashingStatement"]], key=_number)
    triples = [Triple(*(said[one][RDF[part]][0] for part in _PARTS)) for one in statements]
    holder = next(iter(about.get(GLOCAL["heldBy"], ())), None)
    return Clash(rule.value.removeprefix(RULE), tuple(triples), status_of(status), holder)


def _number(statement: NamedNode) -> int:
    return int(statement.value.rpartition("#")[2])
