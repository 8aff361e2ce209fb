from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse, serialize

from benchmarks.governance import ONTOLOGY, QUADRATIC, facts, write
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.sources.files import read_file
from kg.statuses import Status


def graph(triples: int) -> list[Quad]:
    text = "".join(line for lines in facts(triples) for line in lines)
    return list(parse(text, format=RdfFormat.N_TRIPLES))


def rules() -> list[Rule]:
    return compile_axioms(read_file(ONTOLOGY)).rules


def derived(asserted: list[Quad], by: list[Rule]) -> int:
    closure = derive([Premise(quad.triple, Status.FACT) for quad in asserted], by)
    return len({derivation.triple for derivation in closure.derivations})


def test_the_same_number_gives_the_same_lines_and_none_twice() -> None:
    lines = [line for each in facts(2_000) for line in each]

    assert lines == [line for each in facts(2_000) for line in each]
    assert len(lines) == len(set(lines)) == 2_173
    assert lines != [line for each in facts(2_100) for line in each]


def test_the_lines_are_canonical_n_triples(tmp_path: Path) -> None:
    count = write(2_000, tmp_path)

    written = (tmp_path / "facts.nt").read_bytes()
    quads = list(parse(written, format=RdfFormat.N_TRIPLES))
    assert len(quads) == count
    assert serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES) == written
    assert (tmp_path / "ontology.ttl").read_bytes() == ONTOLOGY.read_bytes()


def test_every_axiom_becomes_a_rule_of_one_or_two_patterns() -> None:
    compiled = compile_axioms(read_file(ONTOLOGY))

    assert compiled.uncompiled == []
    assert len(compiled.rules) == 64
    assert {len(rule.body) for rule in compiled.rules} == {1, 2}


def test_what_follows_is_as_much_as_owlrl_and_nemo_derive_too() -> None:
    assert derived(graph(2_000), rules()) == 1_560


def test_each_kind_of_axiom_but_disjointness_derives_something() -> None:
    asserted = [Premise(quad.triple, Status.FACT) for quad in graph(2_000)]

    fired = {each.rule.split("-", 2)[1] for each in derive(asserted, rules()).derivations}

    classes = {"sco", "int1", "svf1", "hv2", "eqc1"}
    properties = {"dom", "rng", "spo1", "spo2", "inv1", "inv2", "symp", "trp"}
    assert fired == classes | properties


def test_the_quadratic_axiom_connects_all_members_of_a_network_with_each_other() -> None:
    asserted = graph(2_000)
    quadratic = compile_axioms(read_file(QUADRATIC)).rules
    members: dict[str, set[str]] = {}
    for quad in asserted:
        if str(quad.predicate).endswith("#memberOf>"):
            members.setdefault(str(quad.object), set()).add(str(quad.subject))

    pairs = {(a, b) for each in members.values() for a in each for b in each}

    assert derived(asserted, quadratic) == len(pairs)
