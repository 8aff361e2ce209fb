"""Files of facts and axioms, and the triples of a file."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

PREFIXES = """@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
Files = Callable[..., list[Path]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A function that writes Turtle files and returns their paths."""

    def write(**contents: str) -> list[Path]:
        paths = []
        for name, content in contents.items():
            paths.append(tmp_path / f"{name}.ttl")
            paths[-1].write_text(PREFIXES + content, encoding="utf-8")
        return paths

    return write


def lines(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    rdf_format = RdfFormat.from_extension(suffix[1:])
    assert rdf_format is not None
    found = (quad.triple for quad in parse(content, format=rdf_format))
    return sorted(str(each).replace("http://example.org/", "") for each in found)
