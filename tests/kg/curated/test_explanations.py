"""Every individual says what it is, in both languages."""

from collections import defaultdict

import pytest
from pyoxigraph import Literal, NamedNode

from kg.namespaces import DCTERMS, ID, RDFS, SKOS, is_in
from kg.reasoning.derivation.release_graphs import ENTITIES
from kg.sources.folders import read_curated

LABEL, EXPLAINING = RDFS["label"], (SKOS["definition"], DCTERMS["description"])


@pytest.fixture(scope="module")
def texts() -> dict[NamedNode, dict[str, list[tuple[str, str]]]]:
    """The labels and explanations of each individual of the entity files, with their languages.

    The label of a recommendation, which stands in its evidence graph, is a sentence of its own.
    """
    found: dict[NamedNode, dict[str, list[tuple[str, str]]]] = defaultdict(
        lambda: {"labels": [], "explanations": []}
    )
    for quad in read_curated():
        if quad.graph_name == ENTITIES and is_in(quad.subject, ID):
            value = quad.object
            for name, predicates in (("labels", (LABEL,)), ("explanations", EXPLAINING)):
                if quad.predicate in predicates and isinstance(value, Literal):
                    found[quad.subject][name].append((value.language or "", value.value))
    return {thing: both for thing, both in found.items() if both["labels"]}


def test_each_has_one_explanation_in_each_language(texts) -> None:
    languages = {
        thing: sorted(language for language, _ in both["explanations"])
        for thing, both in texts.items()
    }

    assert len(languages) > 1_000
    assert {thing: found for thing, found in languages.items() if found != ["en", "zh"]} == {}


def test_none_only_repeats_a_label_or_what_another_one_is(texts) -> None:
    by_text = defaultdict(list)
    for thing, both in texts.items():
        labels = {label.casefold() for _, label in both["labels"]}
        for _, text in both["explanations"]:
            assert text.rstrip(".。").casefold() not in labels
            by_text[text].append(thing)

    assert {text: things for text, things in by_text.items() if len(things) > 1} == {}
