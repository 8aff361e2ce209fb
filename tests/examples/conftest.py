"""The examples, run as their users run them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.content import own_content

EXAMPLES = own_content().ontology.parent / "examples"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(newest_release: Path) -> Run:
    """A script of the folder, run with these arguments beside a release."""

    def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "GLOCAL_RELEASES": str(newest_release.parent)}
        return subprocess.run(
            [sys.executable, "-W", "error::FutureWarning", str(EXAMPLES / script), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**environment, "PYTHONIOENCODING": "utf-8"},
            check=False,
        )

    return run
