"""What HermiT prints about hierarchies, types and relations -> all of it as triples.

OWL DL consistency and classification, by HermiT.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from pyoxigraph import NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.description_logic.hermit import ENOUGH, Allowance, run_hermit
from kg.reasoning.description_logic.owl_dl import in_owl_dl

_Node = TypeVar("_Node", bound=Hashable)
_Edges = Mapping[_Node, set[_Node]]

# The second name of equivalent data properties is printed as `>iri>`.
_NAME: Final = r"[<>][^<>\s]+>"
_ENTRY: Final = re.compile(rf"{_NAME}|ObjectInverseOf\( {_NAME} \)")
_AXIOM: Final = re.compile(r"^(\w+)\( (.*) \)$", re.MULTILINE)
_INSTANCES: Final = re.compile(r"^<([^>]+)> \(known instances: (.*?) \|", re.MULTILINE)
_PAIR: Final = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
_OF_CLASSES: Final = frozenset({"SubClassOf", "EquivalentClasses"})
_OF_PROPERTIES: Final = frozenset(
    f"{word}{kind}Propert{end}"
    for word, end in (("Sub", "yOf"), ("Equivalent", "ies"))
    for kind in ("Object", "Data")
)


class Role(NamedTuple):
    """A property as it stands, or turned round."""

    name: NamedNode
    is_inverse: bool

    def turned(self) -> "Role":
        """The same the other way round."""
        return Role(self.name, not self.is_inverse)


def read_entailments(printed: str) -> frozenset[Triple]:
    """What the classification in HermiT's functional syntax amounts to, closed.

    Subclasses and subproperties, an `owl:inverseOf` where each of two is below the other
    turned round, types of individuals, relations between them. Without what says nothing: a
    name below itself, below the top or above the bottom of its hierarchy. Anonymous
    individuals are not among them.
    """
    classes: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    roles: dict[Role, set[Role]] = defaultdict(set)
    types = []
    for word, content in _AXIOM.findall(printed):
        first, *others = (_role(entry) for entry in _ENTRY.findall(content))
        for other in others:
            if word == "Type":
                types.append((first.name, other.name))
            elif word in _OF_CLASSES:
                classes[first.name].add(other.name)
                if word.startswith("Equivalent"):
                    classes[other.name].add(first.name)
            elif word in _OF_PROPERTIES:
                _add_below(roles, first, other)
                if word.startswith("Equivalent"):
                    _add_below(roles, other, first)
    above, above_roles = _closure(classes), _closure(roles)
    found = {Triple(one, RDFS["subClassOf"], other) for one in above for other in above[one]}
    found.update(_of_hierarchy(above_roles))
    found.update(_typed(types, above))
    found.update(_related(printed, above_roles))
    return frozenset(triple for triple in found if _says_something(triple))


def _role(entry: str) -> Role:
    name = entry.removeprefix("ObjectInverseOf( ").removesuffix(" )")
    return Role(NamedNode(name[1:-1]), entry != name)


def _add_below(roles: dict[Role, set[Role]], low: Role, high: Role) -> None:
    roles[low].add(high)
    roles[low.turned()].add(high.turned())


def _closure(edges: _Edges[_Node]) -> dict[_Node, set[_Node]]:
    """Each node and all that is reached from it."""
    reached = {}
    for start in edges:
        found: set[_Node] = set()
        ahead = [start]
        while ahead:
            new = edges.get(ahead.pop(), set()) - found
            found |= new
            ahead += new
        reached[start] = found
    return reached


def _of_hierarchy(above: _Edges[Role]) -> Iterator[Triple]:
    for low, highs in above.items():
        for high in highs:
            if low.is_inverse:
                continue
            if not high.is_inverse:
                yield Triple(low.name, RDFS["subPropertyOf"], high.name)
            elif low in above.get(high, ()):
                yield Triple(low.name, OWL["inverseOf"], high.name)


def _typed(
    types: Iterable[tuple[NamedNode, NamedNode]], above: _Edges[NamedNode]
) -> Iterator[Triple]:
    for individual, class_ in types:
        for each in {class_, *above.get(class_, ())}:
            yield Triple(individual, RDF["type"], each)


def _related(printed: str, above: _Edges[Role]) -> Iterator[Triple]:
    for name, pairs in _INSTANCES.findall(printed):
        role = Role(NamedNode(name), is_inverse=False)
        highs = {role, *above.get(role, ())}
        for ends in _PAIR.findall(pairs):
            one, other = map(NamedNode, ends)
            for high in highs:
                subject, value = (other, one) if high.is_inverse else (one, other)
                yield Triple(subject, high.name, value)


def _says_something(triple: Triple) -> bool:
    ends = (triple.subject, triple.predicate, triple.object)
    values = [end.value for end in ends if isinstance(end, NamedNode)]
    if any(value.startswith("internal:") for value in values):
        return False
    is_built_in = any(value.startswith(OWL) for value in (values[0], values[-1]))
    is_property = values[1].startswith(f"{OWL}top") or values[1].startswith(f"{OWL}bottom")
    is_of_terms = values[1].startswith((RDFS, OWL)) and values[1] != OWL["inverseOf"].value
    is_reflexive = is_of_terms and values[0] == values[-1]
    return not (is_built_in or is_property or is_reflexive)


@dataclass(frozen=True)
class Verdict:
    """What HermiT says, and what it was not shown as it stands.

    Attributes:
        unsatisfiable: classes that can have no member; empty if all is inconsistent.
        restated: calendar datatype (CURIE) -> how often it became xsd:dateTime.
        left_out: datatype or predicate (CURIE) -> triples that OWL 2 DL has no reading for.
    """

    is_consistent: bool
    unsatisfiable: tuple[NamedNode, ...]
    restated: Mapping[str, int]
    left_out: Mapping[str, int]


def check_ontology(
    ontology: Iterable[Quad],
    facts: Iterable[Quad] = (),
    allowed: Allowance = ENOUGH,
) -> Verdict:
    """Whether all of it is consistent, and which classes can have no member.

    Args:
        ontology: all modules; graph names are ignored and imports not followed.
        facts: what holds among individuals; without them the terms alone are checked.
        allowed: the time of HermiT, its start included, and its memory.

    Raises:
        UnsupportedAxiom: not an OWL 2 DL ontology; says what HermiT objects to.
        LimitExceeded: time or memory was not enough.
        ReasonerFailed: Java cannot be run.
    """
    readable = in_owl_dl(ontology, facts)
    output, is_consistent = run_hermit([readable.triples], ("-N", "-U"), allowed)
    names = {line.strip() for line in output.splitlines() if line.startswith("\t")}
    unsatisfiable = sorted(names - {OWL["Nothing"].value}) if is_consistent else ()
    return Verdict(
        is_consistent,
        tuple(map(NamedNode, unsatisfiable)),
        readable.restated,
        readable.left_out,
    )


def entail(
    ontology: Iterable[Quad],
    facts: Iterable[Quad],
    allowed: Allowance = ENOUGH,
) -> frozenset[Triple]:
    """All hierarchies, types and relations between individuals that HermiT finds, asserted or not.

    Between named classes, properties and individuals; nothing of top and bottom. Data values
    and equality of individuals are not among them.

    Raises:
        UnsupportedAxiom: not OWL 2 DL, or inconsistent, so that everything follows.
        LimitExceeded: time or memory was not enough.
        ReasonerFailed: Java cannot be run.
    """
    triples = in_owl_dl(ontology, facts).triples
    output, is_consistent = run_hermit([triples], ("-c", "-O", "-D", "-I", "-Y"), allowed)
    if not is_consistent:
        raise UnsupportedAxiom("the ontology with these facts", "everything follows from a clash")
    return read_entailments(output)
