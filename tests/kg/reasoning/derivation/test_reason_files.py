"""`glocal reason`: what follows from RDF files; the output file is complete or unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode
from typer.testing import CliRunner

from kg.cli import app
from kg.errors import LimitExceeded, MalformedFile, MalformedInput, UnstratifiedRules
from kg.reasoning.derivation.materialisation import PredicateTriples
from kg.reasoning.derivation.reason_files import (
    MaterialisationReport,
    materialise,
    write_triples,
)
from kg.reasoning.facts.dictionary import TermDictionary
from tests.kg.reasoning.derivation.conftest import PREFIXES, Files, lines

ONTOLOGY = """:City rdfs:subClassOf :Actor . :Actor owl:disjointWith :Event .
:memberOf rdfs:domain :City ; owl:inverseOf :hasMember .
:meets owl:propertyChainAxiom ( :memberOf :hasMember ) .
"""
FACTS = ":a :memberOf :n . :b a :City ; :memberOf :n . :n :hasMember :a ."


EXPECTED = [
    "<a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <Actor>",
    "<a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <City>",
    "<a> <meets> <a>",
    "<a> <meets> <b>",
    "<b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <Actor>",
    "<b> <meets> <a>",
    "<b> <meets> <b>",
    "<n> <hasMember> <b>",
]


@pytest.mark.parametrize("name", ["d.nt", "d.nq", "d.ttl", "d.trig", "d.nt.gz", "d.ttl.gz"])
def test_what_is_derived_and_not_asserted_is_written(
    files: Files, tmp_path: Path, name: str
) -> None:
    facts, ontology = files(facts=FACTS, ontology=ONTOLOGY)
    out = tmp_path / name

    report = materialise([facts], [ontology], out=out)

    assert lines(out) == EXPECTED
    assert (report.derived, sum(report.by_rule.values())) == (8, 8)
    assert (report.statements, report.contradictions, report.uncompiled) == (13, [], [])


def test_what_an_ontology_says_of_individuals_is_a_fact(files: Files, tmp_path: Path) -> None:
    (ontology,) = files(ontology=ONTOLOGY + FACTS)

    materialise([], [ontology], out=tmp_path / "d.nt")

    assert lines(tmp_path / "d.nt") == EXPECTED


def test_rule_files_derive_beside_axioms(files: Files, tmp_path: Path) -> None:
    (facts,) = files(facts=FACTS)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "peers.rq").write_text(
        "# rule (en): Members are peers.\n# rule (zh): 同组织者为伴。\n# status: Reading\n"
        "# source: test\nCONSTRUCT { ?a <http://example.org/peer> ?b } WHERE { "
        "?a <http://example.org/memberOf> ?n . ?b <http://example.org/memberOf> ?n . "
        "FILTER (?a != ?b) }",
        encoding="utf-8",
    )

    report = materialise([facts], rules=tmp_path / "rules", out=tmp_path / "d.nt")

    assert lines(tmp_path / "d.nt") == ["<a> <peer> <b>", "<b> <peer> <a>"]
    assert dict(report.by_rule) == {"peers": 2}


def test_with_schema_an_instance_of_the_empty_class_is_a_contradiction(files: Files) -> None:
    facts, ontology = files(facts="_:x a owl:Nothing .", ontology=ONTOLOGY)

    ((rule, (triple,)),) = materialise([facts], [ontology], with_schema=True).contradictions

    assert (rule, triple.object.value) == ("cls-nothing2", "http://www.w3.org/2002/07/owl#Nothing")


def test_a_contradiction_is_reported_with_its_triples(files: Files) -> None:
    facts, ontology = files(facts=FACTS + ":a a :Event .", ontology=ONTOLOGY)

    ((rule, triples),) = materialise([facts], [ontology]).contradictions

    assert rule == "cax-dw-Actor-Event"
    assert [str(each.object).rpartition("/")[2] for each in triples] == ["Actor>", "Event>"]


def test_axioms_that_no_rule_says_are_listed(files: Files) -> None:
    (ontology,) = files(
        o=":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] ."
    )

    (line,) = materialise([], [ontology]).uncompiled

    assert "no rule can express" in line


XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://example.org/"
    xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#">
  <owl:Ontology rdf:about=""><owl:imports rdf:resource="urn:part"/></owl:Ontology>
  <owl:Class rdf:about="http://example.org/City">
    <rdfs:subClassOf rdf:resource="http://example.org/Actor"/></owl:Class>
  <City rdf:about="http://example.org/a"/>
</rdf:RDF>"""
IMPORTED = ":Actor rdfs:subClassOf :Agent ; rdfs:subClassOf [ owl:unionOf ( :A :B ) ] ."


@pytest.mark.parametrize("is_xml", [True, False])
def test_an_ontology_as_editors_save_it_is_facts_and_axioms(
    tmp_path: Path, files: Files, is_xml: bool
) -> None:
    path, (part,) = tmp_path / "city.owl", files(part=IMPORTED)
    turtle = f"{PREFIXES} <> owl:imports <urn:part> . :City rdfs:subClassOf :Actor . :a a :City ."
    path.write_text(XML if is_xml else turtle, encoding="utf-8")

    report = materialise([path], [path], out=tmp_path / "d.nt", imports={"urn:part": part})

    found = [line.rpartition(" ")[2] for line in lines(tmp_path / "d.nt") if line[:3] == "<a>"]
    assert found == ["<Actor>", "<Agent>"]
    assert len(report.uncompiled) == 1
    assert "Actor SubClassOf" in report.uncompiled[0]
    assert report.in_facts == []


def test_the_command_names_what_is_missing_once_with_a_remedy(files: Files) -> None:
    facts, ontology, more = files(
        facts=":A rdfs:subClassOf :B . :a a :A .",
        ontology="<urn:o> a owl:Ontology ; owl:imports <urn:part> .",
        more=f"<urn:m> a owl:Ontology ; owl:imports <urn:part> , <urn:o> . {IMPORTED}",
    )
    command = ["reason", str(facts), "--ontology", str(ontology), "--ontology", str(more)]

    result = CliRunner().invoke(app, command)

    assert result.exit_code == 0
    assert result.stderr.count("owl:imports <urn:part>") == 1
    assert "owl:imports <urn:o>" not in result.stderr
    assert "expected --import urn:part=FILE, or the file with --ontology" in result.stderr
    assert result.stderr.count("Not covered by rules: http://example.org/Actor SubClassOf") == 1
    assert "axioms in DATA (rdfs:subClassOf). Give the file with --ontology, too" in result.stderr


def test_a_limit_leaves_the_file_as_it_was(files: Files, tmp_path: Path) -> None:
    facts, ontology = files(facts=FACTS, ontology=ONTOLOGY)
    out = tmp_path / "d.nt"
    out.write_text("as it was", encoding="utf-8")

    with pytest.raises(LimitExceeded, match="max_triples: more than 2"):
        materialise([facts], [ontology], out=out, max_triples=2)
    assert out.read_text(encoding="utf-8") == "as it was"


def test_a_quadratic_rule_is_refused_with_an_estimate(tmp_path: Path, files: Files) -> None:
    (ontology,) = files(
        o=":meets owl:propertyChainAxiom ( :memberOf [ owl:inverseOf :memberOf ] ) ."
    )
    facts = tmp_path / "facts.nt"
    member = "<http://example.org/{}> <http://example.org/memberOf> <http://example.org/n{}> .\n"
    content = "".join(member.format(number, number % 30) for number in range(9000))
    facts.write_text(content, encoding="utf-8")

    with pytest.raises(LimitExceeded, match="memberOf-meets there would be about 2,700,000"):
        materialise([facts], [ontology], max_triples=1_000_000)


def test_a_hub_is_foreseen_before_it_fills_the_memory(tmp_path: Path, files: Files) -> None:
    (ontology,) = files(
        o=":meets owl:propertyChainAxiom ( :memberOf [ owl:inverseOf :memberOf ] ) ."
    )
    facts = tmp_path / "facts.nt"
    # All are in one network: the 500 members of the first sample meet 22 million times.
    member = "<http://example.org/{}> <http://example.org/memberOf> <http://example.org/n> .\n"
    facts.write_text("".join(map(member.format, range(45_000))), encoding="utf-8")

    with pytest.raises(
        LimitExceeded, match=r"memberOf-meets there would be about 2,025,000,000 triples\."
    ):
        materialise([facts], [ontology], max_triples=50_000_000)


def test_a_file_with_no_ending_of_rdf_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match=r"out\.csv:1:1: not an RDF file extension"):
        materialise([tmp_path / "nowhere.nt"], out=tmp_path / "out.csv")


def test_what_is_read_is_never_replaced(files: Files, tmp_path: Path) -> None:
    (facts,) = files(facts=FACTS)
    before = facts.read_text(encoding="utf-8")

    with pytest.raises(MalformedInput, match="would overwrite an input file"):
        materialise([facts], out=tmp_path / "." / facts.name)

    assert facts.read_text(encoding="utf-8") == before


def test_folders_that_are_not_there_or_empty_are_errors(files: Files, tmp_path: Path) -> None:
    (facts,) = files(facts=FACTS)
    (tmp_path / "empty").mkdir()

    with pytest.raises(MalformedInput, match="nowhere is not a folder"):
        materialise([facts], rules=tmp_path / "nowhere")
    with pytest.raises(MalformedInput, match="empty contains no rule file"):
        materialise([facts], rules=tmp_path / "empty")
    with pytest.raises(MalformedInput, match=r"the folder .* does not exist"):
        materialise([facts], out=tmp_path / "nowhere" / "d.nt")


def test_the_command_says_what_came_of_it(files: Files, tmp_path: Path) -> None:
    facts, ontology = files(facts=FACTS, ontology=ONTOLOGY)
    out = tmp_path / "d.nt"
    arguments = ["reason", str(facts), "--ontology", str(ontology), "--out", str(out)]

    result = CliRunner().invoke(app, arguments)

    assert (result.exit_code, lines(out)) == (0, EXPECTED)
    assert "8 derived from 13 asserted; rules: 6, rounds: 3" in result.stdout
    assert "4  prp-spo2-memberOf-hasMember-meets" in result.stdout


def test_the_command_fails_on_a_contradiction_and_names_it(files: Files) -> None:
    facts, ontology = files(facts=FACTS + ":a a :Event .", ontology=ONTOLOGY)

    result = CliRunner().invoke(app, ["reason", str(facts), "--ontology", str(ontology)])

    assert result.exit_code == 1
    assert "Contradiction by cax-dw-Actor-Event: http://example.org/a rdf:type" in result.stderr


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput):
        materialise([tmp_path / "nowhere.nt"])


def test_a_rule_file_of_anybody_needs_no_header(files: Files, tmp_path: Path) -> None:
    (facts,) = files(facts=FACTS)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "members.rq").write_text(
        "CONSTRUCT { ?n <http://example.org/counts> ?a } "
        "WHERE { ?a <http://example.org/memberOf> ?n }",
        encoding="utf-8",
    )

    report = materialise([facts], rules=tmp_path / "rules", out=tmp_path / "d.nt")

    assert lines(tmp_path / "d.nt") == ["<n> <counts> <a>", "<n> <counts> <b>"]
    assert dict(report.by_rule) == {"members": 2}


@pytest.mark.parametrize("name", ["d.nt", "d.ttl", "d.nt.gz"])
def test_an_error_on_the_way_leaves_nothing_beside_what_was_there(
    tmp_path: Path, name: str
) -> None:
    vocabulary, out = TermDictionary(), tmp_path / name
    out.write_bytes(b"as it was")
    code = vocabulary.encode(NamedNode("http://example.org/a"))

    def parts() -> Iterator[PredicateTriples]:
        yield PredicateTriples(code, {code: {code}}, is_forward=True)
        raise MemoryError

    with pytest.raises(MemoryError):
        write_triples(out, parts(), vocabulary)

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"as it was")]


# Rules with NOT EXISTS and aggregates.
HEADER = """# rule (en): A.
# rule (zh): 甲。
# status: neutral
# source: a test
PREFIX : <http://example.org/>
"""
RULES = {
    "lonely": """CONSTRUCT { ?x a :Lonely } WHERE {
        ?x a :Person FILTER NOT EXISTS { ?x :friend ?y } }""",
    "friend": "CONSTRUCT { ?x :friend ?y } WHERE { ?y :friend ?x }",
    "popular": """CONSTRUCT { ?x :friends ?n } WHERE {
        { SELECT ?x (COUNT(DISTINCT ?y) AS ?n) WHERE { ?x :friend ?y } GROUP BY ?x } }""",
    "crowd": """CONSTRUCT { ?x a :Quiet } WHERE {
        ?x a :Person FILTER NOT EXISTS { ?x :friends ?n FILTER (?n > 1) } }""",
}
FRIENDS = """@prefix : <http://example.org/> .
:a a :Person ; :friend :b . :b a :Person ; :friend :c . :c a :Person . :d a :Person .
"""


def run(tmp_path: Path, facts: str, rules: dict[str, str]) -> tuple[MaterialisationReport, str]:
    for name, text in rules.items():
        (tmp_path / f"{name}.rq").write_text(HEADER + text, encoding="utf-8")
    data, out = tmp_path / "data.ttl", tmp_path / "out.nt"
    data.write_text(facts, encoding="utf-8")
    report = materialise([data], [], tmp_path, out)
    return report, out.read_text(encoding="utf-8").replace("http://example.org/", "")


def test_strata_are_derived_one_after_another(tmp_path: Path) -> None:
    report, derived = run(tmp_path, FRIENDS, RULES)

    quiet = {line.split()[0] for line in derived.splitlines() if "<Quiet>" in line}
    lonely = {line.split()[0] for line in derived.splitlines() if "<Lonely>" in line}
    assert quiet == {"<a>", "<c>", "<d>"}
    assert lonely == {"<d>"}
    assert report.by_rule == {"friend": 2, "lonely": 1, "popular": 3, "crowd": 3}


def test_what_is_said_of_an_equal_thing_is_not_absent(tmp_path: Path) -> None:
    same = "http://www.w3.org/2002/07/owl#sameAs"
    key = f"CONSTRUCT {{ ?x <{same}> ?y }} WHERE {{ ?x :key ?k . ?y :key ?k }}"
    rules = {"lonely": RULES["lonely"], "key": key}

    _, derived = run(tmp_path, FRIENDS + ":a :key :k . :d :key :k .", rules)

    lonely = {line.split()[0] for line in derived.splitlines() if "<Lonely>" in line}
    assert lonely == {"<c>"}


def test_rules_without_strata_are_refused(tmp_path: Path) -> None:
    rules = {**RULES, "pity": "CONSTRUCT { ?x :friend ?x } WHERE { ?x a :Lonely }"}

    with pytest.raises(UnstratifiedRules) as caught:
        run(tmp_path, FRIENDS, rules)

    assert caught.value.rules == [
        f"{name} ({tmp_path.name}/{name}.rq)" for name in ("lonely", "pity")
    ]


def test_what_makes_equal_by_an_absence_that_equality_would_end_is_refused(tmp_path: Path) -> None:
    same = "http://www.w3.org/2002/07/owl#sameAs"
    rule = f"CONSTRUCT {{ ?x <{same}> ?y }} WHERE {{ ?x :m ?y FILTER NOT EXISTS {{ ?x :n ?z }} }}"

    # a has no n, so it would be b, which has one.
    with pytest.raises(UnstratifiedRules) as caught:
        run(tmp_path, "@prefix : <http://example.org/> . :a :m :b . :b :n :c .", {"merge": rule})

    assert [name.split()[0] for name in caught.value.rules] == ["merge", "eq-rep"]
