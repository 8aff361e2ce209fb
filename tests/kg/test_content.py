"""`content.toml` is read strictly."""

import json
from pathlib import Path

import pytest

from kg.content import own_content, parse_content, read_content
from kg.errors import MalformedFile, MalformedInput, OtherBaseIri
from kg.namespaces import BASE, SOURCE_NAME
from kg.paths import CONTENT_FOLDER

RIVERS = Path(__file__).parents[1] / "rivers"


def test_the_projects_own_content_has_the_names_that_a_process_makes_by_default() -> None:
    own = own_content()

    assert (own.base_iri, own.source) == (BASE, SOURCE_NAME)
    assert own.languages == ("en", "zh")
    assert own.curated == CONTENT_FOLDER / "kg" / "curated"


def test_a_release_carries_what_explains_and_serves_it_and_no_curated_files() -> None:
    carried = own_content().carried_files()

    for name in (
        "ontology/core.ttl",
        "ontology/alignments/org.ttl",
        "ontology/context/1.0.0.jsonld",
        "ontology/frames/city.jsonld",
        "ontology/rules/co-hosts.rq",
        "ontology/shapes/facts.ttl",
        "queries/claims-of-a-holder.rq",
        "links/wikidata.sssom.tsv",
    ):
        assert carried[name].is_file()
    assert any(name.startswith("queries/federated/") for name in carried)
    assert {name.partition("/")[0] for name in carried} == {"ontology", "queries", "links"}


def test_a_content_with_other_names_is_refused_with_what_to_set() -> None:
    rivers = read_content(RIVERS)

    with pytest.raises(OtherBaseIri) as error:
        rivers.require_own_names(RIVERS)

    assert error.value.environment == {
        "GLOCAL_BASE_IRI": "https://example.org/rivers/",
        "GLOCAL_SOURCE_NAME": "atlas",
    }


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"https://example.org/rivers/"', '"https://example.org/rivers"', "'base_iri' is"),
        ('"https://example.org/rivers/"', "7", "'base_iri' is"),
        ('["en"]', "[]", "'languages' is"),
        ('["en"]', '["en", "de"]', "'title' is"),
        ('source = "atlas"', "", "'source' is"),
        ('source = "atlas"', 'sources = "atlas"', "'sources' is"),
        ('source = "atlas"', 'source = "atlas"\nport = 1', "'port' is missing, unknown or not"),
        ('source = "atlas"', "source =", "Invalid value"),
        (
            "[summary]",
            "[[topics]]\nid = 'a'\nname = {de = 'A'}\nquestions = []\n[summary]",
            "'topics'",
        ),
    ],
)
def test_a_content_that_lacks_something_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    text = (RIVERS / "content.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "content.toml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(MalformedFile, match=reason):
        read_content(tmp_path)


def test_the_topics_of_a_content_are_read_and_described_in_their_order(tmp_path: Path) -> None:
    text = (RIVERS / "content.toml").read_text("utf-8")
    for name in ("seas", "lakes"):
        text += f'\n[[topics]]\nid = "{name}"\nname = {{ en = "The {name}" }}\nquestions = ["x"]\n'
    (tmp_path / "content.toml").write_text(text, encoding="utf-8")
    for name in ("ontology", "queries", "curated"):
        (tmp_path / name).mkdir()

    content = read_content(tmp_path)

    assert [(one.id, one.name, one.questions) for one in content.topics] == [
        ("seas", {"en": "The seas"}, ["x"]),
        ("lakes", {"en": "The lakes"}, ["x"]),
    ]
    description = json.loads(json.dumps(content.describe()))
    carried = parse_content(description, tmp_path / "release.json", tmp_path)
    assert carried.topics == content.topics


def test_a_folder_without_a_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match=r"Expected: a folder with a content\.toml"):
        read_content(tmp_path)
