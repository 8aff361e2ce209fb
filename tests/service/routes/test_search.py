"""Search, and the members of classes with their facets."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import store_of

pytestmark = pytest.mark.slow

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ID = "https://w3id.org/glocal/id/"


def ask(paper: TestClient, path: str, **parameters: Any) -> Any:
    answer = paper.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(paper: TestClient, path: str, language: str = "en", **parameters: Any) -> str:
    headers = {**BROWSER, "accept-language": language}
    # Without parameters, those in the path are kept.
    answer = paper.get(path, params=parameters or None, headers=headers)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def group(page: str, legend: str) -> dict[str, tuple[int, str]]:
    """The values of a facet on a page: the count and the address of each, by label."""
    [content] = re.findall(rf"<fieldset><legend>{legend}</legend>(.*?)</fieldset>", page, re.DOTALL)
    values = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', content, re.DOTALL)
    found = {}
    for address, text in values:
        *label, count = re.sub(r"<[^>]+>", " ", text).split()
        found[" ".join(label)] = (int(count), address.replace("&amp;", "&"))
    return found


def names(page: str) -> list[str]:
    return re.findall(r'<p class="name"><a href="[^"]*">([^<]*)</a>', page)


@pytest.mark.parametrize(
    ("asked", "first", "by"),
    [
        ("伦敦", "London", "name"),
        ("倫敦", "London", "name"),
        ("Londn", "London", "similar"),
        ("uclg", "UCLG", "name"),
        ("Q84", "London", "identifier"),
        ("https://www.wikidata.org/wiki/Q84", "London", "identifier"),
        ("2643743", "London", "identifier"),
        ("id:London", "London", "identifier"),
        ("climate cities", "ICLEICCP", "words"),
    ],
)
def test_a_thing_is_found_first_by_what_people_type(
    paper: TestClient, asked: str, first: str, by: str
) -> None:
    found = ask(paper, "/search", q=asked)

    best = found["results"][0]
    assert (best["id"], best["kind"], best["match"]["by"]) == (f"{ID}{first}", "thing", by)
    assert best["href"] == f"/id/{first}"
    assert found["query"] == asked


@pytest.mark.parametrize("asked", ["城市独立于国家", "cities independent of states"])
def test_what_is_claimed_is_found_below_names_by_its_note_or_statement(
    paper: TestClient, asked: str
) -> None:
    answer = ask(paper, "/search", q=asked)
    page = read(paper, "/search", q=asked)

    claim = "/evidence/p05.2-claim-StefanNiederhafner"
    graphs = [one for one in answer["results"] if one["href"] == claim]
    assert [(one["kind"], one["match"]["by"]) for one in graphs] == [("graph", "description")]
    said = graphs[0]["match"]["name"]
    assert said in (
        "城市从民族国家获得自主性",
        "city gains autonomy from nation-state",
    )
    _, _, below = page.partition("<h2>In descriptions and notes</h2>")
    assert f'<a href="{graphs[0]["href"]}">' in below
    assert "it says: " in below
    assert said in unescape(below)


def test_names_come_before_what_is_written_and_both_have_their_heading(paper: TestClient) -> None:
    answer = ask(paper, "/search", q="London")
    page = read(paper, "/search", "zh", q="London")

    by = [one["match"]["by"] for one in answer["results"]]
    assert by[0] == "name"
    assert by.index("description") == len(by) - by.count("description") > 20
    assert page.index("<h2>事物</h2>") < page.index("<h2>见于说明与注释</h2>")


def test_a_result_has_its_labels_its_description_its_classes_and_its_statements(
    paper: TestClient,
) -> None:
    best = ask(paper, "/search", q="London")["results"][0]

    assert best["label"] == {"en": "London", "zh": "伦敦"}
    assert best["description"]["en"].startswith("capital and largest city")
    assert best["stated"] == ["City", "GlobalCity"]
    assert {"City", "Agent", "Entity"} <= set(best["type"])
    assert best["statements"]["CitedData"] > 5


def test_other_kinds_are_found_under_their_kind_and_lead_to_their_pages(paper: TestClient) -> None:
    found = {}
    for asked in ("city", "member of", "p10.2", "members-of-a-network", "fellow member"):
        for one in ask(paper, "/search", q=asked)["results"][:12]:
            found.setdefault((one["kind"], one["href"]), one)
    page = read(paper, "/search", "zh", q="member of")

    assert ("class", "/classes/City") in found
    assert ("property", "/ontology#memberOf") in found
    assert ("passage", "/source/wang/p10.2") in found
    assert ("question", "/queries#members-of-a-network") in found
    assert "rule" in {kind for kind, _ in found}
    assert found["passage", "/source/wang/p10.2"]["label"]["en"] == "page 11, paragraph 2"
    assert [f"<h2>{kind}</h2>" in page for kind in ("属性", "规则", "问题")] == [True] * 3


def test_the_page_says_why_something_was_found_if_its_label_does_not(paper: TestClient) -> None:
    linked, called = read(paper, "/search", q="Q84"), read(paper, "/search", q="Big Apple")
    plain = read(paper, "/search", q="London")

    assert "linked with Q84: exact match" in linked
    assert 'class="why"' not in plain.partition("Greater London")[0]
    assert names(called) == [] or "also called" in called


@pytest.mark.parametrize("asked", ["xyzzyqq", "Atlantis", "Xanadu", "亚特兰蒂斯"])
def test_a_search_that_finds_nothing_leads_to_the_classes(paper: TestClient, asked: str) -> None:
    page, chinese = (read(paper, "/search", language, q=asked) for language in ("en", "zh"))

    assert f"<h1>Nothing is called “{asked}”</h1>" in page
    assert f"<h1>没有与“{asked}”相符的内容</h1>" in chinese
    assert '<a href="/search">choose a class</a>' in page
    assert names(page) == []
    assert ask(paper, "/search", q=asked)["results"] == []


def test_what_is_only_spelt_alike_is_not_shown_as_if_it_had_been_found(paper: TestClient) -> None:
    page, chinese = (read(paper, "/search", language, q="Londn") for language in ("en", "zh"))

    assert "<h1>Nothing is called “Londn”</h1>" in page
    assert "<p>Names that are spelt alike:</p>" in page
    assert "<p>拼写相近的有：</p>" in chinese
    assert names(page) == ["London"]
    assert '<aside class="facets"' not in page
    [london] = ask(paper, "/search", q="Londn")["results"]
    assert (london["label"]["en"], london["match"]["by"]) == ("London", "similar")


def test_a_search_that_a_facet_leaves_empty_is_not_said_to_mean_nothing(paper: TestClient) -> None:
    page = read(paper, "/search", q="London", status="Plan", holder="LiuJianghua")

    assert "<h1>Search results for “London”</h1>" in page
    assert '<aside class="facets"' in page


def test_openrefine_finds_the_same_by_its_own_parameter(paper: TestClient) -> None:
    assert ask(paper, "/search", filter="London") == ask(paper, "/search", q="London")


def test_without_anything_to_search_the_classes_are_shown(paper: TestClient) -> None:
    page, classes = read(paper, "/search"), ask(paper, "/classes")["classes"]

    assert ask(paper, "/search")["classes"] == classes
    cities = next(one for one in classes if one["name"] == "City")
    assert cities["broader"] == ["Agent"]
    assert cities["count"] == len(members(paper, "City"))
    assert f'<a href="/classes/City">city</a> <span class="count">{cities["count"]}</span>' in page
    assert "<h1>Explore</h1>" in page


def members(paper: TestClient, class_: str, **parameters: Any) -> list[str]:
    found, number = [], 1
    while True:
        answer = ask(paper, f"/classes/{class_}", page=number, **parameters)
        found += [one["id"].removeprefix(ID) for one in answer["members"]]
        if number == answer["pages"]:
            assert len(found) == answer["total"]
            return found
        number += 1


def in_the_graph(paper: TestClient, pattern: str, **view: str) -> list[str]:
    """The cities by SPARQL."""
    query = f"""PREFIX glocal: <https://w3id.org/glocal/ontology#> PREFIX id: <{ID}>
        SELECT DISTINCT ?x {{ ?x a glocal:City . {pattern} }}"""
    rows = paper.get("/sparql", params={"query": query, "format": "csv", **view})
    return sorted(row.removeprefix(ID) for row in rows.text.split()[1:])


def test_a_class_lists_its_members_in_the_order_of_the_readers_language(paper: TestClient) -> None:
    english = members(paper, "City")
    chinese = names(read(paper, "/classes/City", "zh"))

    assert sorted(english) == in_the_graph(paper, "")
    assert english == sorted(english, key=str.casefold)[: len(english)] or english[0] == "Bangkok"
    # By pronunciation: Bali, Beijing, Bulusai'er …
    assert chinese.index("巴黎") < chinese.index("北京") < chinese.index("上海")


def test_a_class_is_listed_in_pages_of_fifty_that_lead_to_each_other(paper: TestClient) -> None:
    first = paper.get("/classes/Person?status=Bibliographic")
    second = paper.get(first.links["next"]["url"])

    assert len(first.json()["members"]) == 50
    assert second.links["prev"]["url"].endswith("/classes/Person?status=Bibliographic&page=1")
    both = [one["id"] for answer in (first, second) for one in answer.json()["members"]]
    assert len(set(both)) == len(both) == first.json()["total"]
    assert 'rel="next">Next page</a>' in read(paper, "/classes/Person?status=Bibliographic")
    beyond = paper.get("/classes/Person?page=99")
    assert (beyond.status_code, beyond.json()["last"]) == (404, 2)


@pytest.mark.parametrize(
    "name", ["glocal:City", "城市", "city", "https://w3id.org/glocal/ontology%23City"]
)
def test_another_name_of_a_class_leads_to_its_page(paper: TestClient, name: str) -> None:
    answer = paper.get(f"/classes/{name}?status=Claim")

    assert (answer.status_code, answer.headers["location"]) == (303, "/classes/City?status=Claim")


def test_facets_are_groups_of_links_that_combine_and_can_be_taken_away(paper: TestClient) -> None:
    page = read(paper, "/classes/City")
    count, address = group(page, "Status")["claim"]

    claimed = read(paper, address)
    held_count, held_address = group(claimed, "Holder")["Liu Jianghua"]
    held = read(paper, held_address)

    assert len(names(claimed)) == count
    assert len(names(held)) == held_count <= count
    assert group(held, "Status")["claim"] == (held_count, "/classes/City?holder=LiuJianghua")
    assert ">Remove all filters</a>" in held
    by_sparql = in_the_graph(
        paper,
        "GRAPH ?g { { ?x ?p ?o } UNION { ?s ?q ?x } }"
        " ?g glocal:hasStatus glocal:Claim ; glocal:heldBy id:LiuJianghua ; a glocal:Evidence .",
    )
    parameters = {"status": "Claim", "holder": "LiuJianghua"}
    assert sorted(members(paper, "City", **parameters)) == by_sparql


def test_a_table_has_the_members_of_all_pages(paper: TestClient) -> None:
    query = "/classes/Person?status=Bibliographic"
    total = paper.get(f"{query}&format=json").json()["total"]

    assert total > 50
    assert len(paper.get(f"{query}&format=csv").text.splitlines()) == total + 1


@pytest.mark.parametrize(
    ("language", "summary"),
    [("en", "Filters, 2 chosen: claim, Lu Jing"), ("zh", "筛选，已选 2 项：主张、卢静")],
)
def test_the_folded_facets_say_what_is_chosen(
    paper: TestClient, language: str, summary: str
) -> None:
    page = read(paper, "/classes/City?status=Claim&holder=LuJing", language)

    assert f"<details><summary>{summary}</summary>" in page
    assert "<details><summary>Filter</summary>" in read(paper, "/classes/City")


def test_a_class_says_how_many_it_lists_and_leads_to_the_same_list_for_programs(
    paper: TestClient,
) -> None:
    whole, filtered = (read(paper, f"/classes/City{query}") for query in ("", "?status=Claim"))

    def follow(page: str, name: str) -> Any:
        [address] = re.findall(rf'<a href="([^"]*)">{name}</a>', page)
        return paper.get(unescape(address))

    listed, table = follow(filtered, "JSON").json(), follow(filtered, "CSV")
    assert listed["total"] == len(listed["members"]) == 3
    assert f'Members <span class="count">{listed["total"]} in all</span></h2>' in filtered
    assert table.headers["content-type"].startswith("text/csv")
    members = [member["id"] for member in listed["members"]]
    assert [row.split(",")[0] for row in table.text.splitlines()] == ["id", *members]
    total = len(follow(whole, "CSV").text.splitlines()) - 1
    assert f'<span class="count">{total} in all</span>' in whole
    # A list of other things than entities has no table.
    assert ">CSV</a>" not in read(paper, "/classes/Evidence")


def test_the_facets_have_their_names_in_both_languages(paper: TestClient) -> None:
    legends = [
        re.findall("<legend>([^<]+)</legend>", read(paper, "/classes/City", language))
        for language in ("en", "zh")
    ]

    assert legends == [
        ["Status", "Holder", "Pattern", "Passage"],
        ["状态", "主张者", "模式", "段落"],
    ]


def test_the_values_of_facets_are_written_as_anything_else_is(paper: TestClient) -> None:
    named = ask(paper, "/classes/City", holder="刘江华", status="glocal:Claim")

    assert [one["id"] for one in named["members"]] == [
        one["id"]
        for one in ask(paper, "/classes/City", holder="LiuJianghua", status="Claim")["members"]
    ]
    [value] = [
        value
        for facet in named["facets"]
        if facet["name"] == "holder"
        for value in facet["values"]
        if value["selected"]
    ]
    assert (value["value"], value["id"]) == ("刘江华", f"{ID}LiuJianghua")


def test_a_view_decides_who_is_a_member_and_stays_in_every_link(paper: TestClient) -> None:
    view = {"view": "readings", "world": "LiuJianghua"}

    page = read(paper, "/classes/WideNormActor", **view)

    assert "Paris" in members(paper, "WideNormActor", **view)
    assert "Paris" not in members(paper, "WideNormActor")
    _, address = group(page, "Status")["claim"]
    assert "view=readings&world=LiuJianghua" in address
    assert 'href="/id/Paris?view=readings&amp;world=LiuJianghua"' in page


def test_a_search_is_filtered_by_class_and_by_statements(paper: TestClient) -> None:
    found = ask(paper, "/search", q="london", type="Organization", status="Fact")
    page = read(paper, "/search", q="london")

    assert {"Organization"} <= {*found["results"][0]["type"]}
    assert all("Organization" in one["type"] for one in found["results"])
    assert all(one["statements"]["Fact"] for one in found["results"])
    count, address = group(page, "Class")["organisation"]
    assert address == "/search?q=london&type=Organization"
    assert len(names(read(paper, address))) == count


def test_the_same_address_has_the_same_things_for_people_and_programs(paper: TestClient) -> None:
    page, answer = read(paper, "/classes/City"), ask(paper, "/classes/City")

    assert names(page) == [one["label"]["en"] for one in answer["members"]]
    [status] = [facet for facet in answer["facets"] if facet["name"] == "status"]
    counts = {one["label"]["en"]: one["count"] for one in status["values"]}
    assert {label: count for label, (count, _) in group(page, "Status").items()} == counts


@pytest.mark.parametrize(
    ("address", "status", "part"),
    [
        (f"/search?q={'x' * 501}", 400, "expected at most 500 characters"),
        ("/search?q=London&status=Clam", 404, "Claim"),
        ("/search?q=London&page=0", 400, "expected a number from 1"),
        ("/search?q=London&page=9", 404, "There is no page 9"),
        ("/search?q=London&" + "status=Claim&" * 21, 400, "expected at most 20"),
        ("/classes/Citty", 404, "City"),
        ("/lookup", 400, "exactly one of wikidata"),
        ("/lookup?label=Londn", 404, "London"),
    ],
)
def test_a_failure_is_a_page_for_people_and_a_document_for_programs(
    paper: TestClient, address: str, status: int, part: str
) -> None:
    document = paper.get(f"{address}")
    page = paper.get(f"{address}", headers={**BROWSER, "accept-language": "zh"})

    assert (document.status_code, page.status_code) == (status, status)
    assert document.headers["content-type"] == "application/problem+json"
    assert part in document.json()["detail"]
    assert 'role="alert"' in page.text
    assert part in page.text
    assert '<html lang="zh"' in page.text


def test_what_was_looked_up_or_searched_stays_in_the_search_box(paper: TestClient) -> None:
    for address in ("/lookup?label=Londn", "/search?q=Londn", "/search?q=Londn&page=99"):
        page = read(paper, address)
        assert 'name="q" value="Londn"' in page
        assert '<a href="/search?q=Londn">' in page or "London" in names(page)


def test_hostile_text_is_shown_as_text(paper: TestClient) -> None:
    page = read(paper, "/search", q='"><script>alert(1)</script>')

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_many_searches_at_once_leave_the_service_answering(paper: TestClient) -> None:
    words = [f"q={'climate governance of cities ' * 16}{number}" for number in range(60)]

    with ThreadPoolExecutor(20) as pool:
        searches = [pool.submit(paper.get, f"/search?{one}") for one in words]
        while not all(search.done() for search in searches):
            assert paper.get("/healthz").status_code == 200

    assert {search.result().status_code for search in searches} == {200}


@pytest.fixture
def crowded() -> Iterator[TestClient]:
    """A store with more statements than facets are made for."""
    members = "".join(f"id:C{number} a glocal:City . " for number in range(60))
    named = f"ev:e {{ {members} }} ev:e a glocal:Evidence ; glocal:hasStatus glocal:Fact ."
    declared = 'graph:ontology { glocal:City a owl:Class ; rdfs:label "city"@en . }'
    store = store_of(f"{members} {named} {declared}")
    with TestClient(
        create_app(Settings(max_faceted_statements=59), store=store), follow_redirects=False
    ) as client:
        yield client


def test_a_release_with_too_many_statements_has_pages_without_facets(crowded: TestClient) -> None:
    second = crowded.get("/classes/City?page=2").json()
    page = crowded.get("/classes/City", headers=BROWSER).text
    refused = crowded.get("/classes/City?status=Fact")

    assert (second["total"], second["pages"], second["facets"]) == (60, 2, None)
    assert len(second["members"]) == 10
    assert "<fieldset" not in page
    assert "too many statements" in page
    assert refused.status_code == 400
    assert "too many statements to filter by it" in refused.json()["detail"]
