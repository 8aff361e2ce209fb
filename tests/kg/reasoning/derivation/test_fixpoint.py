"""The number of triples that a rule would derive is estimated from a sample."""

import pytest
from pyoxigraph import NamedNode, Variable

from kg.reasoning.derivation.fixpoint import estimate_derivations
from kg.reasoning.derivation.joins import make_plans
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.facts.relations import TripleIndex
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule

P, Q, R, A = (NamedNode(f"http://example.org/{name}") for name in "pqra")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
X, Y, Z, W = (Variable(name) for name in "xyzw")
TOGETHER = (Atom(X, P, Y), Atom(Z, P, Y))


def estimate(head: tuple[Atom, ...], body: tuple[Atom, ...], members: int, groups: int) -> int:
    """Estimate for a rule over members that are in one group each and all of class a."""
    vocabulary = TermDictionary()
    code = {term: vocabulary.encode(term) for term in (P, TYPE, A)}
    facts = TripleIndex()
    for number in range(members):
        one = vocabulary.encode(NamedNode(f"http://example.org/m{number}"))
        group = vocabulary.encode(NamedNode(f"http://example.org/g{number % groups}"))
        facts.add((one, code[P], group))
        facts.add((one, code[TYPE], code[A]))
    (plan, *_), _ = make_plans([Rule("rule", head, body)], vocabulary)
    return estimate_derivations(plan, facts)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ((Atom(X, Q, Z),), TOGETHER, 4 * 100 * 100),
        ((Atom(Y, Q, X),), TOGETHER, 400),
        ((Atom(X, TYPE, R),), TOGETHER, 400),
        ((Atom(X, Q, Z),), (Atom(X, TYPE, A), *TOGETHER), 4 * 100 * 100),
        ((Atom(X, Q, A),), TOGETHER, 400),
        ((Atom(A, Q, X),), TOGETHER, 0),
        ((Atom(X, Q, Z),), (Atom(X, W, Y), Atom(Z, W, Y)), 0),
        ((), TOGETHER, 0),
    ],
)
def test_a_sample_of_everything_is_exact(head, body, expected: int) -> None:
    assert estimate(head, body, members=400, groups=4) == expected


def test_a_sample_stands_for_the_others() -> None:
    assert estimate((Atom(X, Q, Z),), TOGETHER, members=4000, groups=4) == 4 * 1000 * 1000
