"""Imports are read from the files that are given; those that are missing are named once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kg.sources.imports import Imports, read_with_imports

OWL = "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a Turtle file under a name and returns its path."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.ttl"
        path.write_text(OWL + text, encoding="utf-8")
        return path

    return write_file


def test_imports_of_imports_are_read_each_once(write: Write) -> None:
    one = write("one", "<urn:one> a owl:Ontology ; owl:imports <urn:two> , <urn:three> .")
    two = write("two", "<urn:two> a owl:Ontology ; owl:imports <urn:three> , <urn:one> .")
    three = write("three", "<urn:three> a owl:Ontology .")

    quads, imports = read_with_imports([one], {"urn:two": two, "urn:three": three})

    assert len(quads) == len(set(quads)) == 3 + 3 + 1
    assert imports.missing == []


def test_a_missing_import_is_named_once_with_its_remedy(write: Write) -> None:
    one = write("one", "<urn:one> a owl:Ontology ; owl:imports <urn:two> .")
    other = write("other", "<urn:other> a owl:Ontology ; owl:imports <urn:two> , <urn:one> .")

    _, imports = read_with_imports([one, other], {})

    assert imports.missing == ["urn:two"]
    assert imports.notes("--import {iri}=FILE") == [
        "owl:imports <urn:two>: nothing is loaded from the network; expected --import urn:two=FILE"
    ]


def test_an_import_may_name_a_version(write: Write) -> None:
    one = write("one", "<urn:one> owl:imports <urn:two/1.0> .")
    two = write("two", "<urn:two> a owl:Ontology ; owl:versionIRI <urn:two/1.0> .")

    _, imports = read_with_imports([one, two], {})

    assert imports.missing == []
    assert Imports().take_file() is None
