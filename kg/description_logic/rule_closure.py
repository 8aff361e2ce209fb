"""What the rules made of an ontology's axioms derive, in the form in which HermiT answers."""

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.derivation.levels import Derivation, Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


def close_by_rules(
    rules: Sequence[Rule],
    facts: Iterable[Triple],
    *,
    classes: Iterable[NamedNode] = (),
    object_properties: Iterable[NamedNode] = (),
    data_properties: Iterable[NamedNode] = (),
) -> set[Triple]:
    """The facts, what follows from them, and the hierarchies of these classes and properties.

    A class is below another if a fresh member of the one is derived to be a member of the
    other; likewise a property, by a fresh pair. Each such member or pair is claimed by a holder
    of its own, so that reasoning keeps it apart from the others and from what holds.

    Raises:
        Contradiction: the facts contradict the rules.
        LimitExceeded: there is more to derive than allowed.
    """
    holding = [rule for rule in rules if rule.status is None or rule.status.holds]
    stated = [Premise(fact, Status.FACT) for fact in facts]
    samples = {
        **{name: Triple(BlankNode(), RDF["type"], name) for name in classes},
        **{name: Triple(BlankNode(), name, BlankNode()) for name in object_properties},
        **{name: Triple(BlankNode(), name, Literal("any")) for name in data_properties},
    }
    claimed = [Premise(sample, Status.CLAIM, name) for name, sample in samples.items()]
    found = {one.triple for one in stated}
    turned: set[tuple[NamedNode, NamedNode, NamedNode]] = set()
    for one in derive([*stated, *claimed], holding).derivations:
        if one.holder is None:
            found.add(one.triple)
        elif one.holder in samples:
            found.update(_below(one, one.holder, samples[one.holder]))
            turned.update(_below_turned(one, one.holder, samples[one.holder]))
    found |= {Triple(*pair) for pair in turned if pair[::-1] in turned}
    return found


def _below(derivation: Derivation, name: NamedNode, sample: Triple) -> Iterator[Triple]:
    derived = derivation.triple
    if derived.subject != sample.subject:
        return
    if sample.predicate == RDF["type"] == derived.predicate:
        yield Triple(name, RDFS["subClassOf"], derived.object)
    elif sample.predicate != RDF["type"] and derived.object == sample.object:
        yield Triple(name, RDFS["subPropertyOf"], derived.predicate)


def _below_turned(
    derivation: Derivation, name: NamedNode, sample: Triple
) -> Iterator[tuple[NamedNode, NamedNode, NamedNode]]:
    """Of two such, one for each direction, comes an `owl:inverseOf`."""
    derived = derivation.triple
    if derived.subject == sample.object and derived.object == sample.subject:
        yield name, OWL["inverseOf"], derived.predicate
