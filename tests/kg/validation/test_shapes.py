"""Curated facts and terms that `ontology/shapes/` refuses, with file, line and remedy."""

import pytest

from kg.content import own_content
from kg.namespaces import GLOCAL, RDFS, SH
from kg.sources.files import read_file
from kg.sources.folders import read_ontology

FILE = "curated/paper/more.trig"
COOPERATION = "id:Lyon glocal:cooperatesWith id:London ."


def described(status: str, name: str = "fact-2", statements: str = COOPERATION) -> str:
    return (
        f"ev:p01.1-{name} {{ {statements} }}\n"
        f"ev:p01.1-{name} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus {status} .\n"
    )


def fact(statements: str) -> str:
    return described("glocal:Fact", statements=statements)


def test_a_small_project_has_no_finding(project) -> None:
    assert project.validate() == []


def test_a_statement_without_a_passage_is_refused(project) -> None:
    text = described("glocal:Fact").replace(" glocal:fromPassage passage:p01.1 ;", "")
    project.write(FILE, text)

    assert project.validate() == [
        f"{FILE}:3: ev:p01.1-fact-2: the statements do not have exactly one passage. "
        "Expected: one glocal:fromPassage with the passage that states them."
    ]


def test_a_claim_without_a_holder_is_refused(project) -> None:
    project.write(FILE, described("glocal:Claim", "claim-London"))

    assert project.validate() == [
        f"{FILE}:3: ev:p01.1-claim-London: the claim names no holder. Expected: "
        "glocal:heldBy with the person, organisation, group or kind, or another status."
    ]


def test_a_qualifier_is_one_of_its_vocabulary(project) -> None:
    project.write(FILE, described("glocal:Fact ; glocal:hasDegree glocal:Fact"))

    assert project.validate() == [
        f"{FILE}:4: ev:p01.1-fact-2: the qualifier is not one of the vocabulary. "
        "Expected: a glocal:Degree of ontology/qualifiers.ttl."
    ]


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


def test_a_reading_of_somebody_else_is_refused(project) -> None:
    project.write(FILE, reading("id:London", '"inferred"@en , "推断"@zh'))

    assert project.validate() == [
        f"{FILE}:4: ev:p01.1-reading: the reading is not held by the curators alone. "
        "Expected: glocal:heldBy id:GlocalMaintainers, or another status."
    ]


def test_a_reading_with_a_note_in_one_language_is_refused(project) -> None:
    project.write(FILE, reading("id:GlocalMaintainers", '"inferred"@en'))

    findings = sorted({each.partition(": ")[2].partition(". ")[0] for each in project.validate()})
    assert [finding.partition(": ")[2] for finding in findings] == [
        "the note does not stand in both languages",
        "the reading does not have exactly one note in English and one in Chinese",
    ]


def recommendation(said: str) -> str:
    labels = 'rdfs:label "save"@en , "节约"@zh'
    action = f"id:rec a glocal:RecommendedAction ; {labels} ; glocal:hasObject id:Lyon ; {said} ."
    return described("glocal:Recommendation", "recommendation", action)


SAVING = 'id:Saving a glocal:Act ; rdfs:label "saving"@en , "节约"@zh .\n'


def test_a_recommendation_with_act_and_bearer_is_accepted(project) -> None:
    project.write("curated/entities/acts.ttl", SAVING)
    project.write(
        FILE, recommendation("glocal:bearer id:London ; glocal:recommendedAction id:Saving")
    )

    assert project.validate() == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("glocal:bearer id:London", "what should be done"),
        ("glocal:bearer id:London ; glocal:recommendedAction id:Lyon", "what should be done"),
        ("glocal:recommendedAction id:Saving", "who should act"),
    ],
)
def test_a_recommendation_without_act_or_bearer_is_refused(
    project, said: str, missing: str
) -> None:
    project.write("curated/entities/acts.ttl", SAVING)
    project.write(FILE, recommendation(said))

    (finding,) = project.validate()
    assert f"id:rec: the recommendation does not say {missing}" in finding


def comparison(said: str) -> str:
    return fact(f"id:compared a glocal:Comparison ; glocal:compares id:Lyon ; {said} .")


MEASURE = "glocal:comparedWith id:London"
RESPECT = "glocal:inRespectOf id:London"
RESULT = "glocal:comparisonResult glocal:More"


@pytest.mark.parametrize(
    "text",
    [
        described("glocal:Claim ; glocal:heldBy id:London", "claim-London"),
        described('glocal:Fact ; skos:note "once"@en , "一次"@zh'),
        reading("id:GlocalMaintainers", '"inferred"@en , "推断"@zh'),
        comparison(f"{MEASURE} ; {RESPECT} ; {RESULT}"),
    ],
    ids=["claim", "note", "reading", "comparison"],
)
def test_evidence_that_says_all_that_it_must_is_accepted(project, text: str) -> None:
    project.write(FILE, text)

    assert project.validate() == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (f"{RESPECT} ; {RESULT}", "does not say with what"),
        (f"{MEASURE} ; {RESULT}", "does not say in which respect"),
        (f"{MEASURE} ; {RESPECT}", "does not have exactly one result"),
        (
            f"{MEASURE} ; {RESPECT} ; glocal:comparisonResult glocal:Often",
            "does not have exactly one result",
        ),
    ],
)
def test_a_comparison_that_lacks_something_is_refused(project, said: str, missing: str) -> None:
    project.write(FILE, comparison(said))

    (finding,) = project.validate()
    assert f"id:compared: the comparison {missing}" in finding


def observation(rank: str) -> str:
    return fact(
        "\n    id:obs-London a glocal:Observation ; qb:dataSet id:Rankings ;\n"
        "        glocal:subject id:London ; glocal:indicator id:London ; glocal:isUndated true ;\n"
        f"        {rank} .\n"
    )


@pytest.fixture
def rankings(project) -> None:
    project.write(
        "curated/entities/data-sets.ttl",
        'id:Rankings a qb:DataSet ; rdfs:label "rankings"@en , "排名"@zh .',
    )


@pytest.mark.usefixtures("rankings")
@pytest.mark.parametrize("rank", ['"fourth"', '"4"^^xsd:int', "0", "4.0"])
def test_a_rank_that_is_no_number_is_refused(project, rank: str) -> None:
    project.write(FILE, observation(f"glocal:rank {rank}"))

    assert project.validate() == [
        f"{FILE}:5: id:obs-London: the rank is not a single whole number from 1 upwards. "
        "Expected: one number such as 4, or glocal:trend for a direction without a number."
    ]


@pytest.mark.usefixtures("rankings")
@pytest.mark.parametrize("said", ["glocal:rank 4", "glocal:value 1.5", 'glocal:trend "up"@en'])
def test_an_observation_that_says_something_is_accepted(project, said: str) -> None:
    project.write(FILE, observation(said))

    assert project.validate() == []


@pytest.mark.usefixtures("rankings")
def test_an_observation_that_says_nothing_is_refused(project) -> None:
    project.write(FILE, observation('rdfs:comment "none"'))

    assert project.validate() == [
        f"{FILE}:3: id:obs-London: the observation has no value, rank, tier or trend. "
        "Expected: one of glocal:value, glocal:rank, glocal:tier and glocal:trend."
    ]


@pytest.mark.usefixtures("rankings")
def test_an_observation_of_two_times_is_refused(project) -> None:
    project.write(FILE, observation('glocal:rank 4 ; glocal:year "2016"^^xsd:gYear'))

    (finding,) = project.validate()
    assert "id:obs-London: the observation has no time, or two." in finding


@pytest.mark.usefixtures("rankings")
def test_an_approximation_is_one_of_its_vocabulary(project) -> None:
    project.write(FILE, observation("glocal:value 1.5 ; glocal:hasApproximation glocal:Often"))

    (finding,) = project.validate()
    assert "id:obs-London: the approximation is not one of the vocabulary." in finding


@pytest.mark.usefixtures("rankings")
def test_a_value_without_a_decimal_point_is_refused(project) -> None:
    project.write(FILE, observation("glocal:value 3"))

    assert project.validate() == [
        f"{FILE}:5: id:obs-London: the value is not a single decimal number. "
        "Expected: one number with a decimal point, such as 3.0."
    ]


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


def test_a_work_needs_no_label_in_the_other_language(project) -> None:
    project.write("curated/entities/works.ttl", 'id:PubA a glocal:Work ; rdfs:label "Cities"@en .')

    assert project.validate() == []


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


def test_cited_data_without_a_source_is_refused(project) -> None:
    project.write(FILE, described("glocal:CitedData", "citeddata"))

    assert project.validate() == [
        f"{FILE}:3: ev:p01.1-citeddata: cited data neither names its source nor says that "
        "the source is lost. Expected: glocal:citedFrom with the work or data set, or "
        "glocal:sourceLost true."
    ]


def test_a_source_that_is_not_lost_is_not_said_to_be(project) -> None:
    project.write(FILE, described("glocal:CitedData ; glocal:sourceLost false", "citeddata"))

    assert project.validate() == [
        f"{FILE}:4: ev:p01.1-citeddata: glocal:sourceLost has a value other than true. "
        "Expected: glocal:sourceLost true, or only glocal:citedFrom."
    ]


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


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("geo:lat 45.76 ; geo:long 4.84", set()),
        ("geo:lat -90.0 ; geo:long 180.0", set()),
        ("geo:lat 45.76", {"longitude"}),
        ("geo:long 4.84", {"latitude"}),
        ("geo:lat 145.76 ; geo:long 4.84", {"latitude"}),
        ("geo:lat 45.76 ; geo:long -180.5", {"longitude"}),
        ("geo:lat 45.76 , 45.77 ; geo:long 4.84", {"latitude"}),
        ("geo:lat 45 ; geo:long 4.84", {"latitude"}),
        ('geo:lat "45.76" ; geo:long 4.84e0', {"latitude", "longitude"}),
    ],
)
def test_a_place_has_one_latitude_and_one_longitude_or_neither(
    project, said: str, wrong: set[str]
) -> None:
    project.write(
        "curated/background/more.trig",
        f"ev:background-x {{ id:Lyon {said} . }}\n"
        "ev:background-x a glocal:Evidence ; glocal:hasStatus glocal:Background ;\n"
        "    dcterms:source <https://sws.geonames.org/2996944/> .\n",
    )

    messages = {
        name: f"the place does not have exactly one {name}" for name in ("latitude", "longitude")
    }
    found = project.validate()
    assert {name for name, text in messages.items() if text in "".join(found)} == wrong
    assert bool(found) == bool(wrong)


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


def test_a_post_has_member_organisation_and_title_in_two_languages(project) -> None:
    project.write(FILE, fact('id:post-a a glocal:Post ; glocal:postTitle "mayor"@en .'))

    assert sorted({finding.partition(" Expected")[0] for finding in project.validate()}) == [
        f"{FILE}:2: id:post-a: the post does not have exactly one title in English and one in "
        "Chinese.",
        f"{FILE}:2: id:post-a: the post is not held by exactly one person.",
        f"{FILE}:2: id:post-a: the post is not in exactly one organisation, city or state.",
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


def test_nobody_holds_a_fact(project) -> None:
    project.write(FILE, described("glocal:Fact ; glocal:heldBy id:London"))

    assert project.validate() == [
        f"{FILE}:4: ev:p01.1-fact-2: what the paper or common knowledge states is held by "
        "somebody. Expected: no glocal:heldBy, or the status glocal:Claim."
    ]
