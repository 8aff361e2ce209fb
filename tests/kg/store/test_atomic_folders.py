"""Folders are put in place in one step."""

from pathlib import Path

import pytest

from kg.store.atomic_folders import swap_paths


def test_two_folders_change_places(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "said").write_text(name, encoding="utf-8")

    swap_paths(tmp_path / "one", tmp_path / "other")

    assert (tmp_path / "one" / "said").read_text(encoding="utf-8") == "other"
    with pytest.raises(OSError, match="nowhere"):
        swap_paths(tmp_path / "one", tmp_path / "nowhere")
