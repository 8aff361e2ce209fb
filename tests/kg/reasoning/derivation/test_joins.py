"""A compiled join finds what matching one pattern after another finds, for few and many values."""

from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Variable

from kg.reasoning.derivation.fixpoint import group_by_predicate
from kg.reasoning.derivation.joins import JoinPlan
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import CodedRules, ground, solve
from kg.reasoning.facts.relations import Changes, TripleIndex, match_triples
from kg.reasoning.rules.patterns import Atom, Negation
from kg.reasoning.rules.rule import Rule

P, Q, R, A, B = (NamedNode(f"http://example.org/{name}") for name in "pqrab")
X, Y, Z = (Variable(name) for name in "xyz")
CHAIN = (Atom(X, P, Y), Atom(Y, Q, Z))
RULES = {
    "a chain": (Atom(X, R, Z), CHAIN),
    "a chain, inverted": (Atom(Z, R, X), CHAIN),
    "a chain to its middle": (Atom(Y, R, X), CHAIN),
    "a chain onto a constant": (Atom(X, R, A), CHAIN),
    "a chain after a pattern without variables": (Atom(X, R, Z), (Atom(A, Q, B), *CHAIN)),
    "a chain after a constant": (Atom(X, R, Z), (Atom(Y, R, A), *CHAIN)),
    "a transitive property": (Atom(X, P, Z), (Atom(X, P, Y), Atom(Y, P, Z))),
    "two things with one value": (Atom(X, R, Z), (Atom(X, P, Y), Atom(Z, P, Y))),
    "an inverse": (Atom(Y, R, X), (Atom(X, P, Y),)),
    "a property and its super-property": (Atom(X, R, Y), (Atom(X, P, Y),)),
    "a domain": (Atom(X, R, A), (Atom(X, P, Y),)),
    "a range": (Atom(Y, R, A), (Atom(X, P, Y),)),
    "two classes": (Atom(X, R, Q), (Atom(X, P, A), Atom(X, P, B))),
    "two properties with the same values": (Atom(X, R, Y), (Atom(X, P, Y), Atom(X, Q, Y))),
    "a range with a condition": (Atom(Y, R, A), (Atom(X, P, Y), Atom(Y, Q, B))),
}
# Numbers of things that a thing is related to by p and by q.
numbers = st.sampled_from([0, 1, 2, 16, 17, 40])


def graph(vocabulary: TermDictionary, by_p: int, by_q: int, seed: int) -> set[CodedTriple]:
    """Triples of the properties p, q and r between things, to which a, b and a literal belong."""
    things = [A, B, *(NamedNode(f"http://example.org/t{number}") for number in range(40))]
    codes = [vocabulary.encode(thing) for thing in things]
    p, q, r, literal = map(vocabulary.encode, (P, Q, R, Literal("one")))
    triples = {(codes[3], p, literal), (codes[3], q, literal)} if by_p else set()
    for place in range(0, len(codes), 3):
        for predicate, count in ((p, by_p), (q, by_q)):
            ends = (codes[(place + seed + step) % len(codes)] for step in range(count))
            triples |= {(codes[place], predicate, end) for end in ends}
        triples.add((codes[place], r, codes[seed % 5]))
    return triples


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(by_p=numbers, by_q=numbers, seed=st.integers(0, 41), is_read=st.booleans())
@example(by_p=0, by_q=40, seed=0, is_read=False)
@example(by_p=40, by_q=17, seed=0, is_read=True)
def test_a_join_finds_what_a_search_finds(
    name: str, by_p: int, by_q: int, seed: int, is_read: bool
) -> None:
    head, body = RULES[name]
    rule, vocabulary = Rule("rule", (head,), body), TermDictionary()
    triples = graph(vocabulary, by_p, by_q, seed)
    facts = TripleIndex(sorted(triples))
    if is_read:
        for predicate in facts.predicates():
            facts.backward(predicate)
    encode = CodedRules([], vocabulary).encode
    (coded_head,), coded_body = encode([head]), encode(body)
    found = solve(coded_body, {}, partial(match_triples, TripleIndex(triples)))
    expected = {ground(coded_head, binding) for binding in found}

    for changed in (None, *range(len(body))):
        plan = JoinPlan(rule, head, changed, vocabulary)
        result = plan.run(Changes(triples), facts, DerivationLimits(100_000, 60))
        derived = {
            (key, predicate, value) if is_forward else (value, predicate, key)
            for predicate, pairs, is_forward in group_by_predicate(plan, result)
            for key, values in pairs.items()
            for value in values
        }
        assert derived == {codes for codes in expected if codes[0] > 0}
    assert set(facts) == triples


@pytest.mark.parametrize("length", [17, 60, 200])
def test_a_chain_may_have_any_length(length: int) -> None:
    vocabulary = TermDictionary()
    steps = [NamedNode(f"http://example.org/p{number}") for number in range(length)]
    things = [NamedNode(f"http://example.org/t{number}") for number in range(length + 1)]
    ends = [Variable(f"v{number}") for number in range(length + 1)]
    body = tuple(map(Atom, ends, steps, ends[1:]))
    data = [
        tuple(map(vocabulary.encode, each))
        for each in zip(things[:-1], steps, things[1:], strict=True)
    ]
    limits = DerivationLimits(1000, 60)

    whole = JoinPlan(Rule("chain", (), body), Atom(ends[0], R, ends[-1]), None, vocabulary)
    # Where every variable is needed one by one, each pattern is a loop of its own.
    clash = JoinPlan(Rule("clash", (), body), None, length // 2, vocabulary)
    absent = Rule("lacking", (), (Atom(ends[0], P, ends[0]),), negated=(Negation(body),))
    lacking = JoinPlan(absent, Atom(ends[0], R, ends[0]), None, vocabulary)
    own = vocabulary.encode(things[0])
    facts = TripleIndex([*data, (own, vocabulary.encode(P), own)])

    found = whole.run(facts, facts, limits)
    assert {start: [*found[start]] for start in found} == {own: [vocabulary.encode(things[-1])]}
    assert clash.run(Changes(data), facts, limits) == {tuple(map(vocabulary.encode, things))}
    assert lacking.run(facts, facts, limits) == {}
