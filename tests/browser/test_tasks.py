"""The tasks of people: in English and Chinese, by mouse or keys alone, with scripts or without."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader, number_in

PREFIXES = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nPREFIX id: <https://w3id.org/glocal/id/>\n"
)
MEMBERS = "SELECT ?member WHERE { ?member glocal:memberOf id:C40 } ORDER BY ?member"
NAMES = {
    "Beijing": "北京",
    "Guangzhou": "广州",
    "Hong Kong": "香港",
    "Shanghai": "上海",
    "Shenzhen": "深圳",
}
LAUNCHED = "id:CitiesAndClimateChangeInitiative"


def names_of_members(reader: Reader) -> list[str]:
    return list(NAMES) if reader.language == "en" else list(NAMES.values())


def open_part(reader: Reader, name: str) -> None:
    """Follow a link of the header of the front page."""
    reader.open("/")
    reader.follow(reader.find_called("link", name, reader.page.get_by_role("banner")))


def search(reader: Reader, words: str) -> None:
    """Search from the front page."""
    reader.open("/")
    role = "combobox" if reader.has_scripts else "searchbox"
    box = reader.find(role, "Search", reader.page.get_by_role("search"))
    reader.write_and_send(box, words)


def ask(reader: Reader, query: str) -> None:
    """Open the editor by the header, write the query and run it."""
    open_part(reader, reader.word("Query", "查询"))
    reader.write(reader.editor, query)
    reader.press("Run")


def ask_question(reader: Reader, question: str, field: str, value: str) -> None:
    """Open a question from the list of all, and ask it with a value in its field."""
    reader.open("/queries")
    reader.follow(reader.content.get_by_role("link", name=question))
    reader.write(reader.field(field), value)
    reader.press("Ask")


def open_launch_proof(reader: Reader) -> None:
    """Ask on London's page why it contributed to the launch of an initiative."""
    reader.open("/id/London")
    statement = reader.item(launch(reader), reader.content.locator("ul.statements"))
    why = reader.find("link", "why?", statement)
    expect(why).to_have_accessible_description(re.compile(re.escape(launch(reader))))
    reader.follow(why)


def launch(reader: Reader) -> str:
    return reader.word("contributed to the launch of", "促成推出")


def test_a_city_is_found_by_its_chinese_name(reader: Reader) -> None:
    search(reader, "伦敦")
    assert urlsplit(reader.page.url).path == "/search"

    reader.follow(reader.find_called("link", reader.word("London", "伦敦"), reader.content).first)

    reader.expect_heading(reader.word("London", "伦敦"))


def test_the_members_of_a_network_are_a_table_of_linked_names(reader: Reader) -> None:
    ask(reader, PREFIXES + MEMBERS)

    table = reader.find("region", "Result").get_by_role("table")
    links = table.get_by_role("cell").get_by_role("link")
    expect(links).to_have_text(names_of_members(reader))
    reader.follow(reader.find_called("link", reader.word("Beijing", "北京"), table))
    reader.expect_heading(reader.word("Beijing", "北京"))


def test_the_prefixes_of_the_project_need_no_declaration(reader: Reader) -> None:
    ask(reader, MEMBERS)

    reader.expect_query(MEMBERS)
    reader.expect_links("region", "Result", names_of_members(reader))


def test_a_query_with_a_typo_is_mended_where_it_was_typed(reader: Reader) -> None:
    query = PREFIXES + MEMBERS
    ask(reader, query.replace("WHERE", "WERE"))
    alert = reader.page.get_by_role("alert")
    expect(alert).to_contain_text(reader.word("line 3, column 16", "第 3 行第 16 列"))
    expect(alert).to_contain_text(MEMBERS.replace("WHERE", "WERE"))
    reader.expect_query(query.replace("WHERE", "WERE"))

    reader.write(reader.editor, query)
    reader.press("Run")

    expect(reader.page.get_by_role("alert")).to_have_count(0)
    reader.expect_links("region", "Result", names_of_members(reader))


def open_why(reader: Reader, row: Locator) -> None:
    """Go to the page that says why a row is there; scripts open its text below the row first."""
    why = reader.find("button", "Why this row", row)
    if not reader.has_scripts:
        reader.follow(why)
        return
    reader.activate(why)
    # Until the scripts of a new answer have come, the button leads to that page at once.
    whole = reader.find("link", "On a page of its own")
    expect(whole.or_(reader.find("heading", "Why this row")).first).to_be_visible()
    if whole.is_visible():
        reader.follow(whole)


def test_the_browser_goes_back_to_why_a_row_is_there_and_to_the_answer(reader: Reader) -> None:
    ask(reader, PREFIXES + MEMBERS)
    answer = reader.page.url
    beijing = reader.row(reader.word("Beijing", "北京"))
    open_why(reader, beijing)
    reader.expect_heading(reader.name("Why this row"))
    row = reader.page.url
    reader.follow(reader.find("link", "why?", reader.content))

    reader.page.go_back()

    assert reader.page.url == row
    reader.expect_heading(reader.name("Why this row"))
    reader.page.go_back()
    assert reader.page.url == answer
    reader.page.go_forward()
    reader.follow(reader.find_called("link", reader.word("Back to the result", "返回结果")))
    reader.expect_links("region", "Result", names_of_members(reader))


def test_a_question_is_asked_with_a_parameter_by_name(reader: Reader) -> None:
    ask_question(
        reader,
        reader.word("Who is a member of this network", "某一城市网络有哪些成员"),
        reader.word("network", "城市网络"),
        reader.word("C40 Cities Climate Leadership Group", "C40城市气候领导联盟"),
    )

    reader.expect_links("region", "Result", names_of_members(reader))


def test_a_question_without_its_parameter_comes_back_with_a_message(reader: Reader) -> None:
    reader.open("/queries/members-of-a-network?network=Atlantis")

    expect(reader.page.get_by_role("alert")).to_contain_text("Atlantis")
    field = reader.field(reader.word("network", "城市网络"))
    expect(field).to_have_value("Atlantis")
    reader.write(field, "C40")
    reader.press("Ask")
    reader.expect_links("region", "Result", names_of_members(reader))


def test_who_claims_that_cities_become_independent_of_states_and_where(reader: Reader) -> None:
    search(reader, reader.word("nation-state", "民族国家"))
    reader.follow(
        reader.find_called("link", reader.word("nation-state", "民族国家"), reader.content).first
    )
    claims = reader.content.locator("ul.statements")
    claim = reader.item(reader.word("gains autonomy from", "获得自主性"), claims)

    expect(claim).to_contain_text(reader.word("claim", "主张"))
    holder = reader.word("Stefan Niederhafner", "斯特凡·尼德哈夫纳")
    expect(reader.find_called("link", holder, claim)).to_be_visible()
    passage = reader.word("page 5, paragraph 2", "第 5 页第 2 段")
    reader.follow(reader.find_called("link", passage, claim))
    reader.expect_heading(passage)
    read = reader.item(reader.word("gains autonomy from", "获得自主性"))
    expect(read.first).to_be_visible()


def test_why_a_city_contributed_to_a_launch_down_to_the_notes(reader: Reader) -> None:
    open_launch_proof(reader)

    note = reader.word(
        "Founded at the initiative (倡议) of Livingstone", "应时任伦敦市长利文斯通的“倡议”成立"
    )
    leaf = reader.item(note)
    expect(leaf).to_contain_text(reader.word("was initiated by", "发起者为"))
    passage = reader.word("page 11, note 2", "第 11 页注 2")
    reader.follow(reader.find_called("link", passage, leaf))
    reader.expect_heading(passage)


def test_a_premise_is_supposed_away_and_the_conclusion_falls(reader: Reader) -> None:
    open_launch_proof(reader)
    reader.follow(reader.find("link", "what if not?", reader.content).first)

    lost = reader.find("region", "No longer holds")
    conclusion = reader.item(launch(reader), lost).filter(has_text=reader.word("London", "伦敦"))
    expect(conclusion.first).to_be_visible()
    assert number_in(lost.get_by_role("heading").first) > 0


def test_what_is_missing_is_supposed(reader: Reader) -> None:
    parameters = {
        "subject": "id:Beijing",
        "predicate": "glocal:contributedToLaunchOf",
        "object": LAUNCHED,
    }
    reader.open(f"/explain?{urlencode(parameters)}")
    expect(reader.find("heading", "Why not?")).to_be_visible()
    expect(reader.page.get_by_role("alert")).to_be_visible()

    reader.follow(reader.find("button", "Suppose").last)

    newly = reader.find("region", "Newly holds")
    statement = reader.item(launch(reader), newly).filter(has_text=reader.word("Beijing", "北京"))
    expect(statement.first).to_be_visible()


def test_a_supposition_is_made_by_its_form(reader: Reader) -> None:
    open_part(reader, reader.word("What if", "假设推演"))
    names = {"Subject": "主语", "Relation": "关系", "Object": "宾语"}
    values = ("id:Beijing", "glocal:contributedToLaunchOf", LAUNCHED)
    for (english, chinese), value in zip(names.items(), values, strict=True):
        reader.write(reader.field(reader.word(english, chinese)), value)
    reader.press("Suppose")

    newly = reader.find("region", "Newly holds")
    expect(reader.item(launch(reader), newly).first).to_contain_text(reader.word("Beijing", "北京"))


def test_the_same_question_in_two_views_has_two_answers(reader: Reader) -> None:
    question = reader.word("Who contributed, directly or indirectly", "谁直接或间接促成")
    ask_question(reader, question, reader.word("programme", "项目"), LAUNCHED)
    reader.expect_links("region", "Result", [reader.word("London", "伦敦")])

    view = reader.find("radiogroup", "View")
    expect(reader.find("radio", "Readings", view)).to_be_checked()
    reader.choose(reader.find("radio", "Facts", view))
    reader.press("Ask")

    assert parse_qs(urlsplit(reader.page.url).query)["view"] == ["facts"]
    expect(reader.find("radio", "Facts", reader.find("radiogroup", "View"))).to_be_checked()
    result = reader.find("region", "Result")
    expect(reader.find_called("link", reader.word("London", "伦敦"), result)).to_have_count(0)


def test_the_members_of_a_class_are_filtered_by_a_facet(reader: Reader) -> None:
    reader.open("/classes/City")
    holders = reader.find("group", "Holder")
    for facet in ("Status", "Pattern", "Passage"):
        expect(reader.find("group", facet)).to_be_visible()
    value = holders.get_by_role("link").first
    count = number_in(value)

    reader.follow(value)

    chosen = reader.find("group", "Holder").get_by_role("link").first
    expect(chosen).to_have_attribute("aria-current", "true")
    members = reader.content.locator("ul.found > li")
    expect(members).to_have_count(count)


def test_a_row_says_what_it_rests_on(reader: Reader) -> None:
    ask(reader, PREFIXES + MEMBERS)
    shanghai = reader.word("Shanghai", "上海")
    open_why(reader, reader.row(shanghai))

    reader.expect_heading(reader.name("Why this row"))
    statement = reader.item(reader.word("is a member of", "成员"))
    expect(statement).to_contain_text(shanghai)
    expect(statement).to_contain_text("C40")
    reader.follow(reader.find("link", "why?", statement))
    expect(reader.content).to_contain_text(shanghai)


def test_a_shared_link_shows_the_same_to_someone_else(reader: Reader) -> None:
    ask(reader, PREFIXES + MEMBERS)
    share = reader.find("link", "Share").get_attribute("href")
    assert share is not None

    other = reader.fresh()
    try:
        other.open(share)
        other.expect_query(PREFIXES + MEMBERS)
        other.expect_links("region", "Result", names_of_members(other))
    finally:
        other.leave()
