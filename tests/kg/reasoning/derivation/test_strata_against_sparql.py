"""Random stratified programs, read from rule files, against an engine that runs their CONSTRUCTs.

The programs are made in layers: a rule makes a predicate of its own layer from those of its layer
and below, and what it negates or groups lies strictly below. So the layers, and not `stratify`,
say in which order the engine runs them.
"""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, Quad, Store, Triple

from kg.errors import MalformedRule
from kg.namespaces import ID, XSD
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule, read_rule
from kg.statuses import Base, Standing, Status, World
from tests.kg.reasoning.given import examples

pytestmark = pytest.mark.slow

WORLD = World(Status.CLAIM, ID["Holder"])
STATUSES = (*(base.status for base in Base), Status.CLAIM)
LAYERS = (("p0", "p1"), ("q0", "q1"), ("r0", "r1"))
HEADER = "# rule (en): A.\n# rule (zh): 甲。\n# source: a test\n# status: {status}\n{product}"
THINGS = [*map(ID.__getitem__, "abcdefg")]
NUMBERS = [Literal(1), Literal(2), Literal(3), Literal("3.5", datatype=XSD["decimal"])]
Program = list[tuple[Rule, int, str]]


def premises(random: Random) -> list[Premise]:
    names = [*LAYERS[0], *LAYERS[0], *LAYERS[1]]
    return [
        Premise(
            Triple(
                random.choice(THINGS),
                ID[random.choice(names)],
                random.choice(THINGS if random.random() < 0.5 else NUMBERS),
            ),
            random.choice(STATUSES),
            ID["Holder"],
        )
        for _ in range(random.randint(20, 45))
    ]


def patterns(random: Random, slots: list[str], below: int, most: int) -> str:
    """Patterns of the layers up to `below`; the first has the first variable."""
    names = [name for layer in LAYERS[: below + 1] for name in layer]
    # Mostly the layer just below is read, so that strata are needed.
    names += LAYERS[below] * 2
    found = []
    for number in range(random.randint(1, most)):
        ends = [random.choice(slots) if number else slots[0], random.choice(slots)]
        if random.random() < 0.3:
            ends.reverse()
        found.append(f"{ends[0]} id:{random.choice(names)} {ends[1]} .")
    return " ".join(found)


def aggregate(random: Random, below: int) -> str:
    groups = random.choice(["?x", "?x", "?x ?y"])
    slots = ["?x", "?u", "?u", "?y" if "?y" in groups else "?t"]
    function = random.choice(["COUNT", "SUM", "MIN", "MAX", "AVG"])
    what = random.choice([f"{function}(?u)", f"{function}(DISTINCT ?u)", "COUNT(*)"])
    having = random.choice(["", "", f"HAVING ({what} > 1)", "HAVING (?x != id:a)"])
    inner = f"?x id:{random.choice(LAYERS[below])} ?u . {patterns(random, slots, below, 2)}"
    return f"{{ SELECT {groups} ({what} AS ?n) WHERE {{ {inner} }} GROUP BY {groups} {having} }}"


def negation(random: Random, below: int) -> str:
    first = random.choice(["?x", "?x", "?y", "?w"])
    inner = patterns(random, [first, "?w", "?x", "?v", "id:a"], below, 2)
    condition = random.choice(["", "", "FILTER (?w != ?x)", "FILTER (?w != 1)"])
    return f"FILTER NOT EXISTS {{ {inner} {condition} }}"


def query(random: Random, layer: int) -> str:
    """A rule of this layer: patterns, perhaps a SELECT, perhaps one or two NOT EXISTS."""
    is_grouped = layer > 0 and random.random() < 0.4
    has_body = not is_grouped or random.random() < 0.4
    body = patterns(random, ["?x", "?y", "?y", "?z", "id:a"], layer, 2) if has_body else ""
    parts = [aggregate(random, layer - 1)] * is_grouped + [body]
    if layer:
        parts += [negation(random, layer - 1) for _ in range(random.choice([0, 1, 1, 2]))]
    if "?y" in body and random.random() < 0.3:
        parts.append(random.choice(["FILTER (?x != ?y)", "FILTER (?y != id:b)"]))
    values = ["?x", *(one for one in ("?y", "?z") if one in body), *["?n", "?n"] * is_grouped]
    head = f"?x id:{random.choice(LAYERS[layer])} {random.choice(values)}"
    return f"PREFIX id: <{ID}>\nCONSTRUCT {{ {head} }} WHERE {{ {' '.join(parts)} }}"


def program(random: Random, folder: Path) -> Program:
    """Those of some random rule files that are rules, with layer and text; products say so."""
    found: Program = []
    for number in range(12):
        layer = number % len(LAYERS)
        text = query(random, layer)
        status = random.choice(["neutral", "neutral", "Background", "Reading"])
        for product in ("", "# product: there is little to multiply\n"):
            path = folder / f"rule-{number}.rq"
            path.write_text(HEADER.format(status=status, product=product) + text, "utf-8")
            try:
                found.append((read_rule(path), layer, text))
            except MalformedRule as error:
                if "product" in error.reason:
                    continue
            break
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@examples(25)
@given(random=st.randoms(use_true_random=True))
def test_rules_in_strata_derive_what_an_engine_constructs_layer_by_layer(
    folder: Path, random: Random
) -> None:
    asserted, rules = premises(random), program(random, folder)

    closure = derive(asserted, [rule for rule, _, _ in rules])

    found = [(one.triple, one.rule, one.standing) for one in closure.derivations]
    assert len(found) == len(set(found))
    assert set(found) == by_engine(asserted, rules)


def by_engine(asserted: list[Premise], rules: Program) -> set[tuple[Triple, str, Standing]]:
    """The new triples of each rule at each base, and then in the world there."""
    layer, expected = set[Triple](), set[tuple[Triple, str, Standing]]()
    additions = {one.triple for one in asserted if one.status is Status.CLAIM}
    for base in Base:
        layer |= {one.triple for one in asserted if one.status is base.status}
        active = texts(rules, base)
        for standing in (Standing(base), Standing(base, WORLD)):
            before = layer | additions if standing.world else set(layer)
            made = constructed(before, active)
            expected |= {(triple, name, standing) for triple, name in made}
            (additions if standing.world else layer).update(triple for triple, _ in made)
    return expected


def texts(rules: Program, base: Base) -> list[tuple[str, int, str]]:
    """Name, layer and text of the rules that apply at the base."""
    return [(rule.name, layer, text) for rule, layer, text in rules if rule.base <= base]


def constructed(known: set[Triple], active: list[tuple[str, int, str]]) -> set[tuple[Triple, str]]:
    """The new triples of the rules, layer by layer, each under every rule that makes it."""
    store = Store()
    store.extend(Quad(*one) for one in known)
    for layer in range(len(LAYERS)):
        saturate(store, [text for _, own, text in active if own == layer])
    return {(triple, name) for name, _, text in active for triple in set(store.query(text)) - known}


def saturate(store: Store, texts: list[str]) -> None:
    size = -1
    while size < len(store):
        size = len(store)
        for text in texts:
            store.extend(Quad(*one) for one in store.query(text))
