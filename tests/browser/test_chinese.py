"""How pages in Chinese look: gaps around Latin letters in names, none in what is typed."""

from playwright.sync_api import Browser, Locator, expect

from tests.browser.reader import LANGUAGES, translate

# The width of a text, measured within an element of the page.
WIDTH = """(parent, text) => {
    const measured = document.createElement("span")
    measured.textContent = text
    measured.style.position = "absolute"
    parent.append(measured)
    const width = measured.getBoundingClientRect().width
    measured.remove()
    return width
}"""


def test_a_name_has_a_gap_between_chinese_and_latin_as_prose_has(
    chromium: Browser, service: str
) -> None:
    with chromium.new_context(locale=LANGUAGES["zh"]) as context:
        page = context.new_page()
        page.goto(f"{service}/sparql")
        body, field = page.locator("body"), page.locator("textarea").first.locator("..")

        def gap(inside: Locator) -> float:
            whole, *parts = (inside.evaluate(WIDTH, text) for text in ("C40城市", "C40", "城市"))
            return float(whole - sum(parts))

        assert gap(body) > 1
        assert abs(gap(field)) < 0.5


def test_what_is_collected_reads_as_a_sentence_without_gaps(
    chromium: Browser, service: str
) -> None:
    with chromium.new_context(locale=LANGUAGES["zh"]) as context:
        page = context.new_page()
        page.goto(f"{service}/id/London")
        row = page.locator("a.otherwise[href*='setsTarget'], a.otherwise[href*='hosted']").first
        row.locator("xpath=..").get_by_role(
            "button", name=translate("Add to suppositions", "zh")
        ).click()

        basket = page.get_by_role("complementary", name=translate("Suppositions", "zh"))
        basket.locator("summary").click()

        expect(basket.get_by_role("listitem")).to_contain_text(
            "伦敦主办了每年一度的国际建筑节能展览会"
        )


def test_rows_that_a_script_writes_keep_the_words_for_values(
    chromium: Browser, service: str
) -> None:
    with chromium.new_context(locale=LANGUAGES["zh"]) as context:
        page = context.new_page()
        page.goto(f"{service}/queries/dimensions-in-which-cities-act")
        rows = page.locator(".shown tbody tr")
        expect(rows.first).to_contain_text("宽泛")

        page.get_by_label(translate("Rows with these words", "zh")).fill("严格")

        expect(rows.first).to_contain_text("严格")
        expect(rows.filter(has_text="宽泛")).to_have_count(0)
        page.get_by_label(translate("Rows with these words", "zh")).fill("strict")
        expect(rows).to_have_count(0)
