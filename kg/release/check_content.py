"""Check that what `content.toml` and the table of renamings name exists."""

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Quad

from kg.content import Content, line_of_key
from kg.errors import MalformedInput
from kg.namespaces import GLOCAL, ID, shorten
from kg.paths import CONTENT_FILE
from kg.release.check_files import file_finding, unreadable_file_finding
from kg.sources.files import read_text
from kg.statuses import Status
from kg.validation.findings import Finding, display_path
from kg.validation.names import suggest_name
from kg.validation.texts import script_error

_RENAMES_RULE: Final = "renames"
_RENAMES_HEADER: Final = ["inventory name", "local name"]


def check_content(
    content: Content, curated: Sequence[Quad], declared: Collection[object]
) -> Iterator[Finding]:
    """Yield the findings about the description of a content; `declared` has what has a type."""
    path = content.root / CONTENT_FILE
    named = {"example_class": GLOCAL[content.example_class]}
    if any(quad.object == Status.READING.iri for quad in curated):
        named["curators"] = ID[content.curators]
    errors = []
    for key, name in named.items():
        if name not in declared:
            remedy = f"{suggest_name(name, declared)}another name."
            errors.append((key, f"{shorten(name.value)} does not exist.", remedy))
    topics = (("topics", topic.name) for topic in content.topics)
    for key, texts in (("title", content.title), ("summary", content.summary), *topics):
        for language, text in texts.items():
            if error := script_error(text, language):
                errors.append((key, f"the {key} ({language}) is {error[0]}.", f"{error[1]}."))
    for key, message, remedy in errors:
        line = line_of_key(path, key)
        yield Finding(display_path(path), line, message, remedy, "content")


def check_renames(path: Path, described: Collection[object]) -> Iterator[Finding]:
    """Check the table of names that differ from those of the inventory; it may be missing."""
    if not path.exists():
        return
    try:
        rows = list(csv.reader(read_text(path).splitlines()))
    except MalformedInput as error:
        yield unreadable_file_finding(path, error)
        return
    if rows[:1] != [_RENAMES_HEADER]:
        message = "the first row is not the header of the table."
        yield file_finding(path, 1, message, f"{','.join(_RENAMES_HEADER)}.", _RENAMES_RULE)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 2 or not all(map(str.strip, row)):
            message = f"the row has {len(row)} cells, or an empty one."
            yield file_finding(path, number, message, "two cells, each with a name.", _RENAMES_RULE)
        elif ID[row[1]] not in described:
            message = f"id:{row[1]} is not described."
            remedy = f"{suggest_name(ID[row[1]], described)}the name of an entity."
            yield file_finding(path, number, message, remedy, _RENAMES_RULE)
