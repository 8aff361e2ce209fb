"""Folders and files are put in place in one step."""

from pathlib import Path

import pytest

from kg.store.atomic_folders import open_replacement, swap_paths

# A device of Linux on which no byte has room.
FULL = Path("/dev/full")


def test_two_folders_change_places(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "said").write_text(name, encoding="utf-8")

    swap_paths(tmp_path / "one", tmp_path / "other")

    assert (tmp_path / "one" / "said").read_text(encoding="utf-8") == "other"
    with pytest.raises(OSError, match="nowhere"):
        swap_paths(tmp_path / "one", tmp_path / "nowhere")


def test_a_file_keeps_its_content_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "said"
    path.write_bytes(b"old")

    with pytest.raises(TypeError), open_replacement(path) as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    kept = path.read_bytes()
    with open_replacement(path) as file:
        file.write(b"new")

    assert (kept, path.read_bytes(), [*tmp_path.iterdir()]) == (b"old", b"new", [path])


def test_a_device_is_written_to_and_named_if_it_is_full() -> None:
    message = "No space left on device: '/dev/full'"
    with pytest.raises(OSError, match=message), open_replacement(FULL) as file:
        file.write(b"x")

    assert FULL.is_char_device()
