"""The wheel, installed in an empty environment, as its users have it."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kg.paths import CONTENT_FOLDER

pytestmark = [pytest.mark.slow, pytest.mark.clients]

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and the dependencies of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run([*pip, "wheel", *options, CONTENT_FOLDER], check=True)
    (wheel,) = folder.glob("*.whl")
    install = ["--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True)
    # Only the folder itself: the file in it that leads to the sources is not followed.
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    for path in [packages, *packages.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o555)
    return folder / "venv"


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Run:
    """A command in this environment, for a user whose home is the test's folder."""

    def run(*arguments: str, **variables: str) -> "CompletedProcess[str]":
        own = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [environment / "bin" / arguments[0], *arguments[1:]],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**own, **variables},
            check=False,
        )

    return run


def test_the_wheel_runs_from_its_own_files(run: Run, environment: Path) -> None:
    code = "import kg, service; print(kg.__file__, service.__file__)"

    places = run("python", "-c", code).stdout.split()

    assert [environment in Path(place).parents for place in places] == [True, True]


def test_releases_of_an_installed_wheel_are_in_the_users_data_folder(
    run: Run, environment: Path, tmp_path: Path
) -> None:
    before = sorted(environment.rglob("*"))

    built = run("glocal", "build")
    asked = run("glocal", "query", "ASK { id:Beijing glocal:memberOf id:C40 }")

    folder = Path(built.stdout.strip())
    assert folder.parent == tmp_path / ".local" / "share" / "glocal" / "releases"
    assert (folder / "release.json").is_file()
    assert asked.stdout == "true\n"
    assert sorted(environment.rglob("*")) == before


def test_the_data_folder_may_be_another_one(run: Run, tmp_path: Path) -> None:
    asked = run("glocal", "query", "ASK {}", XDG_DATA_HOME=str(tmp_path / "data"))

    newest = tmp_path / "data" / "glocal" / "releases" / "newest"
    assert asked.stderr == f"Unknown release '{newest}'. Remedy: glocal build\n"


@pytest.mark.parametrize("command", ["build", "serve"])
def test_a_folder_that_cannot_be_written_in_is_refused_before_the_work(
    run: Run, command: str
) -> None:
    refused = run("glocal", command, XDG_DATA_HOME="/dev/null/data")

    assert refused.returncode == 1
    assert "reading" not in refused.stderr
    assert refused.stderr.endswith(
        "/dev/null/data/glocal/releases: no release can be written here: Not a directory. "
        "Remedy: glocal build --out DIR, or another folder in $GLOCAL_RELEASES\n"
    )
