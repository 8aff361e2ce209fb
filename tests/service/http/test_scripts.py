import json
from pathlib import Path

import pytest

from service.http.scripts import read_names, warn_without


def test_a_manifest_names_the_file_of_each_entry(tmp_path: Path) -> None:
    names = {"reading": "reading.1.js"}
    (tmp_path / "manifest.json").write_text(json.dumps(names), encoding="utf-8")

    assert read_names(tmp_path) == names


def test_without_a_bundle_the_log_says_that_pages_are_plain(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warn_without(read_names(tmp_path))

    assert "so pages are plain. Remedy: make setup" in caplog.text


def test_with_a_bundle_the_log_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    warn_without({"reading": "reading.1.js"})

    assert caplog.text == ""
