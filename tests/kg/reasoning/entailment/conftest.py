"""Questions in Turtle, with the prefixes that all of them use."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kg import entails
from kg.reasoning.entailment.entailment import Entailment

PREFIXES = """@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
KINDS = """:A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class .
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty .
:d a owl:DatatypeProperty . :e a owl:DatatypeProperty .
"""
Ask = Callable[..., Entailment]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes a Turtle file and returns its path."""
    numbers = count(1)

    def write_file(content: str) -> Path:
        path = tmp_path / f"graph-{next(numbers)}.ttl"
        path.write_text(PREFIXES + content, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def ask(write: Callable[[str], Path]) -> Ask:
    """A function that asks whether one text in Turtle follows from another.

    The names A to D are declared as classes in the premise, p to r as object properties, and d and
    e as data properties.
    """

    def ask_about(premise: str, conclusion: str, **options: Any) -> Entailment:
        return entails(write(KINDS + premise), write(conclusion), **options)

    return ask_about
