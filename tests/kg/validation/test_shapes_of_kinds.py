"""Curated descriptions of one kind that `ontology/shapes/` refuses: observations, posts …"""

import pytest

from tests.kg.validation.conftest import FILE, described, fact


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


def test_a_comparison_that_says_all_is_accepted(project) -> None:
    project.write(FILE, comparison(f"{MEASURE} ; {RESPECT} ; {RESULT}"))

    assert project.validate() == []


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
@pytest.mark.parametrize("said", ["glocal:rank 4", "glocal:value 1.5", 'glocal:trend "up"@en'])
def test_an_observation_that_says_something_is_accepted(project, said: str) -> None:
    project.write(FILE, observation(said))

    assert project.validate() == []


@pytest.mark.usefixtures("rankings")
@pytest.mark.parametrize(
    ("said", "finding"),
    [
        *(
            (
                f"glocal:rank {rank}",
                "5: id:obs-London: the rank is not a single whole number from 1 upwards. "
                "Expected: one number such as 4, or glocal:trend for a direction without a number.",
            )
            for rank in ('"fourth"', '"4"^^xsd:int', "0", "4.0")
        ),
        (
            'rdfs:comment "none"',
            "3: id:obs-London: the observation has no value, rank, tier or trend. "
            "Expected: one of glocal:value, glocal:rank, glocal:tier and glocal:trend.",
        ),
        (
            'glocal:rank 4 ; glocal:year "2016"^^xsd:gYear',
            "3: id:obs-London: the observation has no time, or two. Expected: one of "
            "glocal:year, glocal:periodStart (with glocal:periodEnd) and, where no year is "
            "printed, glocal:isUndated true.",
        ),
        (
            "glocal:value 1.5 ; glocal:hasApproximation glocal:Often",
            "5: id:obs-London: the approximation is not one of the vocabulary. "
            "Expected: a glocal:Approximation of ontology/qualifiers.ttl.",
        ),
        (
            "glocal:value 3",
            "5: id:obs-London: the value is not a single decimal number. "
            "Expected: one number with a decimal point, such as 3.0.",
        ),
    ],
)
def test_an_observation_of_nothing_or_of_what_is_no_number_is_refused(
    project, said: str, finding: str
) -> None:
    project.write(FILE, observation(said))

    assert project.validate() == [f"{FILE}:{finding}"]


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


def test_a_post_has_member_organisation_and_title_in_two_languages(project) -> None:
    project.write(FILE, fact('id:post-a a glocal:Post ; glocal:postTitle "mayor"@en .'))

    assert sorted({finding.partition(" Expected")[0] for finding in project.validate()}) == [
        f"{FILE}:2: id:post-a: the post does not have exactly one title in English and one in "
        "Chinese.",
        f"{FILE}:2: id:post-a: the post is not held by exactly one person.",
        f"{FILE}:2: id:post-a: the post is not in exactly one organisation, city or state.",
    ]
