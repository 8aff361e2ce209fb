"""Statements and the evidence graphs they must stand in."""

FILE = "curated/paper/more.trig"
GRAPH = "ev:p01.1-fact-2 { id:Lyon glocal:cooperatesWith id:London . }\n"
DESCRIPTION = (
    "ev:p01.1-fact-2 a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
    "    glocal:hasStatus glocal:Fact .\n"
)


def test_a_statement_outside_any_evidence_graph_is_refused(project) -> None:
    project.write(FILE, "\n\nid:Lyon glocal:cooperatesWith id:London .\n")

    assert project.validate() == [
        f"{FILE}:4: a statement about id:Lyon stands outside any evidence graph, so no passage "
        "supports it. Right would be: the statement inside an evidence graph: "
        "ev:p10.2-fact { … }."
    ]


def test_a_statement_in_an_entity_file_is_refused(project) -> None:
    project.write("curated/entities/more.ttl", "id:Lyon glocal:cooperatesWith id:London .")

    assert project.validate() == [
        "curated/entities/more.ttl:2: glocal:cooperatesWith states a fact, but entity files name "
        "no passage. Right would be: the statement in an evidence graph in kg/curated/paper/ or "
        "background/."
    ]


def test_a_graph_that_nothing_describes_is_refused(project) -> None:
    project.write(FILE, f"\n{GRAPH}")

    assert project.validate() == [
        f"{FILE}:3: nothing describes ev:p01.1-fact-2: no passage, no status. Right would be: "
        "ev:p01.1-fact-2 a glocal:Evidence ; glocal:fromPassage … ; glocal:hasStatus …"
    ]


def test_a_description_without_statements_is_refused(project) -> None:
    project.write(FILE, f"ev:p01.1-fact-2 {{ }}\n{DESCRIPTION}")

    assert project.validate() == [
        f"{FILE}:3: ev:p01.1-fact-2 is described but holds no statement. "
        "Right would be: statements in the graph, or no description."
    ]


def test_a_graph_under_another_name_is_refused(project) -> None:
    project.write(FILE, GRAPH.replace("ev:p01.1-fact-2", "id:Graph"))

    assert project.validate() == [
        f"{FILE}:2: id:Graph is no name of an evidence graph. "
        "Right would be: a name with the prefix ev:."
    ]


def test_something_without_a_name_is_refused(project) -> None:
    project.write(FILE, f"ev:p01.1-fact-2 {{\n    id:Lyon glocal:hosted [ ] .\n}}\n{DESCRIPTION}")

    assert project.validate() == [
        f"{FILE}:3: a curated statement is about something without a name. "
        "Right would be: an IRI id:… for it."
    ]


def test_that_entities_are_different_may_be_said_without_a_name(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        "[] a owl:AllDifferent ; owl:members ( id:Lyon id:London ) .",
    )

    assert project.validate() == []


def recommendation(status: str) -> str:
    return (
        "ev:p01.1-should {\n    id:rec-Lyon a glocal:RecommendedAction ;\n"
        "        glocal:bearer id:Lyon ;\n        glocal:recommendedAction id:London ;\n"
        '        rdfs:label "Lyon should"@en , "里昂应当"@zh .\n}\n'
        "ev:p01.1-should a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus glocal:{status} .\n"
    )


def test_a_recommendation_among_facts_is_refused(project) -> None:
    project.write(FILE, recommendation("Fact"))

    message = (
        "a recommendation stands in a graph of another status, as if it were the case. Right "
        "would be: an evidence graph with glocal:hasStatus glocal:Recommendation."
    )
    assert project.validate() == [f"{FILE}:{line}: {message}" for line in (3, 4, 5)]


def test_a_recommendation_in_a_graph_of_its_own_is_accepted(project) -> None:
    project.write(FILE, recommendation("Recommendation"))

    assert project.validate() == []
