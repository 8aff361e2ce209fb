"""Check the consistency of an ontology in OWL DL and classify it, with HermiT."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.description_logic.hermit import DEFAULT_LIMITS, ReasonerLimits, run_hermit
from kg.reasoning.description_logic.owl_dl import to_owl_dl
from kg.validation.hierarchy import closure

# HermiT prints the second name of equivalent data properties as `>iri>`.
_NAME: Final = r"[<>][^<>\s]+>"
_ENTRY: Final = re.compile(rf"{_NAME}|ObjectInverseOf\( {_NAME} \)")
_AXIOM: Final = re.compile(r"^(\w+)\( (.*) \)$", re.MULTILINE)
_INSTANCES: Final = re.compile(r"^<([^>]+)> \(known instances: (.*?) \|", re.MULTILINE)
_PAIR: Final = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
_CLASS_AXIOMS: Final = frozenset({"SubClassOf", "EquivalentClasses"})
_PROPERTY_AXIOM: Final = re.compile("(Sub|Equivalent)(Object|Data)Propert(yOf|ies)")


@dataclass(frozen=True)
class Verdict:
    """HermiT's verdict, and which triples it did not get in their original form.

    `unsatisfiable` is empty if the whole is inconsistent. For the rest see `OwlDlTriples`.
    """

    is_consistent: bool
    unsatisfiable: tuple[NamedNode, ...]
    converted: Mapping[str, int]
    left_out: Mapping[str, int]


def check_ontology(
    ontology: Iterable[Quad], facts: Iterable[Quad] = (), allowed: ReasonerLimits = DEFAULT_LIMITS
) -> Verdict:
    """Check whether the ontology and the facts are consistent and which classes are unsatisfiable.

    The ontology is all modules: imports are not followed. The facts are triples about individuals
    that hold; without them only the terms are checked. Fails as `run_hermit` does.
    """
    readable = to_owl_dl(ontology, facts)
    output, is_consistent = run_hermit([readable.triples], ("-N", "-U"), allowed)
    names = {line.strip() for line in output.splitlines() if line.startswith("\t")}
    unsatisfiable = sorted(names - {OWL["Nothing"].value}) if is_consistent else ()
    classes = tuple(map(NamedNode, unsatisfiable))
    return Verdict(is_consistent, classes, readable.converted, readable.left_out)


def compute_entailments(
    ontology: Iterable[Quad], facts: Iterable[Quad], allowed: ReasonerLimits = DEFAULT_LIMITS
) -> frozenset[Triple]:
    """Return all hierarchies, types and relations between individuals that HermiT entails.

    Asserted triples are included. Only named classes, properties and individuals occur, without
    the top and bottom ones; data values and equality of individuals are not included. Fails as
    `run_hermit` does, and with `UnsupportedAxiom` if the input is inconsistent.
    """
    triples = to_owl_dl(ontology, facts).triples
    output, is_consistent = run_hermit([triples], ("-c", "-O", "-D", "-I", "-Y"), allowed)
    if not is_consistent:
        raise UnsupportedAxiom("the ontology with these facts", "inconsistent: everything follows")
    return read_entailments(output)


class _Role(NamedTuple):
    """A property or its inverse."""

    name: NamedNode
    is_inverse: bool

    @classmethod
    def parse(cls, entry: str) -> "_Role":
        name = entry.removeprefix("ObjectInverseOf( ").removesuffix(" )")
        return cls(NamedNode(name[1:-1]), entry != name)

    def inverse(self) -> "_Role":
        return _Role(self.name, not self.is_inverse)


def read_entailments(printed: str) -> frozenset[Triple]:
    """Parse HermiT's output and return the closure of all that it states.

    These are subclasses and subproperties, types of individuals, relations between them, and an
    `owl:inverseOf` where each of two properties is below the inverse of the other. Left out are
    anonymous individuals, names below themselves, and the top and bottom of hierarchies.
    """
    types, classes, roles = [], list[tuple[NamedNode, NamedNode]](), list[tuple[_Role, _Role]]()
    for word, content in _AXIOM.findall(printed):
        first, *others = map(_Role.parse, _ENTRY.findall(content))
        for other in others:
            is_mutual = word.startswith("Equivalent")
            pairs = [(first, other), (other, first)] if is_mutual else [(first, other)]
            if word == "Type":
                types.append((first.name, other.name))
            elif word in _CLASS_AXIOMS:
                classes += [(low.name, high.name) for low, high in pairs]
            elif _PROPERTY_AXIOM.fullmatch(word):
                roles += [*pairs, *((low.inverse(), high.inverse()) for low, high in pairs)]
    above, above_roles = closure(classes), closure(roles)
    triples = {Triple(low, RDFS["subClassOf"], high) for low in above for high in above[low]}
    triples.update(_role_hierarchy(above_roles))
    triples.update(
        Triple(individual, RDF["type"], broader)
        for individual, class_ in types
        for broader in {class_, *above.get(class_, ())}
    )
    triples.update(_relations(printed, above_roles))
    return frozenset(triple for triple in triples if not _is_trivial(triple))


def _role_hierarchy(above: Mapping[_Role, set[_Role]]) -> Iterator[Triple]:
    for low in above:
        for high in () if low.is_inverse else above[low]:
            if not high.is_inverse:
                yield Triple(low.name, RDFS["subPropertyOf"], high.name)
            elif low in above.get(high, ()):
                yield Triple(low.name, OWL["inverseOf"], high.name)


def _relations(printed: str, above: Mapping[_Role, set[_Role]]) -> Iterator[Triple]:
    for name, pairs in _INSTANCES.findall(printed):
        role = _Role(NamedNode(name), is_inverse=False)
        highs = {role, *above.get(role, ())}
        for pair in _PAIR.findall(pairs):
            first, second = map(NamedNode, pair)
            for high in highs:
                subject, value = (second, first) if high.is_inverse else (first, second)
                yield Triple(subject, high.name, value)


def _is_trivial(triple: Triple) -> bool:
    iris = [term.value for term in triple if isinstance(term, NamedNode)]
    # HermiT's names for anonymous individuals.
    if any(iri.startswith("internal:") for iri in iris):
        return True
    is_about_built_in = any(iri.startswith(OWL) for iri in (iris[0], iris[-1]))
    is_top_or_bottom = iris[1].startswith((f"{OWL}top", f"{OWL}bottom"))
    is_hierarchy = iris[1].startswith((RDFS, OWL)) and iris[1] != OWL["inverseOf"].value
    is_reflexive = is_hierarchy and iris[0] == iris[-1]
    return is_about_built_in or is_top_or_bottom or is_reflexive
