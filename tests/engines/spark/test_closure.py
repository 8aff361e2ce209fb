"""The closure on Spark is that of one process: triple by triple, base by base, world by world.

`pytest --hypothesis-profile=thorough` tries fifty random ontologies instead of five.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from benchmarks import governance
from kg.errors import Contradiction
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.derivation.reason_files import materialise
from kg.reasoning.derivation.release_graphs import labels_of, premises_of
from kg.reasoning.rules.rule import Rule, read_rules
from kg.sources.folders import read_curated, read_ontology
from kg.spark.closure import Limits, Storage
from kg.spark.derivation import Derivation, Options
from kg.spark.reading import read_quads
from kg.spark.reason import Request, reason_on_spark
from kg.spark.standings import read_premises, world_iri
from kg.spark.term_codes import small_table
from kg.spark.writing import decode
from kg.statuses import standing_of
from tests.kg.reasoning.axioms.test_against_peers import (
    DECLARATIONS,
    PREFIXES,
    whole_axioms,
    whole_facts,
)
from tests.kg.reasoning.derivation.test_derive_by_brute_force import premises, rule_sets

Standings = set[tuple[str, str, str, int, str | None]]
SAMPLE = settings(
    max_examples=settings.default.max_examples // 20,  # type: ignore[union-attr]
    deadline=None,
    derandomize=True,
)


def lines_of(folder: Path) -> set[str]:
    """The lines of all parts."""
    return {line for part in folder.glob("part-*") for line in part.read_text().splitlines()}


@SAMPLE
@given(
    st.lists(whole_axioms, min_size=2, max_size=6), st.lists(whole_facts, min_size=2, max_size=8)
)
def test_random_ontologies_have_the_closure_of_one_process(
    spark: Any, ontology: list[str], data: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "onto.ttl").write_text("\n".join([PREFIXES, DECLARATIONS, *ontology]))
        triples = [quad.triple for quad in parse("\n".join([PREFIXES, *data]), RdfFormat.TURTLE)]
        serialize(triples, str(folder / "data.nt"), RdfFormat.N_TRIPLES)
        files = [folder / "data.nt"], [folder / "onto.ttl"]
        report = materialise(*files, out=folder / "one.nt")
        out = folder / "spark.nt"
        request = Request([str(files[0][0])], files[1], out=str(out))
        if report.contradictions:
            with pytest.raises(Contradiction) as raised:
                reason_on_spark(spark, request)
            assert raised.value.rule in {rule for rule, _ in report.contradictions}
            return
        on_spark = reason_on_spark(spark, request)

        assert graph_of(lines_of(out)) == graph_of(lines_of_file(folder / "one.nt"))
        assert on_spark.derived == report.derived


def graph_of(lines: set[str]) -> Dataset:
    """The graph in these lines, with the same names for the same blank nodes."""
    graph = Dataset(parse("\n".join(lines), RdfFormat.N_TRIPLES))
    graph.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return graph


def lines_of_file(path: Path) -> set[str]:
    """The lines of a file."""
    return set(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("keeps_premises", [False, True])
def test_synthetic_data_have_the_closure_of_one_process(
    spark: Any,
    tmp_path: Path,
    derived_in_one_process: Callable[..., set[str]],
    keeps_premises: bool,
) -> None:
    governance.write(5_000, tmp_path)
    facts, ontology = tmp_path / "facts.nt", tmp_path / "ontology.ttl"
    witness = str(tmp_path / "witness") if keeps_premises else None
    out = tmp_path / "derived.nt"
    reason_on_spark(spark, Request([str(facts)], [ontology], out=str(out), witness=witness))

    assert lines_of(out) == derived_in_one_process([facts], [ontology])


def on_spark(
    spark: Any, work: Path, asserted: Any, rules: Sequence[Rule]
) -> tuple[Standings, Derivation]:
    """Derive at all bases and in all worlds."""
    options, limits = Options(has_standings=True), Limits(10**6, 600)
    storage = Storage(spark, work.as_uri())
    derivation = Derivation(storage, rules, options, limits, lambda _: None)
    derivation.read(asserted, None)
    derivation.run()
    rows = decode(derivation.derived(), derivation.terms, ["s", "p", "o", "world"])
    return {(row.s, row.p, row.o, row.base, row.world) for row in rows.collect()}, derivation


def in_one_process(asserted: Sequence[Premise], rules: Sequence[Rule]) -> Standings:
    found = derive(asserted, rules).derivations
    return {
        (
            *map(str, each.triple),
            int(each.standing.base),
            str(world_iri(each.standing.world)) if each.standing.world else None,
        )
        for each in found
    }  # type: ignore[misc]


def as_table(spark: Any, asserted: Sequence[Premise]) -> Any:
    rows = []
    for each in asserted:
        standing = standing_of(each.status, each.holder)
        if standing is not None:
            world = str(world_iri(standing.world)) if standing.world else None
            rows.append((*map(str, each.triple), int(standing.base), world))
    schema = "subject string, predicate string, object string, base int, world string"
    return small_table(spark, rows, schema)


@SAMPLE
@given(st.lists(premises, min_size=5, max_size=12), rule_sets)
def test_random_premises_stand_as_in_one_process(
    spark: Any, asserted: list[Premise], rules: list[Rule]
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        found, _ = on_spark(spark, Path(temporary), as_table(spark, asserted), rules)

    assert found == in_one_process(asserted, rules)


def test_the_graph_of_the_paper_stands_as_in_one_process(spark: Any, tmp_path: Path) -> None:
    curated, ontology = read_curated(), read_ontology()
    serialize(curated, str(tmp_path / "curated.nq"), RdfFormat.N_QUADS)
    rules = [*compile_axioms([*ontology, *labels_of(curated)]).rules, *read_rules()]
    storage = Storage(spark, (tmp_path / "read").as_uri())
    quads = read_quads(storage, [str(tmp_path / "curated.nq")]).table

    found, derivation = on_spark(spark, tmp_path / "work", read_premises(spark, quads), rules)

    assert found == in_one_process(premises_of(curated), rules)
    clashes = derivation.contradictions(1_000)
    expected = derive(premises_of(curated), rules).contradictions
    assert {(each.rule, each.triples, each.base) for each in clashes} == {
        (each.rule, each.triples, each.standing.base) for each in expected
    }


def test_equal_things_share_everything_and_literals_are_never_merged(
    spark: Any, tmp_path: Path, derived_in_one_process: Callable[..., set[str]]
) -> None:
    data, onto = tmp_path / "data.nt", tmp_path / "onto.ttl"
    name = "<http://example.org/{}>".format
    same = str(OWL["sameAs"])
    data.write_text(
        f"{name('a')} {same} {name('b')} .\n{name('b')} {same} {name('c')} .\n"
        f"{name('c')} {name('p')} {name('d')} .\n{name('p')} {same} {name('q')} .\n"
        f'{name("c")} {name("label")} "c" .\n{name("d")} {name("name")} "d \\u00e9"@EN .\n'
        f"_:x {name('p')} _:y . # a comment\n"
    )
    onto.write_text(
        f"{name('p')} a <{OWL}TransitiveProperty> . {name('name')} a <{OWL}DatatypeProperty> ."
    )
    out = tmp_path / "out.nt"
    reason_on_spark(spark, Request([str(data)], [onto], out=str(out)))

    assert lines_of(out) == derived_in_one_process([data], [onto])
    assert f"{name('a')} {name('q')} {name('d')} ." in lines_of(out)


def test_a_rule_follows_another_by_equal_names(
    spark: Any, tmp_path: Path, derived_in_one_process: Callable[..., set[str]]
) -> None:
    data, onto, out = (tmp_path / name for name in ("data.nt", "onto.ttl", "out.nt"))
    name = "<http://example.org/{}>".format
    triples = [("x", "s", "y"), ("y", "u", "z")]
    same = [f"{name(one)} {OWL['sameAs']} {name(other)} .\n" for one, other in ("tu", "pq")]
    data.write_text("".join([*(f"{' '.join(map(name, each))} .\n" for each in triples), *same]))
    onto.write_text(
        f"{name('p')} {OWL['propertyChainAxiom']} ( {name('s')} {name('t')} ) . "
        f"{name('q')} {RDFS['domain']} {name('A')} ."
    )
    reason_on_spark(spark, Request([str(data)], [onto], out=str(out)))

    # Lists of the ontology are blank nodes, which get other labels each time.
    assert graph_of(lines_of(out)) == graph_of(derived_in_one_process([data], [onto]))
    assert f"{name('x')} {RDF['type']} {name('A')} ." in lines_of(out)


def test_a_filter_on_literals_is_evaluated_as_in_one_process(spark: Any, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "large.rq").write_text(
        "CONSTRUCT { ?x a <http://example.org/Large> }\n"
        "WHERE { ?x <http://example.org/size> ?size FILTER(?size >= 10) }"
    )
    data = tmp_path / "data.nt"
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    sizes = [
        f'<http://example.org/{n}> <http://example.org/size> "{n}"^^{integer} .' for n in (9, 10)
    ]
    data.write_text(
        "\n".join([*sizes, '<http://example.org/x> <http://example.org/size> "10" .\n'])
    )
    out = tmp_path / "out.parquet"
    reason_on_spark(spark, Request([str(data)], rules=rules, out=str(out)))

    found = [tuple(row) for row in spark.read.parquet(str(out)).collect()]
    assert found == [
        (
            "<http://example.org/10>",
            "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
            "<http://example.org/Large>",
        )
    ]


def test_a_contradiction_ends_the_run_with_its_premises(spark: Any, tmp_path: Path) -> None:
    data, onto = tmp_path / "data.nt", tmp_path / "onto.ttl"
    a, rdf_type = NamedNode("http://example.org/a"), "a"
    onto.write_text(f"<http://example.org/A> <{OWL}disjointWith> <http://example.org/B> .")
    serialize(
        parse(f"{a} {rdf_type} <http://example.org/A>, <http://example.org/B> .", RdfFormat.TURTLE),
        str(data),
        RdfFormat.N_TRIPLES,
    )
    with pytest.raises(Contradiction) as raised:
        reason_on_spark(spark, Request([str(data)], [onto], out=str(tmp_path / "out.nt")))

    types = {Triple(a, triple.predicate, triple.object) for triple in raised.value.triples}
    assert raised.value.triples
    assert set(raised.value.triples) == types
    assert not (tmp_path / "out.nt").exists()
