"""The Dockerfile: its health check finds the service, and its context has what it builds from."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kg.paths import CONTENT_FOLDER

pytestmark = pytest.mark.slow

TEXT = re.sub(r"\\\n\s*", "", (CONTENT_FOLDER / "Dockerfile").read_text("utf-8"))
IGNORED = (CONTENT_FOLDER / ".dockerignore").read_text("utf-8").splitlines()


def health(**variables: str) -> "subprocess.CompletedProcess[str]":
    """The end of the health check in a container with these variables."""
    [command] = re.findall(r"^HEALTHCHECK .*CMD (\[.+\])$", TEXT, re.MULTILINE)
    program, *arguments = json.loads(command)
    assert program == "python"
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **variables},
        timeout=20,
        check=False,
    )


def test_the_health_check_asks_on_the_port_that_is_set(service: str, tmp_path: Path) -> None:
    port = str(urlsplit(service).port)
    settings = tmp_path / "glocal.toml"
    settings.write_text(f"port = {port}\n", encoding="utf-8")

    by_variable = health(GLOCAL_PORT=port)
    by_file = health(GLOCAL_CONFIG=str(settings))

    assert (by_variable.returncode, by_variable.stderr) == (0, "")
    assert (by_file.returncode, by_file.stderr) == (0, "")


def test_the_health_check_fails_where_nobody_listens() -> None:
    unhealthy = health(GLOCAL_PORT="9")

    assert unhealthy.returncode == 1
    assert "Connection refused" in unhealthy.stderr


def test_what_the_image_copies_is_in_its_context() -> None:
    assert IGNORED[0] == "**"
    kept = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", TEXT, re.MULTILINE)

    assert {name for line in copied for name in line.split()} - {"."} <= set(kept)
    assert [name for name in kept if not (CONTENT_FOLDER / name).exists()] == []


def test_the_context_is_enough_to_build_the_wheel_of_the_project(tmp_path: Path) -> None:
    kept = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    context = tmp_path / "context"
    context.mkdir()
    for path in (CONTENT_FOLDER / name for name in kept if "*" not in name):
        if path.is_dir():
            no_caches = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, context / path.name, ignore=no_caches)
        else:
            shutil.copy(path, context)

    contents = [_files_of_wheel(source, tmp_path) for source in (context, CONTENT_FOLDER)]

    assert "kg/shipped/kg/curated/links/wikidata.sssom.tsv" in contents[0]
    assert contents[0] == contents[1]


def _files_of_wheel(source: Path, folder: Path) -> list[str]:
    """Build the wheel and list its files."""
    out = folder / f"wheel-of-{source.name}"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(out)]
    subprocess.run([*pip, *options, str(source)], check=True)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())
