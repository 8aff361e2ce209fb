import asyncio

import jsonschema
import pytest
from mcp import Client

from service.agents.answers import MAX_ANSWER_BYTES
from service.agents.tools import TOOLS
from tests.service.agents.conftest import Call, ToolError

pytestmark = pytest.mark.slow

CAVEAT = "Only a claim of id:StefanNiederhafner (page 5); it holds in no view."
LAUNCH = ("London", "contributedToLaunchOf", "CitiesAndClimateChangeInitiative")


def triple(subject: str, predicate: str, object_: str) -> dict[str, str]:
    return {"subject": subject, "predicate": predicate, "object": object_}


def test_every_tool_reads_only_and_describes_its_parameters_and_its_answer(service: str) -> None:
    async def list_tools() -> list:
        async with Client(f"{service}/mcp") as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(list_tools())}

    assert list(tools) == list(TOOLS)
    for name, tool in tools.items():
        assert tool.annotations.read_only_hint is True, name
        assert tool.description, name
        for parameter, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), (name, parameter)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
    with_view = {name for name, tool in tools.items() if "view" in tool.input_schema["properties"]}
    assert with_view == set(TOOLS) - {"find", "questions", "cite"}


@pytest.mark.parametrize("name", ["伦敦", "London", "london"])
def test_a_thing_is_found_by_any_of_its_names(call: Call, name: str) -> None:
    first = call("find", name=name)["matches"][0]

    assert (first["id"], first["kind"], first["is_exact"]) == ("id:London", "entity", True)
    assert "glocal:City" in first["types"]


def test_terms_of_the_vocabulary_are_found_beside_things(call: Call) -> None:
    found = call("find", name="is a member of", limit=50)["matches"]

    assert ("glocal:memberOf", "property") in [(one["id"], one["kind"]) for one in found]


def test_a_description_has_each_statement_with_its_status_and_passages(call: Call) -> None:
    answer = call("describe", name="C40", limit=50)

    assert (answer["id"], answer["labels"]["zh"]) == ("id:C40", "C40城市气候领导联盟")
    assert "glocal:CityNetworkAlliance" in answer["types"]
    [founded] = [one for one in answer["statements"] if one["predicate"] == "glocal:foundedAt"]
    assert founded == {
        **triple("id:C40", "glocal:foundedAt", "id:London"),
        "status": "CitedData",
        "is_shown": True,
        "held_by": "",
        "graph": "ev:p10.n2-citeddata",
        "rule": "",
        "passages": ["passage:p10.n2"],
        "caveat": "",
    }
    [reading] = [
        one for one in answer["statements"] if one["predicate"] == "glocal:initiatedByCity"
    ]
    assert (reading["status"], reading["is_shown"]) == ("Reading", False)
    assert reading["rule"].endswith("then X was initiated by the city Z.")


def test_what_a_view_adds_is_shown_in_it(call: Call) -> None:
    asked = {"name": "C40", "view": "readings"}

    [reading] = [
        one
        for one in call("describe", **asked)["statements"]
        if one["predicate"] == "glocal:initiatedByCity"
    ]

    assert reading["is_shown"] is True


def test_who_claims_something_is_told_although_it_does_not_hold(call: Call) -> None:
    answer = call("who_says", subject="City", predicate="gainsAutonomyFrom", object="")

    [claim] = answer["statements"]
    assert (claim["status"], claim["held_by"]) == ("Claim", "id:StefanNiederhafner")
    assert (claim["is_shown"], claim["passages"]) == (False, ["passage:p05.2"])
    assert claim["caveat"] == CAVEAT


def test_a_claim_is_shown_in_the_world_of_its_holder_and_holds_in_no_view(call: Call) -> None:
    asked = {"subject": "City", "predicate": "gainsAutonomyFrom", "world": "StefanNiederhafner"}

    [claim] = call("who_says", **asked)["statements"]

    assert (claim["is_shown"], claim["caveat"]) == (True, CAVEAT)


@pytest.mark.parametrize("view", [{}, {"view": "facts"}, {"world": "StefanNiederhafner"}])
def test_a_claim_is_never_said_to_hold(call: Call, view: dict[str, str]) -> None:
    claim = triple("City", "gainsAutonomyFrom", "NationState")

    answer = call("why_not", **claim, **view)

    assert answer["caveat"] == CAVEAT
    assert CAVEAT in answer["reason"]
    assert call("explain", **claim)["caveat"] == CAVEAT


@pytest.mark.parametrize("predicate", ["a", "rdf:type"])
def test_a_name_after_a_type_is_that_of_a_class(call: Call, predicate: str) -> None:
    answer = call("who_says", **triple("Shanghai", predicate, "GlobalCity"))

    assert {one["object"] for one in answer["statements"]} == {"glocal:GlobalCity"}
    assert answer["statements"][0]["caveat"] == ""


def test_the_schema_counts_and_defines_the_terms_that_have_some_words(call: Call) -> None:
    answer = call("schema", search="member of", limit=100)

    [member] = [one for one in answer["properties"] if one["id"] == "glocal:memberOf"]
    assert member["label"]["en"] == "is a member of"
    assert member["definition"]["en"].startswith("Relates a city or a state to a network")
    assert member["uses"] > 5
    assert "LiuJianghua" in answer["worlds"]
    assert answer["prefixes"]["id"] == "https://w3id.org/glocal/id/"
    assert call("schema", limit=3)["total_classes"] > 50


def test_questions_are_listed_with_their_parameters_and_answered(call: Call) -> None:
    [question] = call("questions", search="members-of-a-network")["questions"]
    answer = call("ask_question", name=question["name"], values={"network": "id:C40"}, limit=2)

    assert list(question["parameters"]) == ["network"]
    assert [row[1] for row in answer["rows"]] == ["id:Beijing", "id:Guangzhou"]
    assert (answer["total"], answer["view"]) == (5, "paper")
    assert answer["note"] == "Rows 1 to 2 of 5. For more: offset=2"


def test_a_question_is_asked_in_the_view_that_it_is_meant_for(call: Call) -> None:
    name = "cities-that-stand-in-for-their-state"

    meant, others = call("ask_question", name=name), call("ask_question", name=name, view="facts")

    assert [row[0] for row in meant["rows"]] == ["id:LosAngeles", "id:NewYork", "id:SanFrancisco"]
    assert others["rows"] == []
    assert "no answer for these values in view=facts" in others["note"]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT ?c { ?c glocal:memberOf id:C40 } ORDER BY ?c LIMIT 1", [["id:Beijing"]]),
        ("ASK { id:C40 glocal:foundedAt id:London }", [[True]]),
        (
            "CONSTRUCT { ?s glocal:foundedAt ?o } WHERE { ?s glocal:foundedAt ?o }",
            [["id:C40", "glocal:foundedAt", "id:London"]],
        ),
        (
            'SELECT ?x { VALUES ?x { 1 1.5 true "a\\"b" "x"@en <urn:x> } }',
            [[1], [1.5], [True], ['"a\\"b"'], ['"x"@en'], ["<urn:x>"]],
        ),
    ],
)
def test_sparql_needs_no_prefixes_and_gives_values_of_json(
    call: Call, query: str, rows: list
) -> None:
    answer = call("sparql", query=query)

    assert (answer["rows"], answer["total"]) == (rows, len(rows))


def test_rows_and_bytes_are_capped_and_the_true_number_is_told(call: Call) -> None:
    query = "SELECT ?s ?label ?p ?o { ?s ?p ?o ; rdfs:label ?label }"
    counted = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o ; rdfs:label ?label }"

    answer = call("sparql", query=query, limit=500)
    [[total]] = call("sparql", query=counted)["rows"]

    assert answer["total"] == total > 10_000
    assert 100 < len(answer["rows"]) < 500
    assert len(str(answer["rows"]).encode()) < MAX_ANSWER_BYTES * 1.2
    assert answer["note"].startswith(f"Rows 1 to {len(answer['rows'])} of {total}.")
    following = call("sparql", query=query, limit=1, offset=len(answer["rows"]))
    assert following["rows"][0] not in answer["rows"]


def test_an_empty_answer_says_why_it_may_be_empty(call: Call) -> None:
    answer = call("sparql", query="SELECT ?c { ?c glocal:memberOff id:C40 }")

    assert (answer["rows"], answer["total"]) == ([], 0)
    assert answer["note"].startswith(
        "Unknown term 'glocal:memberOff'. Did you mean: glocal:memberOf"
    )
    assert "Try: check_query" in answer["note"]


def test_a_malformed_query_is_checked_with_line_and_column(call: Call) -> None:
    answer = call("check_query", query="SELECT ?c {\n  ?c glocal:memberOf id:C40 ")

    assert (answer["is_valid"], answer["line"], answer["column"]) == (False, 2, 28)
    assert "(line 2, column 28): found the end of the text" in answer["error"]


@pytest.mark.parametrize(
    ("query", "pattern", "finding"),
    [
        (
            "SELECT ?c { ?c a glocal:Citty ; glocal:memberOf id:C40 }",
            "?c a glocal:Citty .",
            "matches nothing by itself",
        ),
        (
            "SELECT ?c { ?c glocal:memberOf id:C40 . FILTER(?c = id:London) }",
            "FILTER(?c = id:London)",
            "without it, the others have solutions",
        ),
        (
            "SELECT ?c { ?c glocal:compensatesForStateIn ?treaty }",
            "?c glocal:compensatesForStateIn ?treaty .",
            "matches nothing by itself in this view; it does in view=readings",
        ),
        (
            "SELECT ?c { id:City glocal:gainsAutonomyFrom ?c }",
            "id:City glocal:gainsAutonomyFrom ?c .",
            "matches nothing by itself; it matches only in named graphs, such as those of claims "
            "(who_says)",
        ),
        (
            "SELECT ?c { ?c glocal:memberOf id:C40 } LIMIT 0",
            "the whole pattern",
            "has solutions, which LIMIT, OFFSET, HAVING or a last VALUES leaves out",
        ),
    ],
)
def test_the_pattern_that_makes_an_answer_empty_is_named(
    call: Call, query: str, pattern: str, finding: str
) -> None:
    answer = call("check_query", query=query)

    assert (answer["is_valid"], answer["total"]) == (True, 0)
    assert answer["empty_because"] == [{"pattern": pattern, "finding": finding}]


def test_a_query_with_an_answer_has_nothing_to_blame(call: Call) -> None:
    answer = call("check_query", query="SELECT ?c { ?c glocal:memberOf id:C40 }")

    assert (answer["total"], answer["empty_because"], answer["unknown_terms"]) == (5, [], [])


def test_a_proof_leads_back_to_its_passages(call: Call) -> None:
    answer = call("explain", **triple(*LAUNCH))

    [proof] = answer["proofs"]
    first, *others = proof["steps"]
    assert first["statement"] == "id:London glocal:contributedToLaunchOf " + "id:" + LAUNCH[2]
    assert (first["status"], first["held_by"]) == ("Reading", "id:GlocalMaintainers")
    assert first["from_steps"] == [2, 7]
    assert proof["total_steps"] == len(others) + 1 == 7
    assert set(answer["passages"]) == {"passage:p10.n2", "passage:p10.1"}


def test_what_a_statement_lacks_is_told_in_words(call: Call) -> None:
    answer = call("why_not", **triple("London", "memberOf", "UCLG"))

    [rule] = answer["nearest"]
    assert rule["sentence"] == "If X has member Y, then Y is a member of X."
    assert rule["missing"] == "id:UCLG glocal:hasMember id:London"


def test_where_else_a_statement_stands_is_told(call: Call) -> None:
    answer = call("why_not", **triple(*LAUNCH), view="facts")

    assert answer["reason"].endswith("It stands in view=readings.")
    assert answer["note"] == "It holds in another view. Try: explain without a view"


def test_a_supposition_says_what_would_change_and_answers_a_query_before_and_after(
    call: Call,
) -> None:
    removed = ["id:C40 glocal:initiatedBy id:KenLivingstone"]
    query = f"ASK {{ id:London glocal:contributedToLaunchOf id:{LAUNCH[2]} }}"

    answer = call("what_if", remove=removed, query=query, view="readings", limit=3)

    assert answer["counts"]["lost"] == 12
    assert [one["change"] for one in answer["changes"]] == ["lost"] * 3
    assert answer["changes"][0]["statement"] == removed[0]
    answers = answer["answers"]
    assert (answers["before"]["boolean"], answers["after"]["boolean"]) == (True, False)
    assert answer["note"].startswith("3 of 14 changes")


def test_facts_can_be_added_too(call: Call) -> None:
    answer = call("what_if", add=["id:London glocal:memberOf id:UCLG."])

    gained = [one["statement"] for one in answer["changes"] if one["change"] == "gained"]
    assert len(gained) == answer["counts"]["gained"] == 6
    assert "id:UCLG glocal:hasMember id:London" in gained


def test_a_supposition_that_contradicts_what_holds_says_what_clashes(call: Call) -> None:
    answer = call("what_if", add=["id:London glocal:withdrewFrom id:ParisAgreement"])

    [clash] = answer["contradictions"]
    assert clash["rule"].startswith("rule:cax-adc-City-State: ")
    assert clash["statements"] == [
        "id:London rdf:type glocal:City",
        "id:London rdf:type glocal:State",
    ]


def test_passages_are_cited_with_the_release(call: Call, newest_release) -> None:
    answer = call("cite", things=["passage:p10.n2", "ev:p10.1-fact-2"])

    assert [(one["of"], one["passage"], one["page"]) for one in answer["citations"]] == [
        ("ev:p10.1-fact-2", "passage:p10.1", 11),
        ("passage:p10.n2", "passage:p10.n2", 11),
    ]
    assert answer["citations"][0]["text"].startswith(
        "Wang Wei, Global Cities and Global Governance"
    )
    over_break = call("cite", things=["passage:p09.2"])["citations"][0]
    assert (over_break["page"], over_break["last_page"]) == (9, 10)
    assert over_break["text"].endswith(", pages 9–10, paragraph 2 (passage:p09.2)")
    assert f'"{answer["release"]}"' in (newest_release / "release.json").read_text()
    assert answer["release"] in answer["cite_release_as"]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("find", {"name": "zzqqxxyy"}, "Nothing is named like 'zzqqxxyy'. Try: another spelling"),
        ("describe", {"name": "Londn"}, "Unknown thing 'Londn'. Did you mean: London"),
        ("describe", {"name": "id:Londn"}, "Did you mean: id:London?"),
        ("describe", {"name": "London", "world": "Nobody"}, "expected a holder of claims"),
        ("who_says", {}, "Expected a subject, a predicate or an object"),
        (
            "who_says",
            triple("London", "memberOf", "UCLG"),
            "Nobody says id:London glocal:memberOf id:UCLG, in no view and no world. Try:",
        ),
        ("questions", {"search": "zzqq"}, "No saved question has these words. Try: other words"),
        ("ask_question", {"name": "members-of-a-netwrk"}, "Did you mean: members-of-a-network"),
        ("ask_question", {"name": "members-of-a-network"}, "network: is missing; expected the IRI"),
        ("sparql", {"query": "SELECT ?c {"}, "(line 1, column 12)"),
        ("sparql", {"query": "INSERT DATA { id:a id:b id:c }"}, "INSERT is an update"),
        ("sparql", {"query": "ASK {}", "limit": 501}, "less than or equal to 500"),
        ("explain", triple("London", "memberOf", "UCLG"), "Try: why_not, or who_says"),
        ("why_not", triple("C40", "foundedAt", "London"), "It holds in some view"),
        ("what_if", {}, "Expected triples to add or to remove"),
        (
            "what_if",
            {"add": ["id:London glocal:memberOff id:C40"]},
            "Did you mean: glocal:memberOf",
        ),
        ("cite", {"things": []}, "Expected 1 to 50 passages"),
        ("cite", {"things": ["glocal:City"]}, "No passage is known for glocal:City. Try: who_says"),
    ],
)
def test_a_failure_says_what_to_try(call: Call, tool: str, arguments: dict, message: str) -> None:
    with pytest.raises(ToolError) as failure:
        call(tool, **arguments)

    assert message in str(failure.value)


def test_no_list_is_empty_without_a_note(call: Call) -> None:
    empty = [
        call("schema", search="zzqq"),
        call("sparql", query="SELECT ?x { ?x glocal:memberOf id:London }"),
        call("what_if", add=["id:C40 glocal:foundedAt id:London"]),
    ]

    assert all("Try: " in answer["note"] for answer in empty)
