"""The pages of /sparql: the editor with an answer, or with a failure."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.service.conftest import get_kept

pytestmark = pytest.mark.slow

PREFIX = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nPREFIX id: <https://w3id.org/glocal/id/>\n"
)
FOUNDED = PREFIX + "SELECT ?network ?city { ?network glocal:foundedAt ?city }"
C40, LONDON = "https://w3id.org/glocal/id/C40", "https://w3id.org/glocal/id/London"
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CHINESE = {**BROWSER, "accept-language": "zh-CN"}
NUMBERS = """SELECT ?n {
    VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } VALUES ?c { 0 1 2 3 4 }
    BIND (100 * ?c + 10 * ?b + ?a AS ?n) FILTER (?n < 450)
} ORDER BY ?n"""


TRIPLE = ("subject", "predicate")


def ask(client: TestClient, query: str, **parameters: str) -> httpx2.Response:
    return client.get("/sparql", params={"query": query, **parameters}, headers=BROWSER)


def rows(page: str) -> list[list[str]]:
    """The cells of a result as HTML, without those of statuses and buttons."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall("<tr[^>]*>(.*?)</tr>", body)
    without = [re.sub('<td class="row-status".*?</td>', "", row) for row in found]
    return [re.findall("<td[^>]*>(?!<button)(.*?)</td>", row) for row in without]


def link(page: str, text: str) -> str:
    """The address of the link with this text."""
    [address] = re.findall(rf'<a href="([^"]*)"[^>]*>{text}</a>', page)
    return unescape(address)


def test_a_browsers_query_is_answered_by_a_table_of_names_that_are_links(
    client: TestClient,
) -> None:
    answer = ask(client, FOUNDED)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert rows(answer.text) == [
        [
            f'<a href="/id/C40" title="{C40}"><code>id:C40</code></a>',
            f'<a href="/id/London" title="{LONDON}">London</a>',
        ]
    ]
    for name in ("network", "city"):
        assert f'<th scope="col" data-name="{name}" data-kind="iri">{name}</th>' in answer.text
    assert re.search(r"<span data-range>Rows: 1</span><span>\d+\.\d\d s</span>", answer.text)


def test_names_and_fixed_texts_are_in_the_readers_language(client: TestClient) -> None:
    page = client.get("/sparql", params={"query": FOUNDED}, headers=CHINESE)

    assert rows(page.text)[0][1] == f'<a href="/id/London" title="{LONDON}">伦敦</a>'
    assert (page.headers["content-language"], page.headers["vary"]) == (
        "zh",
        "Accept, Accept-Encoding, Accept-Language",
    )
    for text in ('aria-label="SPARQL 查询"', ">运行</button>", "<span data-range>共 1 行</span>"):
        assert text in page.text
    for text in ('aria-label="结果"', ">分享</a>", 'aria-label="为何有此行"'):
        assert text in page.text
    # A language in the address stays in all links.
    shared = link(ask(client, FOUNDED, lang="zh").text, "分享")
    assert parse_qs(urlsplit(shared).query) == {"query": [FOUNDED], "lang": ["zh"]}


def test_every_kind_of_term_has_its_form(client: TestClient) -> None:
    values = "glocal:Fact <http://e.org/x> <javascript:x> '<b>' 'ici'@fr '٣'@ar--rtl UNDEF"
    query = f"{PREFIX} SELECT ?x {{ VALUES ?x {{ {values} <<( id:London glocal:p 1 )>> }} }}"

    cells = [row[0] for row in rows(ask(client, query).text)]

    assert cells[0] == (
        '<span class="chip status-Fact"><a href="/ontology#Fact">glocal:Fact</a></span>'
    )
    assert cells[1:] == [
        '<a href="http://e.org/x" title="http://e.org/x"><code>http://e.org/x</code></a>',
        '<span title="javascript:x"><code>javascript:x</code></span>',
        "&lt;b&gt;",
        '<span lang="fr" dir="auto">ici</span> <small>fr</small>',
        '<span lang="ar" dir="auto">٣</span> <small>ar</small>',
        "",
        f'<span class="triple">&laquo;&nbsp;<a href="/id/London" title="{LONDON}">London</a> '
        '<a href="/ontology#p" title="https://w3id.org/glocal/ontology#p"><code>glocal:p</code></a>'
        " 1&nbsp;&raquo;</span>",
    ]


def test_control_characters_of_the_data_are_shown_as_symbols(client: TestClient) -> None:
    query = 'SELECT ("a\\u0000b\\u001Bc" AS ?x) {}'
    page = client.get("/sparql", params={"query": query}, headers=BROWSER).text

    assert "a␀b␛c" in page
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page) is None


def test_numbers_stand_at_the_right_unless_their_column_has_other_terms(
    client: TestClient,
) -> None:
    page = ask(client, "SELECT ?n ?m { VALUES (?n ?m) { (1 2.5) (UNDEF 'x') } }").text

    number = '<th scope="col" data-name="n" data-kind="number" class="number">n</th>'
    assert f'{number}\n<th scope="col" data-name="m" data-kind="">m</th>' in page
    assert '<td class="number" data-head="n">1</td><td data-head="m">2.5</td>' in page


def test_an_ask_is_answered_by_a_sentence(client: TestClient) -> None:
    assert "Yes: the pattern matches" in ask(client, PREFIX + "ASK { id:C40 ?p ?o }").text
    assert "No: nothing matches" in ask(client, PREFIX + "ASK { id:C41 ?p ?o }").text


@pytest.mark.parametrize("query", ["CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "DESCRIBE ?s"])
def test_triples_are_a_table_of_triples(client: TestClient, query: str) -> None:
    where = "" if query.startswith("CONSTRUCT") else " { ?s ?p ?o }"
    page = ask(client, f"{query}{where}").text

    heads = [f'<th scope="col" data-name="{name}" data-kind="iri">{name}</th>' for name in TRIPLE]
    assert "\n".join(heads) in page
    assert [
        f'<a href="/id/C40" title="{C40}"><code>id:C40</code></a>',
        '<a href="/ontology#foundedAt" title="https://w3id.org/glocal/ontology#foundedAt">'
        "<code>glocal:foundedAt</code></a>",
        f'<a href="/id/London" title="{LONDON}">London</a>',
    ] in rows(page)
    assert 'aria-label="Why this row"' not in page
    downloads = parse_qs(urlsplit(link(page, "TTL")).query)
    assert downloads["format"] == ["ttl"]


def test_two_hundred_rows_lead_to_the_next_and_back(client: TestClient) -> None:
    pages, page = list[str](), ask(client, NUMBERS).text
    pages.append(page)
    while "Next page" in page:
        page = client.get(link(page, "Next page"), headers=BROWSER).text
        pages.append(page)

    assert [len(rows(page)) for page in pages] == [200, 200, 50]
    assert [int(row[0]) for page in pages for row in rows(page)] == list(range(450))
    assert "Rows 1 to 200 of 450" in pages[0]
    assert 'aria-rowcount="451"' in pages[0]
    assert "Rows 401 to 450 of 450" in pages[2]
    back = client.get(link(pages[2], "Previous page"), headers=BROWSER).text
    assert rows(back) == rows(pages[1])


def test_the_first_rows_of_a_result_without_end_are_shown(client: TestClient) -> None:
    many = " ".join(f"?a{number} ?b{number} ?c{number} ." for number in range(8))

    page = ask(client, f"SELECT * {{ {many} }}")

    assert (page.status_code, len(rows(page.text))) == (200, 200)
    assert "The first 200 rows; there are more" in page.text
    next_page = client.get(link(page.text, "Next page"), headers=BROWSER).text
    assert "Rows 201 to 400; there are more" in next_page
    assert 'aria-rowcount="-1"' in next_page


def test_the_triples_of_a_page_are_counted_too(client: TestClient) -> None:
    query = NUMBERS.replace("SELECT ?n", "CONSTRUCT { <x:s> <x:p> ?n }")

    assert "Rows 1 to 200 of 450" in ask(client, query).text
    assert "Rows 401 to 450 of 450" in ask(client, query, offset="400").text


@pytest.mark.parametrize(
    ("cells", "city"),
    [
        ("curies", "<code>id:London</code></a>"),
        ("both", "London</a> <small><code>id:London</code></small>"),
    ],
)
def test_cells_show_names_or_curies_or_both(client: TestClient, cells: str, city: str) -> None:
    sent = {"query": FOUNDED, "view": "facts", "cells": cells}

    address = client.post("/sparql", data=sent, headers=BROWSER).headers["location"]
    page = client.get(address, headers=BROWSER).text

    assert parse_qs(urlsplit(address).query)["cells"] == [cells]
    assert f'<input type="radio" name="cells" value="{cells}" checked>' in page
    assert rows(page) == [
        [
            f'<a href="/id/C40?view=facts" title="{C40}"><code>id:C40</code></a>',
            f'<a href="/id/London?view=facts" title="{LONDON}">{city}',
        ]
    ]
    assert unescape(link(page, "Share")) == address
    # The page about a row leads back to the same cells.
    support = page.partition('action="/sparql/support"')[2]
    assert f'<input type="hidden" name="cells" value="{cells}">' in support


def test_a_display_that_scripts_show_stays_in_the_links_of_an_answer(client: TestClient) -> None:
    page = ask(client, FOUNDED, show="chart").text

    assert parse_qs(urlsplit(link(page, "Share")).query)["show"] == ["chart"]
    # The button "Why" can be asked for, and a new query begins with its own display.
    assert 'aria-label="Why this row"' in page
    assert 'name="show"' not in page.partition('class="editor"')[2].partition("</form>")[0]
    chart = ask(client, FOUNDED, show="chart:city").text
    assert parse_qs(urlsplit(link(chart, "Share")).query)["show"] == ["chart:city"]
    for display in ("pie", "map:city", "chart:"):
        wrong = ask(client, FOUNDED, show=display)
        assert wrong.status_code == 400
        assert "expected" in wrong.text


def test_the_usual_cells_are_not_in_an_address(client: TestClient) -> None:
    sent = {"query": FOUNDED, "view": "facts", "cells": "names"}
    answer = client.post("/sparql", data=sent, headers=BROWSER)
    wrong = ask(client, FOUNDED, cells="pictures")

    assert "cells" not in answer.headers["location"]
    assert (wrong.status_code, "cells: expected" in wrong.text) == (400, True)


def test_the_rows_are_those_that_programs_get_in_their_order(client: TestClient) -> None:
    query = "SELECT ?s ?p { ?s ?p ?o } LIMIT 5"
    document = client.get("/sparql", params={"query": query, "format": "json"}).json()

    page = ask(client, query).text

    titles = [re.findall('title="([^"]*)"', "".join(row)) for row in rows(page)]
    assert titles == [
        [row["s"]["value"], row["p"]["value"]] for row in document["results"]["bindings"]
    ]


def test_each_row_can_be_asked_why_it_is_there(client: TestClient) -> None:
    page = ask(client, FOUNDED, view="readings", lang="en").text

    form = page.partition('<form method="post" action="/sparql/support">')[2].partition("</form>")[
        0
    ]
    fields = re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    assert [(name, unescape(value)) for name, value in fields] == [
        ("query", FOUNDED),
        ("view", "readings"),
        ("lang", "en"),
    ]
    [(row, name)] = re.findall('name="row" value="([^"]*)" aria-label="([^"]*)"', form)
    assert json.loads(unescape(row)) == {
        "network": {"type": "uri", "value": C40},
        "city": {"type": "uri", "value": LONDON},
    }
    assert name == "Why this row"


def test_links_in_a_table_lead_to_the_same_view(client: TestClient) -> None:
    page = ask(client, FOUNDED, view="readings").text

    assert '<a href="/id/London?view=readings"' in page
    assert '<input type="radio" name="view" value="readings" checked> Readings' in page


def test_a_form_is_answered_at_an_address_that_can_be_shared(client: TestClient) -> None:
    sent = {"query": FOUNDED.replace("\n", "\r\n"), "view": "facts", "world": ""}
    answer = client.post("/sparql?lang=zh", data=sent, headers=BROWSER)

    address = answer.headers["location"]
    assert answer.status_code == 303
    assert parse_qs(urlsplit(address).query) == {
        "query": [FOUNDED],
        "view": ["facts"],
        "lang": ["zh"],
    }
    page = client.get(address, headers=BROWSER).text
    assert '<option value="" ' not in page
    assert link(page, "分享") == address


def test_a_query_with_from_is_run_from_the_editor_though_it_sends_a_view(
    client: TestClient,
) -> None:
    query = "SELECT ?o FROM <https://w3id.org/glocal/graph/derived> { ?s ?p ?o }"
    sent = {"query": query, "view": "paper", "world": ""}

    address = client.post("/sparql", data=sent, headers=BROWSER).headers["location"]

    assert parse_qs(urlsplit(address).query) == {"query": [query]}
    page = client.get(address, headers=BROWSER).text
    assert rows(page) == [[f'<a href="/id/C40" title="{C40}"><code>id:C40</code></a>']]
    refused = ask(client, query, view="facts")
    assert (
        refused.status_code
        == client.get("/sparql", params={"query": query, "view": "paper"}).status_code
        == 400
    )


def test_a_query_that_is_too_long_for_an_address_is_asked_and_downloaded_by_forms(
    paper: TestClient,
) -> None:
    query = f"{NUMBERS} #{'x' * 40_000}"
    page = paper.post("/sparql", data={"query": query}, headers=BROWSER)

    assert page.status_code == 200
    assert "cannot be shared by a link" in page.text
    assert ">Share</a>" not in page.text
    form = page.text.partition('<form id="again" method="post" action="/sparql">')[2]
    assert unescape(re.findall('name="query" value="([^"]*)"', form)[0]) == query
    assert '<button form="again" name="offset" value="200">Next page</button>' in page.text
    assert '<button form="again" name="format" value="csv">CSV</button>' in page.text
    sent = {"query": query, "offset": "400"}
    last = paper.post("/sparql", data=sent, headers=BROWSER).text
    assert [row[0] for row in rows(last)] == [str(number) for number in range(400, 450)]
    sent = {"query": query, "format": "csv"}
    table = paper.post("/sparql", data=sent, headers=BROWSER)
    assert table.text.splitlines() == ["n", *map(str, range(450))]


def test_a_page_has_an_entity_tag_for_its_query_language_and_rows(client: TestClient) -> None:
    others: list[dict[str, str]] = [{}, {"lang": "zh"}, {"offset": "1"}]
    pages = [get_kept(client, "/sparql", BROWSER, query=FOUNDED, **one) for one in others]
    as_rows = client.get("/sparql", params={"query": FOUNDED})

    assert len({page.headers["etag"] for page in (*pages, as_rows)}) == 4
    held = {**BROWSER, "if-none-match": pages[0].headers["etag"]}
    again = client.get("/sparql", params={"query": FOUNDED}, headers=held)
    assert again.status_code == 304
    assert ask(client, FOUNDED).text == pages[0].text
    assert "etag" not in ask(client, "SELECT (RAND() AS ?r) {}").headers


def test_an_unknown_term_is_named_above_the_result_with_one_click_to_another(
    client: TestClient,
) -> None:
    query = PREFIX + "SELECT ?p { id:London ?p ?o }"
    page = ask(client, query.replace("London", "Londen"), view="facts")

    assert "Nothing here is called <code>id:Londen</code>" in page.text
    assert page.headers["glocal-warning"].startswith("\"Unknown term 'id:Londen'.")
    notice = page.text.partition('role="note"')[2].partition("</div>")[0]
    fields = dict(re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', notice))
    assert {name: unescape(value) for name, value in fields.items()} == {
        "query": query,
        "view": "facts",
    }
    assert '<button class="plain"><code>id:London</code></button>' in notice


def test_a_variable_that_nothing_binds_is_named_with_one_click_to_another(
    client: TestClient,
) -> None:
    query = PREFIX + "SELECT ?network { ?netwrok glocal:foundedAt ?city }"
    page = ask(client, query)

    assert page.headers["glocal-warning"] == (
        '"The variable ?network is nowhere bound. Did you mean: ?netwrok?"'
    )
    notice = page.text.partition('role="note"')[2].partition("</div>")[0]
    assert "The variable <code>?network</code> is nowhere bound" in notice
    fields = dict(re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', notice))
    corrected = unescape(fields["query"])
    assert corrected == query.replace("?network", "?netwrok")
    assert "glocal-warning" not in ask(client, corrected).headers
    chinese = client.get("/sparql", params={"query": query}, headers=CHINESE).text
    assert "变量 <code>?network</code> 未由查询模式赋值" in chinese


def test_a_syntax_error_is_said_in_the_readers_language(client: TestClient) -> None:
    query = PREFIX + "SELECT ?city ?network { ?network glocal:foundedAt ?city } GROUP BY ?city"
    chinese = client.get("/sparql", params={"query": query}, headers=CHINESE).text
    english = ask(client, query).text

    alert = chinese.partition('role="alert"')[2].partition("</div>")[0]
    assert "<p>第 3 行第 14 列：<code>?network</code> 列于 <code>SELECT</code>，但" in alert
    assert "<mark>?</mark>network" in alert
    assert "neither in GROUP BY" not in chinese
    assert "?network is selected, but neither in GROUP BY nor in an aggregate" in english


def test_without_a_query_the_editor_has_an_example_and_the_endpoint_is_described_below(
    client: TestClient,
) -> None:
    page = client.get("/sparql", headers=BROWSER).text

    assert "# Which things of the class “glocal:City” have the most statements?" in page
    text = unescape(page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0])
    assert "<tbody>" in ask(client, text).text
    about = page.partition("<details")[2]
    assert "<code>http://testserver/sparql</code> answers SPARQL 1.1" in about
    limit = 'Length of a query, in characters</th><td class="number">500</td>'
    assert limit in about
    for address in re.findall('<a href="(/[^"]*)"', about):
        assert client.get(unescape(address)).status_code == 200, address
    chinese = client.get("/sparql", headers=CHINESE).text
    assert "依 SPARQL 1.1 协议" in chinese
    assert page.count("A world adds to the view what one holder claims") == 1
    assert '<td class="number">1,000,000</td>' in about


def test_a_prefix_of_the_project_needs_no_declaration(client: TestClient) -> None:
    query = "SELECT ?city {\n  id:C40 glocal:foundedAt ?city }"
    page = client.get("/sparql", params={"query": query, "view": "facts"}, headers=BROWSER).text

    assert rows(page) == [[f'<a href="/id/London?view=facts" title="{LONDON}">London</a>']]


@pytest.mark.parametrize(
    ("language", "title", "detail"),
    [
        ("en", "Syntax error in the query", "Line 2, column 3: the prefix foo: is not declared."),
        ("zh", "查询语法有误", "第 2 行第 3 列：前缀 foo: 未声明。"),
    ],
)
def test_a_prefix_that_nobody_declared_is_named(
    client: TestClient, language: str, title: str, detail: str
) -> None:
    asked = {"query": "SELECT * {\n  foo:a id:b ?c }", "lang": language}
    page = client.get("/sparql", params=asked, headers=BROWSER)

    assert page.status_code == 400
    alert = page.text.partition('<div class="alert" role="alert">')[2].partition("</div>")[0]
    assert f"<strong>{title}</strong>" in alert
    assert f"<p>{detail}</p>" in alert


def test_an_error_is_shown_at_its_line_and_the_query_is_kept(client: TestClient) -> None:
    query = "SELECT * {\n\t?城 <a:p> & ?o .\n}"
    page = ask(client, query)

    assert page.status_code == 400
    kept = re.findall("<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    assert [unescape(text) for text in kept] == [query]
    place = page.text.partition('<pre class="place" tabindex="0">')[2].partition("</pre>")[0]
    assert unescape(re.sub("<[^>]*>", "", place)) == "2 \t?城 <a:p> & ?o ."
    assert "<mark>&amp;</mark>" in place


def test_a_failure_in_a_long_line_is_shown_with_what_is_around_it(client: TestClient) -> None:
    # The frame breaks the line, so that much of it is shown.
    page = ask(client, "SELECT * { " + "?s ?p ?o . " * 20 + "& }").text

    place = page.partition('<pre class="place" tabindex="0">')[2].partition("</pre>")[0]
    before, mark, after = place.partition("<mark>&amp;</mark>")
    assert mark
    assert before.count("?s ?p ?o") == 18
    assert after == " }</code>"


def test_limits_and_wrong_parameters_keep_the_query_too(client: TestClient) -> None:
    failures = [
        ({"query": "ASK {}", "view": "mine"}, 400, "view: expected one of facts"),
        ({"query": "ASK {}", "world": "Nobody"}, 400, "expected a holder of claims"),
        ({"query": "ASK {} #" + "x" * 500}, 414, "longer than 500 characters"),
        ({"query": "SELECT * { SERVICE <http://e.org/> {} }"}, 403, "refused"),
        ({"query": "ASK {}", "offset": "-1"}, 400, "offset: expected a number from 0"),
    ]
    for asked, status, said in failures:
        page = client.get("/sparql", params=asked, headers=BROWSER)

        assert (page.status_code, said in page.text) == (status, True), asked
        kept = re.findall("<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
        assert [unescape(text) for text in kept] == [asked["query"]]
    page = client.get("/sparql", params={"query": "ASK {}", "world": "Nobody"}, headers=BROWSER)
    assert '<option value="Nobody" selected>Nobody</option>' in page.text


def test_programs_get_the_same_documents_as_before(client: TestClient) -> None:
    wrong = {"query": "SELECT * { ?c foo:memberOf ?n }"}
    for accept in ("*/*", "application/json", "application/sparql-results+json, */*;q=0.1"):
        failed = client.get("/sparql", params=wrong, headers={"accept": accept})
        answered = client.get("/sparql", params={"query": FOUNDED}, headers={"accept": accept})

        assert failed.headers["content-type"] == "application/problem+json"
        assert "retry_seconds" not in failed.json()
        assert answered.json()["results"]["bindings"][0]["city"]["value"] == LONDON
        assert answered.headers["vary"] == "Accept, Accept-Encoding"
        posted = client.post("/sparql", data={"query": FOUNDED}, headers={"accept": accept})
        assert posted.content == answered.content
