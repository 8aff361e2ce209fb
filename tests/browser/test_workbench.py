"""The pages with their scripts: what these add, and that they complain of nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect

from tests.browser.reader import LANGUAGES, translate
from tests.browser.test_pages import AXE, TOO_WIDE

PREFIXES: Final = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nPREFIX id: <https://w3id.org/glocal/id/>\n"
)
QUERY: Final = f"{PREFIXES}SELECT ?city WHERE {{ ?city glocal:memberOf id:C40 }} ORDER BY ?city"
# Errors of the policy come as events, wherever they are; scripts that a test adds do not count.
WATCH_POLICY: Final = """() => {
    window.violations = []
    addEventListener("securitypolicyviolation", one =>
        violations.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`))
}"""


def is_told(said: ConsoleMessage) -> bool:
    """Whether Chromium tells the status of a page which says itself what failed."""
    address = said.location["url"]
    is_page = said.page is not None and address == said.page.url
    is_answer = urlsplit(address).path == "/sparql"
    return said.text.startswith("Failed to load resource") and (is_page or is_answer)


def is_foreign(url: str) -> bool:
    """Whether a request leaves this machine."""
    return urlsplit(url).hostname not in ("127.0.0.1", None)


@contextmanager
def window(chromium: Browser, language: str, **options: Any) -> Iterator[Page]:
    """A window with scripts, in which nobody may complain of anything."""
    complaints: list[str] = []
    options = {"viewport": {"width": 1280, "height": 900}, **options}
    with chromium.new_context(locale=LANGUAGES[language], **options) as context:
        context.set_default_timeout(30_000)
        context.add_init_script(f"({WATCH_POLICY})()")
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: None if is_told(said) else complaints.append(said.text))
        page.on("request", lambda one: complaints.append(one.url) if is_foreign(one.url) else None)
        yield page
        complaints += page.evaluate("() => window.violations")
    assert complaints == []


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def editor(page: Page, language: str) -> Locator:
    """The one editor that is there for people and their screen readers."""
    found = page.get_by_role("textbox", name=translate("SPARQL query", language), exact=True)
    expect(found).to_have_count(1)
    return found


def write(page: Page, language: str, text: str) -> None:
    """Replace the query, as someone who pastes."""
    editor(page, language).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


def kept(page: Page) -> str:
    """The text that the form sends."""
    return str(page.locator("textarea[name=query]").evaluate("one => one.value"))


def test_the_editor_sends_its_text_with_ctrl_enter(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, QUERY)
    assert kept(page) == QUERY

    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")

    result = page.get_by_role("region", name=translate("Result", language))
    expect(result.get_by_role("row").nth(1)).to_contain_text(
        {"en": "Beijing", "zh": "北京"}[language]
    )
    assert kept(page) == QUERY


def test_the_editor_does_not_hold_the_tab_key(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    editor(page, language).click()

    page.keyboard.press("Tab")

    assert not editor(page, language).evaluate("one => one.matches(':focus')")


def test_the_editor_undoes_and_formats(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, "SELECT * WHERE {\n?s ?p ?o\nFILTER(?o > 1)\n}")
    page.get_by_role("button", name=translate("Format", language)).click()
    formatted = "SELECT * WHERE {\n    ?s ?p ?o\n    FILTER(?o > 1)\n}"
    assert kept(page) == formatted

    page.keyboard.press("ControlOrMeta+Z")

    assert kept(page) == "SELECT * WHERE {\n?s ?p ?o\nFILTER(?o > 1)\n}"


ONE_LINE = (
    "SELECT ?s WHERE { ?s a ?c ; ?p ?o, 1.5 . FILTER NOT EXISTS { ?s ?q 1 } # why\n"
    "{ ?s ?r [ ?u 1 ; ?v 2 ] } UNION { SELECT ?s { ?s ?t 2 } LIMIT 3 } } ORDER BY ?s"
)
LAID_OUT = """\
SELECT ?s WHERE {
    ?s a ?c ;
        ?p ?o, 1.5 .
    FILTER NOT EXISTS { ?s ?q 1 } # why
    {
        ?s ?r [ ?u 1 ; ?v 2 ]
    } UNION {
        SELECT ?s {
            ?s ?t 2
        }
        LIMIT 3
    }
}
ORDER BY ?s"""


@pytest.mark.parametrize(
    ("query", "expected"), [(ONE_LINE, LAID_OUT), (LAID_OUT, LAID_OUT), ("SELECT * { ?s", None)]
)
def test_the_editor_breaks_lines_but_not_of_a_query_with_an_error(
    page: Page, service: str, language: str, query: str, expected: str | None
) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, query)

    page.get_by_role("button", name=translate("Format", language)).click()

    assert kept(page) == (expected or query)


def options(page: Page) -> Locator:
    """The completions; the options of fields are others."""
    return page.locator(".cm-tooltip").get_by_role("option")


def complete(page: Page, words: str) -> None:
    """Type words, and take the first completion."""
    page.keyboard.insert_text(words)
    first = options(page).first
    expect(first).to_be_visible()
    # Enter does nothing in the first moment, so that nobody takes what comes unexpectedly.
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    expect(first).to_be_hidden()


@pytest.fixture
def blank(page: Page, service: str, language: str) -> Page:
    """The page of an empty editor that knows the vocabulary."""
    with page.expect_response("**/vocabulary.json"):
        page.goto(f"{service}/sparql")
    write(page, language, " ")
    page.keyboard.press("Backspace")
    return page


@pytest.mark.parametrize(
    ("property_", "network"), [("加入", "C40城市集团"), ("is a member of", "C40 Cities")]
)
def test_a_query_is_completed_by_labels_in_either_language(
    blank: Page, language: str, property_: str, network: str
) -> None:
    blank.keyboard.type("SELECT ?city WHERE { ?city ")
    complete(blank, property_)
    blank.keyboard.type(" ")
    complete(blank, network)
    assert kept(blank) == f"{PREFIXES}SELECT ?city WHERE {{ ?city glocal:memberOf id:C40}}"

    with blank.expect_navigation():
        blank.keyboard.press("ControlOrMeta+Enter")

    beijing = {"en": "Beijing", "zh": "北京"}[language]
    expect(blank.get_by_role("row").filter(has_text=beijing)).to_be_visible()


def test_what_a_class_has_comes_first(blank: Page) -> None:
    blank.keyboard.insert_text(f"{PREFIXES}SELECT * {{ ?x a glocal:Norm ; ")
    blank.keyboard.press("Control+Space")
    expect(options(blank).first).to_be_visible()
    of_norms = options(blank).all_inner_texts()
    blank.keyboard.press("Escape")
    blank.keyboard.press("ControlOrMeta+A")
    blank.keyboard.insert_text(f"{PREFIXES}SELECT * {{ ?x a glocal:City ; ")
    blank.keyboard.press("Control+Space")
    expect(options(blank).first).to_be_visible()
    of_cities = options(blank).all_inner_texts()

    assert any("glocal:rankedIn" in one for one in of_cities)
    assert not any("glocal:rankedIn" in one for one in of_norms)


def labels(page: Page) -> list[str]:
    """The CURIEs of what is suggested."""
    expect(options(page).first).to_be_visible()
    return page.locator(".cm-tooltip .cm-completionDetail").all_inner_texts()


def test_what_a_class_has_comes_first_whatever_begins_a_name(blank: Page) -> None:
    terms = blank.evaluate("fetch('/vocabulary.json').then(one => one.json())")["terms"]
    of_cities = {one["curie"] for one in terms if "glocal:City" in one.get("of", [])}
    blank.keyboard.insert_text(f"{PREFIXES}SELECT * {{ ?x a glocal:City ; ")

    blank.keyboard.type("rank")

    expect(options(blank).filter(has_text="glocal:rankedIn").first).to_be_visible()
    is_of_cities = [curie in of_cities for curie in labels(blank)]
    assert is_of_cities == sorted(is_of_cities, reverse=True)
    assert {True, False} == set(is_of_cities)


def test_after_a_only_classes_are_suggested_but_for_a_prefix(blank: Page) -> None:
    blank.keyboard.insert_text(f"{PREFIXES}SELECT * {{ ?x a ")
    blank.keyboard.type("Lon")
    blank.wait_for_timeout(500)
    assert not [one for one in options(blank).all_inner_texts() if "id:" in one]
    for _ in range(3):
        blank.keyboard.press("Backspace")

    blank.keyboard.type("cit")
    classes = labels(blank)
    for _ in range(3):
        blank.keyboard.press("Backspace")
    blank.keyboard.type("id:Lon")

    assert "glocal:City" in classes
    assert not [one for one in classes if one.startswith("id:")]
    expect(options(blank).filter(has_text="id:London").first).to_be_visible()


def test_a_prefix_is_declared_where_a_name_is_typed(blank: Page) -> None:
    blank.keyboard.type("ASK { ?x glocal:member")
    declared = "PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
    assert kept(blank) == f"{declared}ASK {{ ?x glocal:member}}"

    blank.keyboard.press("Escape")
    blank.keyboard.type(" 'id:' # id:")

    assert kept(blank).startswith(f"{declared}ASK")
    assert blank.locator(".cm-lintRange-error").filter(has_text="glocal:member").count() == 0


def test_the_prefixes_of_a_pasted_query_are_declared_and_undone_with_it(
    blank: Page,
) -> None:
    query = (
        "PREFIX ex: <http://example.org/>\nASK { ?x glocal:memberOf id:C40 ; ex:a wdt:P31, no:no }"
    )
    blank.context.grant_permissions(["clipboard-read", "clipboard-write"])
    blank.evaluate("text => navigator.clipboard.writeText(text)", query)

    blank.keyboard.press("ControlOrMeta+V")

    first, rest = query.split("\n")
    added = f"{PREFIXES}PREFIX wdt: <http://www.wikidata.org/prop/direct/>\n"
    assert kept(blank) == f"{first}\n{added}{rest}"
    blank.keyboard.press("ControlOrMeta+Z")
    assert kept(blank) == ""


def test_a_keyword_comes_first_where_one_stands(blank: Page) -> None:
    blank.keyboard.type("sel")
    expect(options(blank).first).to_have_text("SELECT")
    # The list takes no key at first, lest it take one that was meant for the text.
    blank.wait_for_timeout(200)
    blank.keyboard.press("Enter")
    blank.keyboard.type(" * { ?x a glocal:City . opt")

    expect(options(blank).first).to_have_text("OPTIONAL")
    assert "SELECT * {" in kept(blank)


def test_prefix_completes_prefixes(blank: Page) -> None:
    blank.keyboard.type("PREFIX glo")
    expect(options(blank)).to_have_text(["glocal: <https://w3id.org/glocal/ontology#>"])


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("latitude", "geo:lat"),
        ("coordinates", "geo:lat"),
        ("经度", "geo:long"),
        ("wikidata", "skos:exactMatch"),
        ("seat", "glocal:headquarteredIn"),
    ],
)
def test_everyday_words_find_terms(blank: Page, typed: str, term: str) -> None:
    blank.keyboard.insert_text("SELECT * { ?x ")
    blank.keyboard.type(typed)

    assert labels(blank)[0] == term


def test_the_noun_at_the_end_of_a_chinese_name_finds_the_class(blank: Page) -> None:
    blank.keyboard.insert_text("SELECT * { ?x a ")
    blank.keyboard.type("城市网络")

    assert labels(blank)[0] == "glocal:TransnationalCityNetwork"
    expect(blank.locator(".cm-completionInfo p")).not_to_be_empty()


def test_a_term_is_explained_by_mouse_and_by_keys(blank: Page, language: str) -> None:
    blank.keyboard.insert_text(f"{PREFIXES}ASK {{ ?x a glocal:City }}")
    label = {"en": "city", "zh": "城市"}[language]
    hint = blank.locator(".cm-term")

    blank.locator(".cm-line").get_by_text("glocal:City").hover()

    expect(hint).to_contain_text(label)
    expect(hint.locator("p")).not_to_be_empty()
    blank.keyboard.press("Escape")
    expect(hint).to_have_count(0)
    blank.mouse.move(5, 5)
    for _ in range(3):
        blank.keyboard.press("ArrowLeft")
    blank.keyboard.press("ControlOrMeta+I")
    expect(hint).to_contain_text(label)
    expect(blank.locator(".cm-announced")).to_contain_text(label)
    blank.keyboard.press("ArrowLeft")
    expect(hint).to_have_count(0)


def test_a_line_is_made_a_comment_and_back(blank: Page) -> None:
    blank.keyboard.insert_text("ASK { ?x ?y ?z }")

    blank.keyboard.press("ControlOrMeta+/")
    assert kept(blank) == "# ASK { ?x ?y ?z }"
    blank.keyboard.press("ControlOrMeta+/")

    assert kept(blank) == "ASK { ?x ?y ?z }"


def test_a_term_that_does_not_exist_is_marked_and_replaced_by_a_near_one(blank: Page) -> None:
    query = f"{PREFIXES}SELECT * {{ ?x glocal:memberOff id:C40 }}"
    blank.keyboard.insert_text(query)
    expect(blank.locator(".cm-lintRange-warning")).to_have_text("glocal:memberOff")

    blank.locator(".cm-lintRange-warning").hover()
    blank.locator(".cm-tooltip").get_by_text("glocal:memberOf", exact=True).click()

    assert kept(blank) == query.replace("memberOff", "memberOf")
    expect(blank.locator(".cm-lintRange-warning")).to_have_count(0)


def test_a_missing_prefix_is_marked_and_added(blank: Page, language: str) -> None:
    blank.keyboard.insert_text("ASK { ?x glocal:memberOf ?y }")
    mark = blank.locator(".cm-lintRange-warning")
    expect(mark).to_have_text("glocal:memberOf")

    mark.hover()
    blank.locator(".cm-tooltip").get_by_text(translate("Add prefix", language)).click()

    expect(mark).to_have_count(0)
    assert kept(blank) == (
        "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nASK { ?x glocal:memberOf ?y }"
    )


def test_what_is_no_sparql_is_marked_where_it_is(blank: Page) -> None:
    blank.keyboard.insert_text("SELECT * WHERE { ?s ?p ?o } ORDERED BY ?s")

    expect(blank.locator(".cm-lintRange-error")).to_have_text("ORDERED")


@pytest.mark.parametrize(
    "query",
    [
        f"{PREFIXES}SELECT * {{ <<?s ?p ?o>> glocal:heldBy ?who }}",
        f"{PREFIXES}SELECT * {{ ?x glocal:memberOf/glocal:foundedAt id:London, 'a'@zh }}",
        "# nothing but a comment",
    ],
)
def test_what_the_service_understands_is_not_marked(blank: Page, query: str) -> None:
    blank.keyboard.insert_text(f"{query}\n")
    blank.wait_for_timeout(1_000)

    expect(blank.locator("[class*=cm-lintRange]")).to_have_count(0)


def test_a_query_that_was_run_is_kept_and_can_be_put_back_saved_and_forgotten(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, QUERY)
    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")
    page.goto(f"{service}/sparql")
    assert kept(page) != QUERY

    page.get_by_text(translate("History", language), exact=True).click()
    page.get_by_role("button", name=QUERY.splitlines()[-1]).click()
    assert kept(page) == QUERY
    expect(page.locator("details.history[open]")).to_have_count(0)

    page.get_by_text(translate("History", language), exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("button", name=translate("Save as a file", language)).click()
    assert [one["query"] for one in json.loads(saved.value.path().read_text("utf-8"))] == [QUERY]

    page.get_by_role("button", name=translate("Forget all", language)).click()
    expect(page.locator("details.history")).to_be_hidden()


@pytest.mark.parametrize("program", ["curl", "python"])
def test_the_request_with_programs_gives_the_same_rows(
    page: Page, service: str, language: str, program: str
) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, QUERY)
    page.get_by_role("radio", name=translate("Facts", language)).check()
    page.get_by_text(translate("The request with curl and Python", language)).click()
    curl, python = page.locator("details.requests code").all_inner_texts()
    command = ["sh", "-c", curl] if program == "curl" else [sys.executable, "-c", python]

    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "view=facts" in curl
    assert "cells" not in curl
    assert answer.splitlines()[:2] == ["city", "https://w3id.org/glocal/id/Beijing"]


def test_a_query_is_stopped(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    stop = page.get_by_role("button", name=translate("Stop", language), exact=True)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(stop).to_be_visible()

    with page.expect_event("requestfailed", lambda one: "sparql" in one.url):
        stop.click()

    expect(stop).to_be_hidden()
    expect(page.get_by_role("region", name=translate("Result", language))).to_have_count(0)
    assert page.url == f"{service}/sparql"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_the_editor(blank: Page, scheme: Any) -> None:
    blank.emulate_media(color_scheme=scheme)
    wrong = QUERY.replace("}", '; rdfs:label "x"@en , 5 } # a comment')
    blank.keyboard.insert_text(wrong)
    blank.keyboard.press("Enter")
    blank.keyboard.insert_text("glocal:mem")
    # axe needs elements that stay: all marks and completions must be there.
    expect(blank.locator(".cm-lintRange-error")).to_have_count(1)
    expect(blank.locator(".cm-lintRange-warning")).not_to_have_count(0)
    expect(options(blank).first).to_be_visible()

    blank.evaluate(AXE.read_text("utf-8"))
    violations = blank.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_the_editor_fits_a_phone(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{service}/sparql")
        write(page, language, f"# {'long ' * 60}\n{QUERY}")

        assert page.evaluate(TOO_WIDE) == []


def test_without_its_scripts_a_page_has_a_plain_editor(
    chromium: Browser, service: str, language: str
) -> None:
    def fail(route: Route) -> None:
        route.abort()

    with chromium.new_context(locale=LANGUAGES[language]) as context:
        context.route("**/*.js", fail)
        page = context.new_page()
        page.goto(f"{service}/sparql")
        editor(page, language).fill(QUERY)
        shown = page.locator("main, header").get_by_role("button").all_inner_texts()
        assert shown == [translate(name, language) for name in ("Find", "Run")]

        with page.expect_navigation():
            page.get_by_role("button", name=translate("Run", language)).click()

        region = page.get_by_role("region", name=translate("Result", language))
        expect(region.get_by_role("row").nth(1)).to_be_visible()


def test_a_reader_chooses_the_scheme_for_all_pages(page: Page, service: str, language: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{service}/sparql")
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)

    page.get_by_role("button", name=translate("Dark", language), exact=True).click()
    page.goto(f"{service}/")

    assert page.evaluate(background) != light
    page.get_by_role("button", name=translate("Light", language), exact=True).click()
    assert page.evaluate(background) == light
