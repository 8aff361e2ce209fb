"""Statements that are allowed outside evidence graphs, and those that are not."""

import pytest

EVIDENCE = "Expected: the statement in an evidence graph in curated/paper/ or background/."


@pytest.mark.parametrize(
    "statement",
    [
        "glocal:cooperatesWith id:London",
        "dcterms:creator id:London",
        "owl:sameAs id:London",
        "rdfs:seeAlso id:London",
    ],
)
def test_a_statement_in_an_entity_file_is_refused(project, statement: str) -> None:
    project.write("curated/entities/more.ttl", f"id:Lyon {statement} .")

    predicate = statement.partition(" ")[0]
    assert project.validate() == [
        f"curated/entities/more.ttl:2: {predicate} states a fact, but entity files name no "
        f"passage. {EVIDENCE}"
    ]


def test_names_notes_and_distinctions_may_stand_in_an_entity_file(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        'id:Lyon skos:altLabel "Lugdunum"@en ; skos:editorialNote "Old."@en , "旧名。"@zh ;\n'
        "    owl:differentFrom id:London ; glocal:mentionedIn passage:p01.1 .",
    )

    assert project.validate() == []


def test_a_statement_about_a_city_in_a_source_file_is_refused(project) -> None:
    project.write("curated/source/more.ttl", "\nid:Lyon glocal:cooperatesWith id:London .")

    assert project.validate() == [
        "curated/source/more.ttl:3: a statement about id:Lyon is outside any evidence graph, "
        "so no passage supports it. Expected: the statement inside an evidence graph: "
        "ev:p10.2-fact { … }."
    ]


def test_a_relation_in_the_description_of_evidence_is_refused(project) -> None:
    project.write(
        "curated/paper/more.trig",
        "ev:p01.1-fact-2 { id:Lyon glocal:cooperatesWith id:London . }\n"
        "ev:p01.1-fact-2 a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        "    glocal:hasStatus glocal:Fact ;\n    glocal:cooperatesWith id:Lyon .\n",
    )

    assert project.validate() == [
        "curated/paper/more.trig:5: glocal:cooperatesWith states a fact, but a description of "
        f"evidence has no evidence itself. {EVIDENCE}"
    ]


@pytest.mark.parametrize("predicate", ["owl:sameAs", "skos:sameMatch", "glocal:cooperatesWith"])
def test_a_mapping_that_is_none_is_refused(project, predicate: str) -> None:
    row = f"id:Lyon\t{predicate}\twd:Q456\tsemapv:ManualMappingCuration\n"
    path = project.write("curated/links/places.sssom.tsv", "")
    head = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
    path.write_text(head + row, encoding="utf-8")

    assert project.validate() == [
        f"curated/links/places.sssom.tsv:2: {predicate} states a fact, but link files only "
        "contain the five SKOS mappings. Expected: skos:exactMatch, skos:closeMatch, "
        "skos:broadMatch, skos:narrowMatch or skos:relatedMatch; a fact belongs in an "
        "evidence graph."
    ]
