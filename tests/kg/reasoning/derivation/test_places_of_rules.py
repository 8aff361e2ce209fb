"""Where a rule is written: the line of its axiom, or its file."""

from pathlib import Path

import pytest
from pyoxigraph import Literal

from kg.content import own_content
from kg.namespaces import GLOCAL, RULE
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.release_graphs import META, labels_of
from kg.reasoning.rules.rule import Rule, read_rules
from kg.sources.folders import read_curated, read_ontology, statement_places
from kg.store.quad_store import Store

AXIOMS = """\
@prefix glocal: <https://w3id.org/glocal/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

glocal:near a owl:SymmetricProperty ,
        owl:TransitiveProperty ;
    owl:propertyChainAxiom ( glocal:leads glocal:near ) ,
        ( [ owl:inverseOf glocal:leads ] glocal:near ) .

glocal:leads rdfs:subPropertyOf glocal:supports .

[ owl:onProperty glocal:leads ; owl:someValuesFrom glocal:Town ] rdfs:subClassOf glocal:Leader .

[] a owl:AllDisjointClasses ;
    owl:members ( glocal:Leader glocal:Village ) .

[] a owl:AllDisjointClasses ;
    owl:members ( glocal:Town glocal:Village ) .

[] a owl:Axiom ;
    owl:annotatedSource glocal:leads ;
    owl:annotatedProperty rdfs:subPropertyOf ;
    owl:annotatedTarget glocal:supports ;
    glocal:ruleStatus glocal:Background .
"""


@pytest.fixture
def rules(tmp_path: Path) -> dict[str, Rule]:
    (tmp_path / "near.ttl").write_text(AXIOMS, encoding="utf-8")
    ontology = read_ontology(tmp_path)
    return {
        one.name: one
        for one in compile_axioms(ontology, statement_places(ontology, tmp_path)).rules
    }


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("prp-symp-near", 5),
        ("prp-trp-near", 6),
        ("prp-spo2-leads-near-near", 7),
        ("prp-spo2-inv-leads-near-near", 8),
        ("prp-spo1-leads-supports", 10),
        ("cls-svf1-leads-Town-Leader", 12),
        ("cax-adc-Leader-Village", 14),
        ("cax-adc-Town-Village", 17),
    ],
)
def test_a_compiled_rule_is_placed_at_its_axiom(
    rules: dict[str, Rule], name: str, line: int
) -> None:
    assert rules[name].location == f"near.ttl:{line}"


def test_of_two_axioms_for_one_rule_the_stronger_gives_the_place(tmp_path: Path) -> None:
    weak = (
        "glocal:leads owl:equivalentProperty glocal:heads .\n"
        "[] a owl:Axiom ; owl:annotatedSource glocal:leads ;\n"
        "    owl:annotatedProperty owl:equivalentProperty ;\n"
        "    owl:annotatedTarget glocal:heads ; glocal:ruleStatus glocal:Background .\n"
    )
    strong = "glocal:leads rdfs:subPropertyOf glocal:heads .\n"
    prefixes = "".join(AXIOMS.splitlines(keepends=True)[:3])
    (tmp_path / "one.ttl").write_text(prefixes + weak + strong, encoding="utf-8")
    ontology = read_ontology(tmp_path)

    found = compile_axioms(ontology, statement_places(ontology, tmp_path)).rules

    assert [(rule.name, rule.location) for rule in found] == [
        ("prp-eqp2-heads-leads", "one.ttl:4"),
        ("prp-spo1-leads-heads", "one.ttl:8"),
    ]


def test_axioms_that_stand_in_no_file_have_no_place() -> None:
    assert {rule.location for rule in compile_axioms(read_ontology()).rules} == {""}


def test_a_rule_of_a_file_is_placed_by_folder_and_name() -> None:
    found = {rule.name: rule.location for rule in read_rules()}

    assert found["co-hosts"] == "rules/co-hosts.rq"


@pytest.mark.slow
def test_every_axiom_of_the_ontology_is_placed_below_its_subject() -> None:
    ontology = read_ontology()
    labels = labels_of(read_curated())

    for rule in compile_axioms(
        [*ontology, *labels], statement_places(ontology, own_content().ontology)
    ).rules:
        name, _, number = rule.location.partition(":")
        lines = (
            (own_content().ontology / name).read_text(encoding="utf-8").splitlines()[: int(number)]
        )
        statement = next(line for line in reversed(lines) if not line.startswith(" "))
        subject = rule.source.partition(": ")[2].split()[0]
        is_named = ":" in subject and not subject.endswith(":") and subject[0].isalpha()
        assert statement.startswith(f"{subject} " if is_named else ("[", "_:")), rule.source


@pytest.mark.slow
def test_a_release_says_where_each_rule_is_written(newest_release: Path) -> None:
    store = Store.open(newest_release)

    about = store.quads_of_graph(META)
    places = {one.subject: one.object for one in about if one.predicate == GLOCAL["definedAt"]}

    assert places[RULE["co-hosts"]] == Literal("rules/co-hosts.rq")
    assert str(places[RULE["prp-trp-hasPart"]]).startswith('"core.ttl:')
    assert len(places) == sum(one.object == GLOCAL["Rule"] for one in about)
