import gzip
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from typer.testing import CliRunner

from kg.cli import app


@pytest.mark.parametrize(("name", "file"), [("trig", "glocal.trig.gz"), ("nquads", "glocal.nq.gz")])
def test_a_dump_is_the_file_of_the_release(release: Path, name: str, file: str) -> None:
    options = ["dump", "--format", name, "--release", str(release)]

    told = CliRunner().invoke(app, options)
    assert told.stdout_bytes == gzip.decompress((release / file).read_bytes())
    CliRunner().invoke(app, [*options, "--out", "a.gz"])
    CliRunner().invoke(app, [*options, "--out", "a.txt"])
    assert Path("a.gz").read_bytes() == (release / file).read_bytes()
    assert Path("a.txt").read_bytes() == told.stdout_bytes


def test_the_default_is_all_graphs(release: Path) -> None:
    told = CliRunner().invoke(app, ["dump", "--release", str(release)])
    assert len(list(parse(told.stdout_bytes, format=RdfFormat.TRIG))) > 100


def test_a_release_that_is_not_there_is_refused() -> None:
    told = CliRunner().invoke(app, ["dump", "--release", "nowhere"])

    assert told.exit_code == 1
    assert "nowhere" in told.stderr
