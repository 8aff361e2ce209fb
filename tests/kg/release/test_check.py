"""`glocal check` reports all findings at once."""

import shutil
from pathlib import Path

import pytest

from kg.content import own_content
from kg.errors import MalformedInput
from kg.release.check import check
from tests.kg.conftest import content_in

pytestmark = pytest.mark.slow


def found(towns, rule: str) -> list[str]:
    findings = check(towns.content)
    return [str(finding) for finding in findings if finding.rule == rule]


def copy_of_rule(towns, name: str) -> Path:
    """A rule file of the project's own, among the rules of the small one."""
    return Path(shutil.copy(own_content().rules / f"{name}.rq", towns.ontology / "rules"))


def test_syntax_errors_of_all_files_are_reported_at_once(towns) -> None:
    towns.write("curated/entities/a.ttl", "id:Lyon a glocal:City\n")
    towns.write("curated/paper/b.trig", "\nev:a { id:Lyon other:x id:London . }\n")
    towns.write("ontology/shapes/c.ttl", 'id:Lyon rdfs:label "L')

    assert found(towns, "well-formed-files") == [
        "curated/entities/a.ttl:3: the file cannot be read: Unexpected end. Expected: "
        "the rest of the file, which ends inside a statement, graph or string.",
        "curated/paper/b.trig:3: the file cannot be read: The prefix other: has not been declared. "
        "Expected: @prefix other: <…> . at the top of the file, or a declared prefix.",
        "ontology/shapes/c.ttl:2: the file cannot be read: Unexpected end of file. "
        "Expected: the rest of the file, which ends inside a statement, graph or string.",
    ]


def test_a_data_set_without_a_name_in_both_languages_is_reported(towns) -> None:
    named = "<https://w3id.org/glocal/void#dataset> dcterms:title "
    towns.write("curated/dataset.ttl", f"{named} 'Cities'@en .")

    assert found(towns, "well-formed-files") == [
        "curated/dataset.ttl:2: the file cannot be read: the data set does not have one title in "
        "each language. Expected: <https://w3id.org/glocal/void#dataset> with one dcterms:title "
        "in @en and one in @zh."
    ]


def test_content_waits_until_every_file_can_be_read(towns) -> None:
    towns.write("curated/entities/cities.ttl", "id:London a glocal:City")

    assert len(found(towns, "well-formed-files")) == 1
    assert found(towns, "described-individuals") == []


def test_content_is_checked_where_every_file_can_be_read(towns) -> None:
    towns.write("curated/entities/more.ttl", 'id:Oslo a glocal:City ; rdfs:label "Oslo"@en .')

    assert found(towns, "shapes/facts.ttl") == [
        "curated/entities/more.ttl:2: id:Oslo: the entity does not have exactly one label in "
        "English and one in Chinese. "
        "Expected: one rdfs:label @en and one @zh; other names are skos:altLabel."
    ]


def test_a_rule_file_that_is_no_rule_is_reported(towns) -> None:
    (towns.ontology / "rules/wrong.rq").write_text("SELECT * { ?s ?p ?o }", encoding="utf-8")

    (finding,) = found(towns, "well-formed-rules")
    assert finding.startswith("ontology/rules/wrong.rq:1: the file is not a valid rule: ")


RULE = (
    "# rule (en): A rule.\n# rule (zh): 规则。\n# status: Reading\n# source: nobody\n"
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
    "CONSTRUCT {\n    ?one glocal:memberOf ?other .\n}\n"
    "WHERE {\n    ?one glocal:cooperatesWith ?other .\n}\n"
)


def test_rules_that_rest_on_their_own_negation_are_reported(towns) -> None:
    negation = "    FILTER NOT EXISTS { ?other glocal:memberOf ?one }\n}\n"
    text = RULE.removesuffix("}\n") + negation
    (towns.ontology / "rules/new.rq").write_text(text, encoding="utf-8")

    (finding,) = found(towns, "strata-of-rules")
    assert finding.startswith(
        "ontology/rules: rules are recursive through NOT EXISTS or an aggregate"
    )
    assert "new (rules/new.rq) derives glocal:memberOf" in finding


def test_an_unknown_term_in_a_rule_is_reported(towns) -> None:
    text = RULE.replace("cooperatesWith", "isNew")
    (towns.ontology / "rules/new.rq").write_text(text, encoding="utf-8")

    assert [one for one in found(towns, "declared-terms") if "new.rq" in one] == [
        "ontology/rules/new.rq:10: glocal:isNew is used but not declared. "
        "Expected: a declared name."
    ]


def test_another_spelling_is_reported_with_what_repairs_it(towns) -> None:
    assert (
        "curated/entities/cities.ttl: the file is not formatted. "
        "Expected: the output of turtlefmt curated/entities/cities.ttl"
    ) in found(towns, "one-spelling")


def test_an_empty_folder_is_refused(tmp_path) -> None:
    with pytest.raises(MalformedInput, match="nothing to read"):
        check(content_in(tmp_path / "nowhere"))


def test_shapes_that_are_missing_are_reported(towns) -> None:
    (towns.ontology / "shapes/facts.ttl").unlink()

    assert found(towns, "well-formed-files") == [
        "ontology/shapes/facts.ttl: the file is missing, so nothing can be checked against its "
        "shapes. Expected: the file restored."
    ]


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        ("id:x a id:y .", "the file contains no shape"),
        (
            "id:x a sh:PropertyShape ; sh:targetClass glocal:City .",
            "a shape is not valid SHACL: ",
        ),
    ],
)
def test_shapes_that_demand_nothing_that_can_be_asked_are_reported(
    towns, shapes: str, reason: str
) -> None:
    towns.write("ontology/shapes/facts.ttl", shapes)

    (finding,) = found(towns, "well-formed-files")
    assert finding.startswith(f"ontology/shapes/facts.ttl:1: the file cannot be read: {reason}")


def test_a_folder_in_the_place_of_a_file_does_not_keep_back_the_others(towns) -> None:
    Path("curated/paper/x.trig").mkdir()
    towns.write("curated/paper/y.trig", "ev:")

    assert [line.partition(". Expected")[0] for line in found(towns, "well-formed-files")] == [
        "curated/paper/x.trig:1: the file cannot be read: unexpected folder in this place",
        "curated/paper/y.trig:2: the file cannot be read: Unexpected end",
    ]


def test_every_file_that_nothing_reads_is_reported(towns) -> None:
    for name in ("three.trgi", "sub/x.trig", "empty.trig"):
        towns.write(f"curated/paper/{name}", "")
    towns.write("curated/drafts/x.ttl", "id:Lyon a glocal:City .")
    towns.write("curated/notes.txt", "")
    towns.write("ontology/rules/new.sparql", "")

    assert {line.partition(":")[0] for line in found(towns, "well-formed-files")} == {
        "curated/drafts",
        "curated/notes.txt",
        "curated/paper/empty.trig",
        "curated/paper/sub",
        "curated/paper/three.trgi",
        "ontology/rules/new.sparql",
    }


def test_link_files_are_checked_together(towns) -> None:
    head = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
    for name, item in (("a", "Q84"), ("b", "Q23306")):
        path = towns.curated / f"links/{name}.sssom.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"{head}id:London\tskos:exactMatch\twd:{item}\tsemapv:ManualMappingCuration\n",
            encoding="utf-8",
        )

    assert found(towns, "two-things") == [
        "curated/links/b.sssom.tsv:2: id:London is matched to another thing in a.sssom.tsv:2. "
        "Expected: one exact or close match."
    ]


def test_an_entity_that_is_described_in_two_files_is_reported(towns) -> None:
    towns.write("curated/entities/more.ttl", "\nid:Lyon a glocal:City .")

    assert found(towns, "well-formed-files") == [
        "curated/entities/more.ttl:3: the file cannot be read: id:Lyon is also described in "
        "cities.ttl. Expected: another name, or the whole description in one file."
    ]


def test_background_is_in_its_own_folder(towns) -> None:
    towns.write(
        "curated/paper/more.trig",
        "ev:background-of-Lyon { id:Lyon glocal:cooperatesWith id:London . }\n"
        "ev:background-of-Lyon a glocal:Evidence ; dcterms:source <https://example.org/> ;\n"
        "    glocal:hasStatus glocal:Background .",
    )

    assert found(towns, "folder-of-evidence") == [
        "curated/paper/more.trig:4: ev:background-of-Lyon has the status glocal:Background in "
        "paper/. Expected: the evidence graph in background/."
    ]


def test_a_passage_of_a_rule_that_does_not_exist_is_reported(towns) -> None:
    path = copy_of_rule(towns, "dilemma-of-regional-organizations")
    path.write_text(path.read_text("utf-8").replace("# passage: p02.3", "# passage: p99.3"))

    assert [one for one in found(towns, "declared-terms") if "passage" in one] == [
        "ontology/rules/dilemma-of-regional-organizations.rq:5: the passage p99.3 does not exist. "
        "Expected: a passage of the text."
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "# source (zh): glocal:coHostWith 的定义\n",
            "",
            "the source lacks its text (zh). Expected: '# source (zh): …'.",
        ),
        (
            "glocal:coHostWith 的定义",
            "a definition",
            "the source (zh) is without a Chinese character. "
            "Expected: a text in Chinese, or the tag of the language it is in.",
        ),
    ],
)
def test_a_source_of_a_rule_needs_a_text_in_each_language(
    towns, before: str, after: str, message: str
) -> None:
    path = copy_of_rule(towns, "co-hosts")
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")

    assert found(towns, "well-formed-rules") == [f"ontology/rules/co-hosts.rq:4: {message}"]
