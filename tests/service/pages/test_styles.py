"""The style sheet: each component has one file, and nothing is styled that no page has."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kg.statuses import Status

PAGES = Path(__file__).parents[3] / "service" / "pages"
SCRIPTS = PAGES.parent / "web"
# What is no rule: comments, and drawings within the sheet.
NO_RULES = re.compile(r"/\*.*?\*/|url\(.*?\)", re.DOTALL)


def selectors(text: str) -> Iterator[str]:
    """Yield the selectors of a style sheet, those within `@media` too."""
    for before in re.findall(r"([^{}]*)\{", NO_RULES.sub("", text)):
        if not before.strip().startswith("@"):
            yield from re.split(r",(?![^(]*\))", before)


def classes(selector: str) -> list[str]:
    return re.findall(r"\.([a-z][\w-]*)", selector)


def files_by_component() -> dict[str, set[str]]:
    """Return the files in which a selector begins with each class."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in (PAGES / "styles").glob("*.css"):
        for selector in selectors(path.read_text("utf-8")):
            for component in classes(selector)[:1]:
                found[component].add(path.name)
    return found


def test_a_component_is_styled_in_one_file() -> None:
    files = files_by_component()

    assert files["statements"] == {"statements.css"}
    assert {name: several for name, several in files.items() if len(several) > 1} == {}


def test_every_class_that_is_styled_stands_on_a_page() -> None:
    sheet = "\n".join(path.read_text("utf-8") for path in (PAGES / "styles").glob("*.css"))
    scripts = SCRIPTS.rglob("*.ts")
    writing = [*(PAGES / "templates").glob("*.html"), *scripts]
    written = set(re.findall(r"[\w-]+", "\n".join(path.read_text("utf-8") for path in writing)))
    # The templates write the name of a status after "status-".
    written |= {f"status-{status.value}" for status in Status}

    styled = {name for selector in selectors(sheet) for name in classes(selector)}
    assert "statements" in styled
    assert styled - written == set()
