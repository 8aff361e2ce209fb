"""Evidence graphs: their descriptions, their names, and the statements in them."""

import pytest

FILE = "curated/paper/more.trig"


def described(
    name: str,
    status: str,
    more: str = "",
    statements: str = "id:Lyon glocal:cooperatesWith id:London .",
) -> str:
    return (
        f"ev:{name} {{ {statements} }}\n"
        f"ev:{name} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus glocal:{status} {more}.\n"
    )


GRAPH = described("p01.1-fact-2", "Fact").partition("\n")[0]
CONVERSE = "id:London glocal:cooperatesWith id:Lyon ."


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "\n\nid:Lyon glocal:cooperatesWith id:London .\n",
            "4: a statement about id:Lyon is outside any evidence graph, so no passage "
            "supports it. Expected: the statement inside an evidence graph: "
            "ev:p10.2-fact { … }.",
        ),
        (
            f"\n{GRAPH}",
            "3: ev:p01.1-fact-2 has no description: no passage and no status. Expected: "
            "ev:p01.1-fact-2 a glocal:Evidence ; glocal:fromPassage … ; glocal:hasStatus …",
        ),
        (
            described("p01.1-fact-2", "Fact", statements=""),
            "3: ev:p01.1-fact-2 is described but contains no statements. "
            "Expected: statements in the graph, or no description.",
        ),
        (
            GRAPH.replace("ev:p01.1-fact-2", "id:Graph"),
            "2: id:Graph is not the name of an evidence graph. "
            "Expected: a name with the prefix ev:.",
        ),
        (
            described("p01.1-fact-2", "Fact", statements="\n    id:Lyon glocal:hosted [ ] .\n"),
            "3: a curated statement has a blank node or triple term as its subject or object. "
            "Expected: an IRI (id:…) in its place.",
        ),
    ],
)
def test_a_graph_is_named_and_described_and_has_statements_about_what_has_a_name(
    project, text: str, finding: str
) -> None:
    project.write(FILE, text)

    assert project.validate() == [f"{FILE}:{finding}"]


def test_that_entities_are_different_may_be_said_without_a_name(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        "[] a owl:AllDifferent ; owl:members ( id:Lyon id:London ) .",
    )

    assert project.validate() == []


def test_a_recommendation_among_facts_is_refused(project) -> None:
    action = (
        "\n    id:rec-Lyon a glocal:RecommendedAction ;\n"
        "        glocal:bearer id:Lyon ;\n        glocal:recommendedAction id:Saving ;\n"
        '        rdfs:label "Lyon should"@en , "里昂应当"@zh .\n'
    )
    saving = 'id:Saving a glocal:Act ; rdfs:label "saving"@en , "节约"@zh .'
    project.write("curated/entities/acts.ttl", saving)
    project.write(FILE, described("p01.1-fact-3", "Fact", statements=action))

    message = (
        "a recommendation is in a graph with another status, as if it were a fact. "
        "Expected: an evidence graph with glocal:hasStatus glocal:Recommendation."
    )
    assert project.validate() == [f"{FILE}:{line}: {message}" for line in (3, 4, 5)]


@pytest.mark.parametrize(
    ("name", "status", "more", "right"),
    [
        ("p01.1-fact-99", "Thesis", "", "ev:p01.1-thesis"),
        ("p10.2-fact", "Fact", "", "ev:p01.1-fact"),
        ("p01.1-fact-two", "Fact", "", "ev:p01.1-fact"),
        ("p01.1-claim", "Claim", "; glocal:heldBy id:Lyon ", "ev:p01.1-claim-Lyon"),
        (
            "p01.1-claim-Paris",
            "Claim",
            "; glocal:heldBy id:Lyon , id:London ",
            "ev:p01.1-claim-Lyon or ev:p01.1-claim-London",
        ),
    ],
)
def test_a_name_that_says_something_else_is_refused(
    project, name: str, status: str, more: str, right: str
) -> None:
    project.write(FILE, described(name, status, more))

    assert project.validate() == [
        f"{FILE}:3: ev:{name} does not match its description. "
        f"Expected: {right}, with -2, -3 … if that name is taken."
    ]


@pytest.mark.parametrize(
    ("name", "status", "more"),
    [
        ("p01.1-thesis", "Thesis", ""),
        ("p01.1-fact-12", "Fact", ""),
        ("p01.1-claim-London-2", "Claim", "; glocal:heldBy id:Lyon , id:London "),
        ("p01.1-plan", "Plan", "; glocal:heldBy id:Lyon "),
    ],
)
def test_a_name_that_says_what_the_description_says_is_accepted(
    project, name: str, status: str, more: str
) -> None:
    project.write(FILE, described(name, status, more))

    assert project.validate() == []


def test_background_is_named_as_background(project) -> None:
    project.write(
        "curated/background/more.trig",
        "ev:lyon { id:Lyon glocal:cooperatesWith id:London . }\n"
        "ev:lyon a glocal:Evidence ; glocal:hasStatus glocal:Background ;\n"
        "    dcterms:source wd:Q456 .\n",
    )

    assert project.validate() == [
        "curated/background/more.trig:3: ev:lyon does not match its description. "
        "Expected: ev:background-…, with -2, -3 … if that name is taken."
    ]


@pytest.mark.parametrize(("status", "is_refused"), [("Hypothesis", True), ("Fact", False)])
def test_what_does_not_hold_repeats_no_entity_file(project, status: str, is_refused: bool) -> None:
    name = f"p01.1-{status.lower()}-2"
    project.write(FILE, described(name, status, statements="id:Lyon a glocal:City ."))

    finding = (
        f"{FILE}:2: a statement that does not hold is repeated in an entity file, "
        "which makes it hold. Expected: the statement in only one of the two."
    )
    assert project.validate() == [finding] * is_refused


def test_a_statement_has_the_same_evidence_once(project) -> None:
    project.write(FILE, described("p01.1-fact-2", "Fact", statements=CONVERSE))

    assert project.validate() == [
        "curated/paper/opening.trig:2: the same statement is in ev:p01.1-fact-2, with the same "
        "evidence. Expected: the statement once."
    ]


def test_a_statement_may_have_other_evidence_as_well(project) -> None:
    time = '; glocal:validTime "2015"^^xsd:gYear '
    project.write(FILE, described("p01.1-fact-2", "Fact", time, CONVERSE))

    assert project.validate() == []
