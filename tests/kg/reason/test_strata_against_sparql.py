"""Random stratified programs, read from rule files, against an engine that runs their CONSTRUCTs.

The programs are made in layers: a rule makes a predicate of its own layer from those of its layer
and below, and what it negates or groups lies strictly below. So the layers, and not `stratify`,
say in which order the engine runs them.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from kg.errors import MalformedRule
from kg.namespaces import ID, XSD
from kg.reason import Premise, derive
from kg.rules import Rule, read_rule
from kg.statuses import Status

HOLDING = (Status.FACT, Status.BACKGROUND, Status.THESIS)
LAYERS = (("p0", "p1"), ("q0", "q1"), ("r0", "r1"))
HEADER = "# rule (en): A.\n# rule (zh): 甲。\n# source: a test\n# status: {status}\n{product}"
Made = set[tuple[Triple, str, Status]]
Program = list[tuple[Rule, int, str]]

things = st.sampled_from("abc").map(ID.__getitem__)
numbers = st.sampled_from(
    [Literal(1), Literal(2), Literal("3.5", datatype=XSD["decimal"]), Literal("one")]
)
base = st.builds(
    Triple, things, st.sampled_from(LAYERS[0] + LAYERS[1]).map(ID.__getitem__), things | numbers
)
premises = st.builds(Premise, base, st.sampled_from([*HOLDING, Status.CLAIM]), st.just(ID["d"]))
ends = st.sampled_from(["?x", "?x", "?y", "?y", "?z", "id:a"])


@st.composite
def patterns(draw: st.DrawFn, slots: st.SearchStrategy[str], below: int, most: int = 2) -> str:
    """Patterns of the layers up to `below`, at times with a variable predicate of the lowest."""
    names = st.sampled_from([f"id:{name}" for layer in LAYERS[: below + 1] for name in layer])
    found = draw(st.lists(st.tuples(slots, names, slots), min_size=1, max_size=most))
    return " ".join(f"{one} {name} {other} ." for one, name, other in found)


@st.composite
def texts(draw: st.DrawFn, layer: int) -> str:
    """The query of a rule: patterns, perhaps a SELECT, perhaps one or two NOT EXISTS."""
    is_grouped = layer > 0 and draw(st.booleans())
    parts = [draw(aggregates(layer - 1))] if is_grouped else []
    if not is_grouped or draw(st.booleans()):
        parts.append(draw(patterns(ends, layer, 3)))
    if draw(st.integers(0, 3)) == 0:
        parts.append(draw(st.sampled_from(["FILTER (?x != ?y)", "FILTER (?x != id:b)"])))
    if layer > 0:
        for _ in range(draw(st.integers(0, 2))):
            inner = draw(patterns(ends | st.sampled_from(["?w", "?v"]), layer - 1))
            condition = draw(st.sampled_from(["", "FILTER (?w != ?x)", "FILTER (?v != ?y)"]))
            parts.append(f"FILTER NOT EXISTS {{ {inner} {condition} }}")
    values = ["?x", "?y", "id:c", "?n"] if is_grouped else ["?x", "?y", "id:c"]
    name, value = draw(st.sampled_from(LAYERS[layer])), draw(st.sampled_from(values))
    where = "\n".join(parts)
    return f"CONSTRUCT {{ ?x id:{name} {value} }} WHERE {{ {where} }}"


@st.composite
def aggregates(draw: st.DrawFn, below: int) -> str:
    inner = draw(patterns(st.sampled_from(["?x", "?x", "?u", "?u", "?t", "?y", "id:a"]), below))
    groups = draw(st.sampled_from(["?x", "?x ?y"]))
    function = draw(st.sampled_from(["COUNT", "SUM", "MIN", "MAX", "AVG"]))
    what = f"{function}({draw(st.sampled_from(['', 'DISTINCT ']))}?u)"
    what = "COUNT(*)" if draw(st.integers(0, 5)) == 0 else what
    having = draw(st.sampled_from(["", "", f"HAVING ({what} > 1)", "HAVING (?x != id:a)"]))
    select = f"SELECT {groups} ({what} AS ?n) WHERE {{ {inner} }}"
    return f"{{ {select} GROUP BY {groups} {having} }}"


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[str, int, Status | None]]:
    layers = draw(st.lists(st.integers(0, 2), min_size=2, max_size=6))
    statuses = st.sampled_from([None, None, Status.BACKGROUND, Status.THESIS])
    return [(draw(texts(layer)), layer, draw(statuses)) for layer in layers]


def read(folder: Path, texts: Iterable[tuple[str, int, Status | None]]) -> Program:
    """The rules that are any, and their layers; products say so."""
    found: Program = []
    for number, (query, layer, status) in enumerate(texts):
        path = folder / f"rule-{number}.rq"
        text = f"PREFIX id: <{ID}>\n{query}"
        for product in ("", "# product: small data\n"):
            header = HEADER.format(status=status.value if status else "neutral", product=product)
            path.write_text(header + text, encoding="utf-8")
            try:
                found.append((read_rule(path), layer, text))
            except MalformedRule as error:
                if "product" not in error.reason:
                    break
            else:
                break
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(given_premises=st.lists(premises, min_size=4, max_size=14), texts=programs())
def test_rules_in_strata_derive_what_an_engine_constructs_layer_by_layer(
    folder: Path, given_premises: list[Premise], texts: list[tuple[str, int, Status | None]]
) -> None:
    program = read(folder, texts)

    closure = derive(given_premises, [rule for rule, _, _ in program])

    found = [(one.triple, one.rule, one.status) for one in closure.derivations]
    assert len(found) == len(set(found))
    assert set(found) == by_engine(given_premises, program)


def by_engine(asserted: list[Premise], program: Program) -> Made:
    store, expected = Store(), set[tuple[Triple, str, Status]]()
    for status in (*HOLDING, Status.CLAIM):
        level = [one.triple for one in asserted if one.status is status]
        store.extend(Quad(*one) for one in level)
        before = {quad.triple for quad in store}
        active = [
            (rule, layer, text)
            for rule, layer, text in program
            if (rule.is_monotone or status.level >= Status.THESIS.level)
            and (rule.status is None or rule.status.level <= status.level)
        ]
        for layer in range(len(LAYERS)):
            saturate(store, [text for _, own, text in active if own == layer])
        for rule, _, text in active:
            made = set(store.query(text)) - before
            expected |= {(triple, rule.name, status) for triple in made}
    return expected


def saturate(store: Store, texts: list[str]) -> None:
    size = -1
    while size < len(store):
        size = len(store)
        for text in texts:
            store.extend(Quad(*one) for one in store.query(text))
