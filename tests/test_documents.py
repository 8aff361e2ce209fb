"""The documents for contributors name every room, existing files and commands that run."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
# A placeholder such as <rule> or … stands for a part of a name.
PATH = re.compile(r"`((?:kg|service|ontology|queries|tests|docs)(?:/[^`\s…<>*]+)+/?)`")
COMMAND = re.compile(r"^(make [a-z-]+|\.venv/bin/\S+ [a-z-]+)", re.MULTILINE)
INLINE = re.compile(r"`(make [a-z-]+)`")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rooms() -> list[str]:
    packages = [
        path.parent for top in ("kg", "service") for path in (ROOT / top).rglob("__init__.py")
    ]
    return sorted({str(path.relative_to(ROOT)) for path in packages} - {"kg", "service"})


@pytest.mark.parametrize("room", rooms())
def test_every_room_is_named_in_the_plan(room: str) -> None:
    parent = room.rpartition("/")[0]

    # kg/reasoning and service/scratch/routes stand with their parts or their parent.
    assert f"`{room}" in text_of("ARCHITECTURE.md") or f"`{parent}`" in text_of("ARCHITECTURE.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    paths = PATH.findall(text_of(document))

    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    text = text_of(document)
    targets = {*COMMAND.findall(text), *INLINE.findall(text)}

    for command in sorted(target for target in targets if target.startswith("make ")):
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)
