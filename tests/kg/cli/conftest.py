"""A release of a small project, built once and the newest one of each test that asks for it."""

import contextlib
from pathlib import Path

import pytest

from kg.release.build import build
from tests.kg.conftest import Project


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOCAL_RELEASES", str(folder / "releases"))
        project = Project()
        return build(content=project.content)


@pytest.fixture
def release(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The release, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLOCAL_RELEASES", str(small_release.parent))
    return small_release
