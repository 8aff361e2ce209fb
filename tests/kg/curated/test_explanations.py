"""Every individual says what it is, in both languages."""

from collections import defaultdict

import pytest
from pyoxigraph import Literal, NamedNode

from kg.namespaces import DCTERMS, ID, RDFS, SKOS, is_in
from kg.sources.folders import read_curated

LABEL, EXPLAINING = RDFS["label"], (SKOS["definition"], DCTERMS["description"])


@pytest.fixture(scope="module")
def texts() -> dict[NamedNode, dict[str, list[tuple[str, str]]]]:
    """For each individual with a label, its labels and explanations with their languages.

    What a holder says of a thing elsewhere explains the holder's view of it, so only explanations
    in the graph of the label count.
    """
    labels, explanations = defaultdict(list), defaultdict(list)
    for quad in read_curated():
        thing, value = (quad.subject, quad.graph_name), quad.object
        if is_in(quad.subject, ID) and isinstance(value, Literal) and value.language:
            if quad.predicate == LABEL:
                labels[thing].append((value.language, value.value))
            elif quad.predicate in EXPLAINING:
                explanations[thing].append((value.language, value.value))
    return {
        thing[0]: {"labels": found, "explanations": explanations[thing]}
        for thing, found in labels.items()
    }


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
