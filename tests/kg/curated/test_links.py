"""The link files: sound SSSOM, one thing for each entity, nothing linked that has no thing."""

import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
import sssom_pydantic
from pyoxigraph import Literal, Quad
from sssom_pydantic import SemanticMapping

from kg.content import own_content
from kg.linking.name_index import name_key
from kg.namespaces import RDFS, SKOS, expand
from kg.sources.folders import read_curated, read_ontology

FILES = sorted((own_content().curated / "links").glob("*.sssom.tsv"))

# Entities for which no item was found, or none that fits.
WITHOUT_ITEM = Path(__file__).with_name("without-item.csv").read_text("utf-8").split()[1:]


def mappings(path: Path) -> list[SemanticMapping]:
    """Read the links with an SSSOM library, which refuses violations of the standard."""
    return list(sssom_pydantic.read(path).mappings)


def names_of(quads: list[Quad]) -> set[tuple[object, str]]:
    """Who bears which name, in the form in which names are compared."""
    return {
        (quad.subject, name_key(quad.object.value))
        for quad in quads
        if quad.predicate in (RDFS["label"], SKOS["altLabel"]) and isinstance(quad.object, Literal)
    }


@pytest.fixture(scope="module")
def curated() -> list[Quad]:
    return read_curated()


def test_all_that_was_found_is_linked() -> None:
    counted = {
        path.name.partition(".")[0]: Counter(one.predicate.identifier for one in mappings(path))
        for path in FILES
    }

    assert counted == {
        "geonames": {"exactMatch": 44, "closeMatch": 4, "relatedMatch": 1},
        "wikidata": {
            "exactMatch": 122,
            "closeMatch": 38,
            "narrowMatch": 3,
            "broadMatch": 13,
            "relatedMatch": 4,
        },
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_mapping_says_why_who_when_and_how_sure(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    header, *rows = (line.split("\t") for line in lines if not line.startswith("#"))
    cells = [dict(zip(header, row, strict=True)) for row in rows]

    assert {one["mapping_justification"] for one in cells} == {"semapv:ManualMappingCuration"}
    authors = {(one["author_id"], one["author_label"]) for one in cells}
    assert authors == {("id:GlocalMaintainers", "The Glocal maintainers")}
    assert all(one["mapping_date"] >= "2026-11-25" for one in cells)
    assert all(0.7 <= float(one["confidence"]) <= 0.99 for one in cells)
    # What is not exactly the same says what is different.
    assert [one for one in cells if "exact" not in one["predicate_id"] and not one["comment"]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_library_reads_a_chinese_comment_beside_every_english_one(path: Path) -> None:
    for mapping in sssom_pydantic.read(path).mappings:
        chinese = (mapping.other or {}).get("comment_zh", "")

        assert bool(chinese) == bool(mapping.comment), mapping.subject
        # Chinese, not the English once more.
        assert not chinese or re.search("[\u4e00-\u9fff].*。$", chinese), mapping.subject


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_library_reads_as_many_mappings_as_there_are_rows(path: Path) -> None:
    rows = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]

    assert len(mappings(path)) == len(rows) - 1


def test_a_library_reads_from_which_release_to_which_data_set_a_file_links() -> None:
    found = {}
    for path in FILES:
        links = sssom_pydantic.read(path)
        assert links.mapping_set.version == version("glocal-kg")
        assert {one.subject_source_version for one in links.mappings} == {version("glocal-kg")}
        assert {one.subject_source.curie for one in links.mappings} == {"about:dataset"}
        (found[path.name],) = {one.object_source.curie for one in links.mappings}

    # The items of GeoNames and of Wikidata.
    assert found == {"geonames.sssom.tsv": "wd:Q830106", "wikidata.sssom.tsv": "wd:Q2013"}


def test_an_exactly_matched_entity_bears_the_label_of_the_item(curated: list[Quad]) -> None:
    names = names_of(curated)
    missing = [
        one.subject.curie
        for path in FILES
        for one in mappings(path)
        if one.predicate.identifier == "exactMatch"
        and (expand(one.subject.curie), name_key(one.object.name or "")) not in names
    ]

    assert missing == []


def test_what_is_not_exactly_an_item_bears_its_label_but_for_a_few(
    curated: list[Quad],
) -> None:
    names = names_of([*curated, *read_ontology()])
    other = {
        one.subject.curie
        for path in FILES
        for one in mappings(path)
        if one.predicate.identifier != "exactMatch"
        and (expand(one.subject.curie), name_key(one.object.name or "")) not in names
    }

    # A broader item has a broader name. The others share the item's Chinese name.
    assert other == {
        "glocal:Norm",
        "id:CityDiplomacy",
        "id:CityGovernment",
        "id:CrimeaCrisis",
        "id:EcocityConcept",
        "id:GlobalCityRegion",
        "id:GlobalCivilSociety",
        "id:GlobalGovernance",
        "id:GlobalPublicGoods",
        "id:GlobalSocialMovement",
        "id:IndCityGDP",
        "id:InternationalNorm",
        "id:LanguageIntangibleHeritage",
        "id:LostSovereignty",
        "id:RegionalPublicGoods",
        "id:WageningenUniversity",
        "id:WheatonCollege",
        "id:WorldCity",
        "id:Xinhuanet",
    }


def test_what_has_no_item_is_an_entity_without_one(curated: list[Quad]) -> None:
    entities = {quad.subject for quad in curated if quad.predicate == RDFS["label"]}
    (wikidata,) = (path for path in FILES if "wikidata" in path.name)
    linked = {one.subject.curie for one in mappings(wikidata)}

    assert len(WITHOUT_ITEM) == 87
    assert {expand(name) for name in WITHOUT_ITEM} <= entities
    assert linked.isdisjoint(WITHOUT_ITEM)


def test_what_is_likely_alone_is_no_exact_match() -> None:
    likely = {
        one.subject.curie: one.predicate.identifier
        for path in FILES
        for one in mappings(path)
        if one.confidence == 0.7
    }

    assert likely == {
        "id:BenjaminBarber": "closeMatch",
        "id:IndCityGDP": "broadMatch",
        "id:LostSovereignty": "broadMatch",
    }


def test_a_municipality_in_a_capital_region_of_its_name_matches_closely_everywhere() -> None:
    cities = ("id:Brussels", "id:Manila", "id:NewDelhi")
    found = [
        (one.subject.curie, one.predicate.identifier)
        for path in FILES
        for one in mappings(path)
        if one.subject.curie in cities
    ]

    assert found == [(city, "closeMatch") for city in cities] * len(FILES)
