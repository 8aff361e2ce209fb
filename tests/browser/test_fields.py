"""Fields that complete names of terms: of questions, of the form of why, and of what if."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import LANGUAGES, translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import window

MEMBERS: Final = "/queries/members-of-a-network"
FORMS: Final = (MEMBERS, "/explain", "/whatif")
FIELDS: Final = {
    "network": {"en": "network", "zh": "城市网络"},
    "subject": {"en": "Subject", "zh": "主语"},
    "predicate": {"en": "Relation", "zh": "关系"},
    "object": {"en": "Object", "zh": "宾语"},
}
C40: Final = {"en": "C40 Cities Climate Leadership Group", "zh": "C40城市气候领导联盟"}
BEIJING: Final = {"en": "Beijing", "zh": "北京"}


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def field(page: Page, language: str, name: str) -> Locator:
    return page.get_by_role("combobox", name=FIELDS[name][language], exact=True)


def options(page: Page) -> Locator:
    """The suggestions; lists to choose from have options, too."""
    return page.locator("main [role=option]")


def option(page: Page, curie: str) -> Locator:
    return options(page).filter(has=page.get_by_text(curie, exact=True))


def complete(page: Page, language: str, name: str, typed: str, wanted: str) -> None:
    """Type a part of a name, and choose a suggestion with keys."""
    box = field(page, language, name)
    box.focus()
    page.keyboard.insert_text(typed)
    expect(option(page, wanted)).to_be_visible()
    for _ in options(page).all():
        page.keyboard.press("ArrowDown")
        if option(page, wanted).get_attribute("aria-selected") == "true":
            break
    expect(box).to_have_attribute(
        "aria-activedescendant", str(option(page, wanted).get_attribute("id"))
    )
    page.keyboard.press("Enter")
    expect(options(page)).to_have_count(0)


@pytest.mark.parametrize("typed", ["Climate Leadership", "气候领导"])
def test_the_value_of_a_question_is_completed_by_a_name_of_either_language(
    page: Page, service: str, language: str, typed: str
) -> None:
    page.goto(service + MEMBERS)

    complete(page, language, "network", typed, "id:C40")
    expect(field(page, language, "network")).to_have_value(C40[language])
    page.keyboard.press("Enter")

    result = page.get_by_role("region", name=translate("Result", language))
    expect(result.get_by_role("row").filter(has_text=BEIJING[language]).first).to_be_visible()


def test_why_is_asked_by_labels_alone(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/explain")
    member = {"en": "member of", "zh": "加入"}[language]

    complete(page, language, "subject", BEIJING[language], "id:Beijing")
    complete(page, language, "predicate", member, "glocal:memberOf")
    complete(page, language, "object", "C40", "id:C40")
    expect(field(page, language, "predicate")).to_have_value("glocal:memberOf")
    page.get_by_role("button", name={"en": "Explain", "zh": "解释"}[language], exact=True).click()

    expect(page.locator("ul.proof").first).to_contain_text(BEIJING[language])


def test_only_properties_are_suggested_for_a_relation(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/whatif")
    for name in ("subject", "predicate"):
        field(page, language, name).fill("London")
        if name == "subject":
            expect(option(page, "id:London")).to_be_visible()
    field(page, language, "predicate").fill("member")

    expect(option(page, "glocal:memberOf")).to_have_count(1)
    assert not [one for one in options(page).all_inner_texts() if "id:" in one]


def test_a_suggestion_is_chosen_with_a_mouse_and_supposed(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/whatif")
    for name, typed in (
        ("subject", "id:Singapore"),
        ("predicate", "memberOf"),
        ("object", "id:C40"),
    ):
        field(page, language, name).fill(typed)
        option(page, typed.replace("memberOf", "glocal:memberOf")).click()
        expect(options(page)).to_have_count(0)
        expect(field(page, language, name)).to_be_focused()
    expect(field(page, language, "object")).to_have_value(C40[language])

    page.get_by_role("button", name=translate("Suppose", language), exact=True).click()

    gained = page.get_by_role("region", name=translate("Newly holds", language), exact=True)
    expect(gained).to_contain_text(C40[language])


def test_escape_closes_the_list_and_what_is_typed_is_sent(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + MEMBERS)
    box = field(page, language, "network")
    box.fill("C40")
    expect(options(page).first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("C40")
    page.keyboard.press("Enter")

    result = page.get_by_role("region", name=translate("Result", language))
    expect(result.get_by_role("row").filter(has_text=BEIJING[language]).first).to_be_visible()


@pytest.mark.parametrize("path", FORMS)
def test_without_scripts_the_fields_are_plain(
    chromium: Browser, service: str, language: str, path: str
) -> None:
    with chromium.new_context(locale=LANGUAGES[language], java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(service + path)
        name = "network" if path == MEMBERS else "subject"
        box = page.get_by_role("textbox", name=FIELDS[name][language], exact=True)
        box.fill("C40")
        assert page.get_by_role("combobox", name=FIELDS[name][language], exact=True).count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", FORMS)
def test_axe_finds_no_violation_in_open_suggestions(
    page: Page, service: str, language: str, scheme: Any, path: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(service + path)
    field(page, language, "network" if path == MEMBERS else "subject").fill("lon")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(TOO_WIDE) == []
