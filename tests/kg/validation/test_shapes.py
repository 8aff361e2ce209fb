"""Curated facts and terms that `ontology/shapes/` refuses, with file, line and remedy."""

import pytest

from kg.content import own_content
from kg.namespaces import GLOCAL, RDFS, SH
from kg.sources.files import read_file
from kg.sources.folders import read_ontology
from tests.kg.validation.conftest import FILE, described, fact


def test_a_small_project_has_no_finding(project) -> None:
    assert project.validate() == []


@pytest.mark.parametrize(
    ("notes", "says"),
    [
        ('skos:note "once"@en', "the note does not stand"),
        ('skos:note "once"@en , "twice"@en', "the note does not stand"),
        ('skos:editorialNote "once"@en', "the editorial note does not stand"),
    ],
)
def test_a_note_in_one_language_is_refused(project, notes: str, says: str) -> None:
    project.write(FILE, described(f"glocal:Fact ; {notes}"))

    findings = {finding.partition(". ")[0] for finding in project.validate()}

    assert findings == {f"{FILE}:4: ev:p01.1-fact-2: {says} in both languages"}


def reading(holder: str, notes: str) -> str:
    return described(f"glocal:Reading ; glocal:heldBy {holder} ; skos:note {notes}", "reading")


def test_a_reading_with_a_note_in_one_language_is_refused(project) -> None:
    project.write(FILE, reading("id:GlocalMaintainers", '"inferred"@en'))

    findings = sorted({each.partition(": ")[2].partition(". ")[0] for each in project.validate()})
    assert [finding.partition(": ")[2] for finding in findings] == [
        "the note does not stand in both languages",
        "the reading does not have exactly one note in English and one in Chinese",
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            described("glocal:Fact").replace(" glocal:fromPassage passage:p01.1 ;", ""),
            "3: ev:p01.1-fact-2: the statements do not have exactly one passage. "
            "Expected: one glocal:fromPassage with the passage that states them.",
        ),
        (
            described("glocal:Claim", "claim-London"),
            "3: ev:p01.1-claim-London: the claim names no holder. Expected: "
            "glocal:heldBy with the person, organisation, group or kind, or another status.",
        ),
        (
            described("glocal:Fact ; glocal:hasDegree glocal:Fact"),
            "4: ev:p01.1-fact-2: the qualifier is not one of the vocabulary. "
            "Expected: a glocal:Degree of ontology/qualifiers.ttl.",
        ),
        (
            described("glocal:Fact ; glocal:heldBy id:London"),
            "4: ev:p01.1-fact-2: what the paper or common knowledge states is held by "
            "somebody. Expected: no glocal:heldBy, or the status glocal:Claim.",
        ),
        (
            reading("id:London", '"inferred"@en , "推断"@zh'),
            "4: ev:p01.1-reading: the reading is not held by the curators alone. "
            "Expected: glocal:heldBy id:GlocalMaintainers, or another status.",
        ),
        (
            described("glocal:CitedData", "citeddata"),
            "3: ev:p01.1-citeddata: cited data neither names its source nor says that "
            "the source is lost. Expected: glocal:citedFrom with the work or data set, or "
            "glocal:sourceLost true.",
        ),
        (
            described("glocal:CitedData ; glocal:sourceLost false", "citeddata"),
            "4: ev:p01.1-citeddata: glocal:sourceLost has a value other than true. "
            "Expected: glocal:sourceLost true, or only glocal:citedFrom.",
        ),
    ],
)
def test_evidence_that_does_not_say_what_it_must_is_refused(
    project, text: str, finding: str
) -> None:
    project.write(FILE, text)

    assert project.validate() == [f"{FILE}:{finding}"]


@pytest.mark.parametrize(
    "text",
    [
        described("glocal:Claim ; glocal:heldBy id:London", "claim-London"),
        described('glocal:Fact ; skos:note "once"@en , "一次"@zh'),
        reading("id:GlocalMaintainers", '"inferred"@en , "推断"@zh'),
    ],
    ids=["claim", "note", "reading"],
)
def test_evidence_that_says_all_that_it_must_is_accepted(project, text: str) -> None:
    project.write(FILE, text)

    assert project.validate() == []


@pytest.mark.parametrize(
    "labels",
    [
        '"Paris"@en',
        '"巴黎"@zh',
        '"Paris"@en , "Lutetia"@en , "巴黎"@zh',
        '"Paris"@en , "Paris"@fr',
        '"Paris"',
    ],
)
def test_a_label_in_one_language_only_is_refused(project, labels: str) -> None:
    project.write(
        "curated/entities/more.ttl", f"id:Paris a glocal:City ;\n    rdfs:label {labels} ."
    )

    assert set(project.validate()) == {
        "curated/entities/more.ttl:3: id:Paris: the entity does not have exactly one label "
        "in English and one in Chinese. "
        "Expected: one rdfs:label @en and one @zh; other names are skos:altLabel."
    }


def test_a_regional_tag_does_not_count_as_the_other_language(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        'id:Paris a glocal:City ;\n    rdfs:label "Paris"@en ,\n        "Paris"@en-GB .',
    )

    assert project.validate() == [
        "curated/entities/more.ttl:3: id:Paris: the entity does not have exactly one label "
        "in English and one in Chinese. "
        "Expected: one rdfs:label @en and one @zh; other names are skos:altLabel.",
        "curated/entities/more.ttl:4: rdfs:label has the language tag @en-gb. "
        "Expected: @en, a tag without region or script.",
    ]


def test_a_kind_that_is_typed_as_an_actor_is_refused(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        'id:GlobalCities a glocal:Kind ,\n    glocal:GlobalCity ; rdfs:label "k"@en , "类"@zh .',
    )

    assert (
        "curated/entities/more.ttl:2: id:GlobalCities: a kind is typed as an actor. "
        "Expected: only glocal:Kind, with glocal:denotesClass for the class of its members."
    ) in project.validate()


@pytest.mark.parametrize("source", ["glocal:citedFrom id:PubA", "glocal:sourceLost true"])
def test_cited_data_names_its_source_or_says_that_it_is_lost(project, source: str) -> None:
    project.write("curated/entities/works.ttl", 'id:PubA a glocal:Work ; rdfs:label "Cities"@en .')
    project.write(FILE, described(f"glocal:CitedData ; {source}", "citeddata"))

    assert project.validate() == []


def test_background_names_a_source_and_no_passage(project) -> None:
    project.write(
        "curated/background/more.trig",
        "ev:background-x { id:Lyon glocal:cooperatesWith id:London . }\n"
        "ev:background-x a glocal:Evidence ; glocal:hasStatus glocal:Background ;\n"
        "    glocal:fromPassage passage:p01.1 .\n",
    )

    assert [finding.partition(" Expected")[0] for finding in project.validate()] == [
        "curated/background/more.trig:3: ev:background-x: background knowledge names no source.",
        "curated/background/more.trig:4: ev:background-x: background knowledge names a passage, "
        "as if the paper said it.",
    ]


@pytest.mark.parametrize("statuses", ["glocal:Fact , glocal:Thesis", "glocal:City", '"Fact"'])
def test_evidence_of_two_statuses_or_of_none_is_refused(project, statuses: str) -> None:
    project.write(FILE, described(statuses))

    assert (
        f"{FILE}:4: ev:p01.1-fact-2: the evidence graph does not have exactly one status. "
        "Expected: one glocal:hasStatus, such as glocal:Fact or glocal:Claim."
    ) in project.validate()


def test_a_passage_without_place_and_not_lost_is_refused(project) -> None:
    project.write(
        "curated/source/more.ttl",
        'passage:p01.2 a glocal:Passage ; glocal:page 1 ; glocal:section "O"@en , "开"@zh ;\n'
        '    dcterms:description "Goes on."@en , "续。"@zh ; glocal:offset 8 .\n',
    )

    assert project.validate() == [
        "curated/source/more.ttl:2: passage:p01.2: the passage has no place in the text. "
        "Expected: glocal:offset, glocal:length and glocal:sha256 together, or glocal:isLost true "
        "and none of them."
    ]


@pytest.mark.parametrize("definition", ["", 'skos:definition "What bears."@en , "B."@en-GB ;'])
def test_a_term_without_definition_in_both_languages_is_refused(project, definition: str) -> None:
    project.write(
        "ontology/more.ttl",
        f"glocal:bears a owl:ObjectProperty ; {definition}\n"
        '    rdfs:label "bears"@en , "承担"@zh .',
    )

    assert (
        "ontology/more.ttl:2: glocal:bears: the term does not have exactly one definition in "
        "English and one in Chinese. Expected: one skos:definition @en and one @zh."
    ) in project.validate()


def test_an_outside_term_needs_no_definition(project) -> None:
    project.write("ontology/more.ttl", "org:heldBy a owl:ObjectProperty .")

    assert project.validate() == []


def test_a_header_without_licence_is_refused(project) -> None:
    path = project.ontology / "ontology.ttl"
    lines = path.read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if "dcterms:license" not in line]
    path.write_text("\n".join(kept), encoding="utf-8")

    assert project.validate() == [
        "ontology/ontology.ttl:2: https://w3id.org/glocal/ontology: the ontology does not "
        "have exactly one licence. Expected: one dcterms:license with its IRI."
    ]


def test_every_kind_of_entity_has_a_shape_for_its_labels() -> None:
    shapes = read_file(own_content().ontology / "shapes/facts.ttl")
    targets = {quad.object for quad in shapes if quad.predicate == SH["targetClass"]}
    kinds = {
        quad.subject
        for quad in read_ontology()
        if (quad.predicate, quad.object) == (RDFS["subClassOf"], GLOCAL["Entity"])
    }

    # Works may be sources; entities.py checks the others.
    assert kinds - targets == {GLOCAL["Source"]}
    assert GLOCAL["Agent"] in kinds


@pytest.mark.parametrize("year", ['"2001"', "2001", '"2910"^^xsd:gYear', '"0200"^^xsd:gYear'])
def test_a_year_that_is_none_is_refused_at_its_line_in_the_evidence(project, year: str) -> None:
    project.write(FILE, fact(f"\n    id:Lyon glocal:foundedOn {year} .\n"))

    assert project.validate() == [
        f"{FILE}:3: id:Lyon: the date is not a year, month or day from 1000 to 2099. Expected: an "
        'xsd:gYear such as "2015"^^xsd:gYear, an xsd:gYearMonth or an xsd:date, between 1000 and '
        "2099."
    ]
