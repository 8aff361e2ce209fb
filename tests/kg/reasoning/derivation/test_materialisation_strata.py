"""Rules with NOT EXISTS and aggregates on anybody's data, equality included."""

from pathlib import Path

import pytest

from kg.errors import UnstratifiedRules
from kg.reasoning.derivation.materialisation import MaterialisationReport, materialise

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
FACTS = """@prefix : <http://example.org/> .
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
    report, derived = run(tmp_path, FACTS, RULES)

    quiet = {line.split()[0] for line in derived.splitlines() if "<Quiet>" in line}
    lonely = {line.split()[0] for line in derived.splitlines() if "<Lonely>" in line}
    assert quiet == {"<a>", "<c>", "<d>"}
    assert lonely == {"<d>"}
    assert report.by_rule == {"friend": 2, "lonely": 1, "popular": 3, "crowd": 3}


def test_what_is_said_of_an_equal_thing_is_not_absent(tmp_path: Path) -> None:
    same = "http://www.w3.org/2002/07/owl#sameAs"
    key = f"CONSTRUCT {{ ?x <{same}> ?y }} WHERE {{ ?x :key ?k . ?y :key ?k }}"
    rules = {"lonely": RULES["lonely"], "key": key}

    _, derived = run(tmp_path, FACTS + ":a :key :k . :d :key :k .", rules)

    lonely = {line.split()[0] for line in derived.splitlines() if "<Lonely>" in line}
    assert lonely == {"<c>"}


def test_rules_without_strata_are_refused(tmp_path: Path) -> None:
    rules = {**RULES, "pity": "CONSTRUCT { ?x :friend ?x } WHERE { ?x a :Lonely }"}

    with pytest.raises(UnstratifiedRules) as caught:
        run(tmp_path, FACTS, rules)

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
