"""Someone who uses pages, with scripts or without, by roles and accessible names alone."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, Locator, expect

# Language tags of pages, each with the locale of a browser.
LANGUAGES: Final = {"en": "en-GB", "zh": "zh-CN"}
# The names that tests use, in English and Chinese: both are fixed.
_NAMES: Final = {
    "1 supposition": "1 项假设",
    "2 suppositions": "2 项假设",
    "Add prefix": "添加前缀",
    "All questions": "全部问题",
    "Ask": "提问",
    "Back to the earlier query and its answer": "返回先前的查询及其结果",
    "Chart": "图表",
    "Clear": "清空",
    "CSV with names": "含名称的 CSV",
    "Clear the filter": "清除筛选",
    "Close": "关闭",
    "Close query": "关闭查询",
    "Add to suppositions": "加入假设",
    "Column": "列",
    "Dark": "深色",
    "Export all": "全部导出",
    "Facts": "事实",
    "Find": "查找",
    "Forget all": "全部清除",
    "Format": "整理格式",
    "Graph": "图",
    "History": "历史查询",
    "Holder": "主张者",
    "Import": "导入",
    "Light": "浅色",
    "Link to these suppositions": "这些假设的链接",
    "Load all rows": "载入全部行",
    "Map": "地图",
    "Name of the query": "查询名称",
    "New query": "新建查询",
    "Newly holds": "新成立",
    "Next page": "下一页",
    "No longer holds": "不再成立",
    "On a page of its own": "在单独页面中查看",
    "Open in editor": "在编辑器中打开",
    "Open queries": "打开的查询",
    "Other numbers": "数值有变",
    "Paper": "论文",
    "Passage": "段落",
    "Pattern": "模式",
    "Questions": "问题",
    "Readings": "解读",
    "Rename": "重命名",
    "Reopen closed query": "重新打开已关闭的查询",
    "Result": "结果",
    "Rows with these words": "含有下列词语的行",
    "Run again": "重新运行",
    "Run": "运行",
    "SPARQL query": "SPARQL 查询",
    "Save as PNG": "保存为 PNG",
    "Save as SVG": "保存为 SVG",
    "Save as a file": "保存为文件",
    "Saved questions": "预设问题",
    "Search": "搜索",
    "See what would change": "查看会有何变化",
    "Share": "分享",
    "Status": "状态",
    "Stop": "停止",
    "Suggestions": "搜索建议",
    "Suppose": "假设",
    "Suppositions": "所作假设",
    "Table": "表格",
    "The request with curl and Python": "用 curl 和 Python 发送此请求",
    "Timeline": "时间轴",
    "Untitled": "未命名",
    "View": "视图",
    "Whole map": "全图",
    "Why not?": "为何不成立？",
    "Why this row": "为何有此行",
    "Words in the questions": "问题中的词语",
    "World": "世界",
    "Zoom in": "放大",
    "show the effect here": "在此显示影响",
    "take back": "撤回",
    "what if not?": "若非如此？",
    "why?": "为什么？",
}
# More than the links of any page.
_MOST_TABS: Final = 1_500
_TIMEOUT_MILLISECONDS: Final = 30_000

Activate = Callable[[Locator], None]


def click(target: Locator) -> None:
    target.click()


def press(target: Locator) -> None:
    """Tab to an element from the start of the page, and press Enter."""
    page, element = target.page, target.element_handle()
    for _ in range(_MOST_TABS):
        if element.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def translate(english: str, language: str) -> str:
    """Return a fixed name in a language."""
    return english if language == "en" else _NAMES[english]


class Reader(ABC):
    """A person with a fresh profile of Chromium, whose scripts are switched off or on.

    `complaints` are what no page may cause: errors of scripts and requests to other hosts.
    """

    def __init__(
        self, chromium: Browser, service: str, language: str, *, has_scripts: bool
    ) -> None:
        self.language, self.has_scripts = language, has_scripts
        self.complaints: list[str] = []
        self._chromium, self._service = chromium, service
        self._context = chromium.new_context(
            java_script_enabled=has_scripts,
            locale=LANGUAGES[language],
            viewport={"width": 1280, "height": 900},
        )
        self._context.set_default_timeout(_TIMEOUT_MILLISECONDS)
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self._note(request.url))

    def _hear(self, said: ConsoleMessage) -> None:
        # Chromium tells the status of a page that says why something is not there.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.complaints.append(said.text)

    def _note(self, address: str) -> None:
        if not address.startswith((self._service, "data:", "blob:")):
            self.complaints.append(address)

    def leave(self) -> None:
        """Close the browser's window and forget its profile."""
        self._context.close()

    def fresh(self) -> "Reader":
        """Return another person who speaks the same language and has another profile."""
        return type(self)(
            self._chromium, self._service, self.language, has_scripts=self.has_scripts
        )

    def open(self, path: str) -> None:
        """Enter an address in the address bar."""
        self.page.goto(path if path.startswith("http") else f"{self._service}{path}")

    def name(self, english: str) -> str:
        """Return a fixed name in the reader's language."""
        return translate(english, self.language)

    def word(self, english: str, chinese: str) -> str:
        """Return the one in the reader's language, of a label of the data."""
        return english if self.language == "en" else chinese

    def find(self, role: str, english: str, within: Locator | None = None) -> Locator:
        """Return the one element with a role and a fixed name."""
        return self.find_called(role, self.name(english), within)

    def find_called(self, role: str, name: str, within: Locator | None = None) -> Locator:
        """Return the one element with a role and a name in the reader's language."""
        place: Locator = within or self.page.locator(":root")
        # The role is one of the literals that Playwright lists.
        return place.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]

    def field(self, name: str) -> Locator:
        """Return the one field of the page's content with this name, completing or plain."""
        plain = self.find_called("textbox", name, self.content)
        return plain.or_(self.find_called("combobox", name, self.content))

    @property
    def editor(self) -> Locator:
        """The editor of queries."""
        return self.find("textbox", "SPARQL query")

    def expect_query(self, text: str) -> None:
        """Wait until the editor has this text."""
        if self.has_scripts:
            expect(self.editor.locator(".cm-line")).to_have_text(text.split("\n"))
        else:
            expect(self.editor).to_have_value(text)

    @property
    def content(self) -> Locator:
        """The part of the page between its header and its foot."""
        return self.page.get_by_role("main")

    def item(self, words: str, within: Locator | None = None) -> Locator:
        """Return the innermost item of a list with these words."""
        items = (within or self.content).get_by_role("listitem").filter(has_text=words)
        return items.filter(has_not=self.page.get_by_role("listitem").filter(has_text=words))

    def row(self, words: str) -> Locator:
        """Return the row of the result with these words."""
        return self.find("region", "Result").get_by_role("row").filter(has_text=words)

    def expect_heading(self, words: str) -> None:
        """Wait for the page with this first heading."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)

    def expect_links(self, role: str, english: str, names: list[str]) -> None:
        """Wait until a region has these links among others."""
        region = self.find(role, english)
        for name in names:
            expect(self.find_called("link", name, region).first).to_be_visible()

    def write(self, field: Locator, text: str) -> None:
        """Replace the text of a field."""
        self._go_to(field)
        self.page.keyboard.press("ControlOrMeta+A")
        # As an input method does.
        self.page.keyboard.insert_text(text)
        if field.evaluate("one => one.isContentEditable"):
            self.expect_query(text)
            return
        assert field.input_value() == text
        if field.get_attribute("role") == "combobox" and field.get_attribute("name") != "q":
            # What is suggested may hide the next button.
            self.page.keyboard.press("Escape")

    def write_and_send(self, field: Locator, text: str) -> None:
        """Replace the text of a field and press Enter."""
        self.write(field, text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def follow(self, target: Locator) -> None:
        """Activate a link or button, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.activate(target)

    def press(self, english: str, within: Locator | None = None) -> None:
        """Activate the one button with this name, and wait for the next page."""
        self.follow(self.find("button", english, within))

    @abstractmethod
    def _go_to(self, target: Locator) -> None:
        """Give an element the focus."""

    @abstractmethod
    def activate(self, target: Locator) -> None:
        """Activate a link, a button or the summary of details."""

    @abstractmethod
    def choose(self, radio: Locator) -> None:
        """Choose a radio button."""


class MouseReader(Reader):
    """A reader who points and clicks."""

    def _go_to(self, target: Locator) -> None:
        target.click()

    def activate(self, target: Locator) -> None:
        """Click."""
        target.click()

    def choose(self, radio: Locator) -> None:
        """Click."""
        radio.click()


class KeyboardReader(Reader):
    """A reader who uses Tab, Enter and the arrows, and must see where the focus is."""

    def _go_to(self, target: Locator) -> None:
        element = target.element_handle()
        for _ in range(_MOST_TABS):
            # The editor stands in a shadow root.
            if element.evaluate("one => one === one.getRootNode().activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab does not reach {target}")
        outlined = "one => getComputedStyle(one.closest('.cm-editor') ?? one).outlineStyle"
        # The editor notes a moment later that it has the focus.
        for _ in range(20):
            if element.evaluate(outlined) != "none":
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing shows that {target} has the focus")

    def activate(self, target: Locator) -> None:
        """Tab to it and press Enter."""
        self._go_to(target)
        self.page.keyboard.press("Enter")

    def choose(self, radio: Locator) -> None:
        """Tab to the group, whose chosen button gets the focus, and press an arrow."""
        group = self.page.get_by_role("radio", checked=True).and_(
            self.page.locator(f"[name={radio.get_attribute('name')}]")
        )
        self._go_to(group)
        for _ in range(radio.locator("xpath=ancestor::fieldset").get_by_role("radio").count()):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not reach {radio}")


def number_in(locator: Locator) -> int:
    """Return the one number in a text."""
    [number] = re.findall(r"\d+", locator.inner_text().replace(",", ""))
    return int(number)
