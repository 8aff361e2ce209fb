"""Outcomes of patches of the paper's facts, in words, as JSON-LD and as Turtle."""

import json

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from kg.namespaces import GLOCAL, GRAPH, ID, PROV, RDF
from kg.reasoning.whatif import linked_data, words
from kg.reasoning.whatif.outcome import AnswerComparison
from kg.statuses import Base, Standing
from tests.kg.reasoning.whatif.conftest import PaperRelease

WITHDRAWAL = "INSERT DATA { id:London glocal:withdrewFrom id:ParisAgreement }"
NO_FOUNDER = "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"
LAUNCH = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"
READINGS = Standing(Base.READING)
READING_AS_FACT = "INSERT DATA { id:London glocal:indirectlyInfluences id:UNHabitat }"


def statements(turtle: bytes, role: NamedNode) -> set[Triple]:
    """The triples that have this role in the activity."""
    found = [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]

    def part(node: object, name: str) -> object:
        return next(
            one.object for one in found if (one.subject, one.predicate) == (node, RDF[name])
        )

    nodes = {one.object for one in found if one.predicate == role}
    typed = {one.subject for one in found if one.object == RDF["Statement"]}
    return {
        Triple(part(node, "subject"), part(node, "predicate"), part(node, "object"))  # type: ignore[arg-type]
        for node in nodes & typed
    }


def test_without_the_founder_london_had_no_part_in_the_launch(paper: PaperRelease) -> None:
    text = words.plain_text(paper.suppose(NO_FOUNDER, READINGS))

    held = "[Reading of id:GlocalMaintainers]"
    assert text.startswith("Would no longer hold: 12\n├── - id:C40 glocal:initiatedBy ")
    assert f"├── - {LAUNCH}  {held}\n│   by rule:prp-spo2-" in text
    assert f"│   ├── id:London glocal:indirectlyInfluences id:UNHabitat  {held}" in text
    assert "newly" not in text


def test_what_a_view_does_not_show_is_told_apart(paper: PaperRelease) -> None:
    text = words.plain_text(paper.suppose(NO_FOUNDER))

    shown, _, beyond = text.partition("Would change outside of this view: ")
    assert "- id:KenLivingstone glocal:initiates id:C40  [Fact]" in shown
    assert f"- {LAUNCH}  [Reading of id:GlocalMaintainers]" not in shown
    assert f"- {LAUNCH}  [Reading of id:GlocalMaintainers]" in beyond


def test_a_city_that_leaves_a_treaty_contradicts_that_only_states_do(paper: PaperRelease) -> None:
    text = words.plain_text(paper.suppose(WITHDRAWAL))

    assert "Would newly hold: 5\n" in text
    clash = text.partition("Would contradict each other: 1\n")[2].splitlines()
    said = "    by rule:cax-adc-City-State: It cannot be that X is a city and X is a state."
    assert clash[:2] == ["└── Contradiction  [Fact]", said]
    assert clash[3].startswith("    ├── id:London rdf:type glocal:City  [Fact]")
    assert "id:London glocal:withdrewFrom id:ParisAgreement  [Fact]" in clash[8]


def test_without_proofs_each_change_still_names_its_rule(paper: PaperRelease) -> None:
    text = words.plain_text(paper.suppose(WITHDRAWAL), proofs=False)

    assert "+ id:London rdf:type glocal:State  [Fact]\n│   by rule:prp-dom-withdrewFrom" in text
    assert "│   └──" not in text


def test_what_would_hold_more_strongly_says_how_strongly_it_holds_now(
    paper: PaperRelease,
) -> None:
    text = words.plain_text(paper.suppose(READING_AS_FACT, READINGS))

    start = "Would hold more or less strongly: "
    said = "Reading -> Fact: id:London glocal:indirectlyInfluences id:UNHabitat  [Fact]"
    assert start in text
    assert said in text


def test_a_patch_that_says_what_is_known_changes_nothing(paper: PaperRelease) -> None:
    outcome = paper.suppose("DELETE DATA { id:Atlantis glocal:memberOf id:C40 }")

    assert words.plain_text(outcome) == "Nothing would change.\n"


def test_rows_that_would_go_are_told(paper: PaperRelease) -> None:
    query = "SELECT ?x { ?x <https://w3id.org/glocal/ontology#contributedToLaunchOf> ?y }"
    outcome = paper.suppose(NO_FOUNDER, READINGS)

    comparison = AnswerComparison(paper.store)
    lines = list(words.answer_lines(comparison.compare(outcome.dataset, query, READINGS)))

    assert lines == [
        "Answer: 2 row(s) now, 1 then",
        "  x",
        "- id:London",
    ]


def test_a_yes_that_becomes_a_no_is_told(paper: PaperRelease) -> None:
    query = f"ASK {{ <{ID}London> <{GLOCAL}indirectlyInfluences> <{ID}UNHabitat> }}"
    outcome = paper.suppose(NO_FOUNDER, READINGS)

    comparison = AnswerComparison(paper.store)
    lines = list(words.answer_lines(comparison.compare(outcome.dataset, query, READINGS)))

    assert lines == ["Answer: yes now, no then"]


def test_the_document_lists_each_kind_of_change(paper: PaperRelease) -> None:
    document = json.loads(linked_data.json_ld(paper.suppose(READING_AS_FACT, READINGS)))

    assert (document["gained"], document["lost"], document["contradictions"]) == ([], [], [])
    shifted = {one["predicate"]: one for one in document["shifted"]}
    influence = shifted["glocal:indirectlyInfluences"]
    assert influence["before"] == {"hasBase": "glocal:Reading"}
    assert influence["after"] == {"hasBase": "glocal:Fact"}
    assert influence["evidence"] == [{"id": GRAPH["supposed"].value}]
    assert "answers" not in document


def test_without_proofs_the_document_names_the_last_rule_alone(paper: PaperRelease) -> None:
    document = json.loads(linked_data.json_ld(paper.suppose(NO_FOUNDER, READINGS), proofs=False))

    lost = {one["predicate"]: one for one in document["lost"]}
    launch = lost["glocal:contributedToLaunchOf"]
    assert "premises" not in launch
    assert launch["derivation"]["association"]["plan"]["id"].startswith("rule:prp-spo2-")
    assert (launch["before"], launch["after"]) == ({"hasBase": "glocal:Reading"}, None)


def test_in_prov_what_is_lost_is_invalidated_and_what_is_gained_generated(
    paper: PaperRelease,
) -> None:
    lost = linked_data.turtle(paper.suppose(NO_FOUNDER))
    gained = linked_data.turtle(paper.suppose(WITHDRAWAL))

    said = Triple(ID["KenLivingstone"], GLOCAL["initiates"], ID["C40"])
    assert said in statements(lost, PROV["invalidated"])
    assert statements(lost, PROV["generated"]) == set()
    assert Triple(ID["London"], RDF["type"], GLOCAL["State"]) in statements(
        gained, PROV["generated"]
    )


def test_in_prov_what_shifts_revises_what_stands_otherwise(paper: PaperRelease) -> None:
    shifted = linked_data.turtle(paper.suppose(READING_AS_FACT, READINGS))

    assert Triple(ID["London"], GLOCAL["indirectlyInfluences"], ID["UNHabitat"]) in statements(
        shifted, PROV["influenced"]
    )
    quads = list(parse(shifted, format=RdfFormat.TURTLE))
    revised = {one.object for one in quads if one.predicate == PROV["wasRevisionOf"]}
    bases = {one.object for one in quads if one.subject in revised}
    assert bases == {GLOCAL["Reading"]}


def test_a_contradiction_is_derived_from_what_clashes(paper: PaperRelease) -> None:
    [clash] = json.loads(linked_data.json_ld(paper.suppose(WITHDRAWAL)))["contradictions"]

    assert clash["derivation"]["association"]["plan"]["id"] == "rule:cax-adc-City-State"
    assert (clash["type"][0], clash["hasStatus"]) == ("glocal:Contradiction", "glocal:Fact")
    assert [one["object"]["id"] for one in clash["premises"]] == ["glocal:City", "glocal:State"]
    assert clash["premises"][1]["premises"][0]["predicate"] == "glocal:withdrewFrom"
