"""An agent without a model: it answers ten questions by tools alone, and cites every passage."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.service.agents.conftest import Call

pytestmark = pytest.mark.slow


class Finding(NamedTuple):
    """An answer, and the passages that it rests on."""

    answer: object
    passages: list[str]


def identify(call: Call, name: str) -> str:
    """Return the thing that a name certainly means, or that is most like it."""
    matches: list[dict[str, str]] = call("find", name=name)["matches"]
    return matches[0]["id"]


def column(table: dict[str, list], name: str) -> list:
    index = table["columns"].index(name)
    return [row[index] for row in table["rows"]]


def passages_of(statements: list[dict[str, list[str]]]) -> list[str]:
    return [passage for one in statements for passage in one["passages"]]


def members_of_a_network(call: Call) -> Finding:
    network = identify(call, "C40城市气候领导联盟")
    [question] = call("questions", search="who member network")["questions"]
    table = call("ask_question", name=question["name"], values={"network": network})
    return Finding(column(table, "member"), column(table, "passage"))


def who_holds_that_cities_gain_autonomy(call: Call) -> Finding:
    found = call("who_says", subject="City", predicate="gainsAutonomyFrom", object="NationState")
    [claim] = found["statements"]
    return Finding((claim["held_by"], claim["status"], claim["is_shown"]), claim["passages"])


def cities_that_stand_in_for_their_state(call: Call) -> Finding:
    table = call("ask_question", name="cities-that-stand-in-for-their-state")
    passages = []
    for city in column(table, "city"):
        statement = {"subject": city, "predicate": "compensatesForStateIn"}
        passages += call("explain", **statement, object="ParisAgreement")["passages"]
    return Finding(column(table, "city"), passages)


def who_left_the_paris_agreement(call: Call) -> Finding:
    [property_] = [
        one
        for one in call("schema", search="treaty has left", limit=100)["properties"]
        if one["id"] == "glocal:withdrewFrom"
    ]
    found = call("who_says", predicate=property_["id"], object="Paris Agreement")["statements"]
    return Finding([one["subject"] for one in found], passages_of(found))


def why_london_contributed_to_a_launch(call: Call) -> Finding:
    statement = {"subject": identify(call, "伦敦"), "predicate": "contributedToLaunchOf"}
    proof = call("explain", **statement, object="CitiesAndClimateChangeInitiative")
    steps = proof["proofs"][0]["steps"]
    return Finding([one["statement"] for one in steps if one["passages"]], proof["passages"])


def where_a_network_was_founded(call: Call) -> Finding:
    statements = call("describe", name="C40")["statements"]
    founded = [one for one in statements if one["predicate"] == "glocal:foundedAt"]
    return Finding([one["object"] for one in founded], passages_of(founded))


def what_would_be_lost_without_an_initiator(call: Call) -> Finding:
    fact = {"subject": "C40", "predicate": "initiatedBy"}
    [said] = call("who_says", **fact)["statements"]
    removed = [f"{said['subject']} {said['predicate']} {said['object']}"]
    lost = call("what_if", remove=removed, view="readings")["counts"]["lost"]
    return Finding((said["object"], lost), said["passages"])


def why_london_is_no_member(call: Call) -> Finding:
    statement = {"subject": "London", "predicate": "memberOf", "object": "UCLG"}
    [rule] = call("why_not", **statement)["nearest"]
    listed = call("who_says", subject="UCLG", predicate="hasMember")["statements"]
    # What the paper does say of its members rests on what it says of theirs.
    bases = [
        one
        for member in listed
        for one in call("who_says", subject=member["object"], predicate="memberOf", object="UCLG")[
            "statements"
        ]
    ]
    return Finding(rule["missing"], passages_of(bases))


def claims_of_a_scholar_about_fragmentation(call: Call) -> Finding:
    table = call("ask_question", name="claims-of-a-holder", values={"holder": "id:TangWei"})
    subjects, passages = column(table, "subject"), column(table, "passage")
    rows = [
        (row, passage)
        for subject, passage, row in zip(subjects, passages, column(table, "object"), strict=True)
        if subject == "id:Fragmentation"
    ]
    return Finding(sorted(row for row, _ in rows), [passage for _, passage in rows])


def members_by_a_misspelt_query(call: Call) -> Finding:
    query = """SELECT ?city ?passage {
        GRAPH ?g { ?city glocal:memberOff id:C40 } ?g glocal:fromPassage ?passage }"""
    empty = call("sparql", query=query)
    assert (empty["rows"], empty["note"] != "") == ([], True)
    check = call("check_query", query=query)
    assert check["empty_because"][0]["pattern"] == "GRAPH ?g { ?city glocal:memberOff id:C40 . }"
    near = re.search(r"Did you mean: (\w+:\w+)", check["unknown_terms"][0])
    assert near is not None
    table = call("sparql", query=query.replace("glocal:memberOff", near[1]))
    return Finding(sorted(column(table, "city")), column(table, "passage"))


CITIES = ["id:Beijing", "id:Guangzhou", "id:HongKong", "id:Shanghai", "id:Shenzhen"]
QUESTIONS: dict[str, tuple[Callable[[Call], Finding], object, set[int]]] = {
    "Who is a member of C40?": (members_of_a_network, CITIES, {13}),
    "Do cities become independent of the nation-state?": (
        who_holds_that_cities_gain_autonomy,
        ("id:StefanNiederhafner", "Claim", False),
        {5},
    ),
    "Which cities stand in for their state in the Paris Agreement?": (
        cities_that_stand_in_for_their_state,
        ["id:LosAngeles", "id:NewYork", "id:SanFrancisco"],
        {2, 10},
    ),
    "Who left the Paris Agreement?": (who_left_the_paris_agreement, ["id:UnitedStates"], {2}),
    "Why did London contribute to the launch of the initiative on climate change?": (
        why_london_contributed_to_a_launch,
        [
            "id:C40 glocal:initiatedBy id:KenLivingstone",
            "id:KenLivingstone glocal:mayorOf id:London",
            "id:C40 glocal:influences id:UNHabitat",
            "id:UNHabitat glocal:launched id:CitiesAndClimateChangeInitiative",
        ],
        {11},
    ),
    "Where was C40 founded?": (where_a_network_was_founded, ["id:London"], {11}),
    "What would be lost if C40 had not been initiated by whom it was?": (
        what_would_be_lost_without_an_initiator,
        ("id:KenLivingstone", 12),
        {11},
    ),
    "Why is London no member of UCLG?": (
        why_london_is_no_member,
        "id:UCLG glocal:hasMember id:London",
        {13},
    ),
    "What does Tang Wei claim about fragmentation?": (
        claims_of_a_scholar_about_fragmentation,
        [
            "id:ExcessiveCompetition",
            "id:InstitutionalGridlock",
            "id:IssueProliferation",
            "id:KnowledgeFailure",
            "id:NormConflict",
            "id:PluralityOfSubjects",
        ],
        {1},
    ),
    "Which cities are members of C40, asked with a misspelt property?": (
        members_by_a_misspelt_query,
        CITIES,
        {13},
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_agent_answers_by_tools_alone_and_cites_every_passage(call: Call, question: str) -> None:
    answer_by_tools, expected, pages = QUESTIONS[question]

    answer, passages = answer_by_tools(call)
    cited = call("cite", things=sorted(set(passages)))

    assert answer == expected
    assert {one["passage"] for one in cited["citations"]} == set(passages)
    assert {one["page"] for one in cited["citations"]} == pages
    for citation in cited["citations"]:
        assert f"page {citation['page']}" in citation["text"]
    assert len(cited["release"]) == 64
