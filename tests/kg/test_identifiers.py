import pytest

from kg.errors import MalformedParameter
from kg.identifiers import EXTERNAL_DATASETS, identifier_error


def test_an_identifier_becomes_the_iri_that_its_data_set_gives_it() -> None:
    item, place = (
        EXTERNAL_DATASETS["wikidata"].iri_for("Q84"),
        EXTERNAL_DATASETS["geonames"].iri_for("2643743"),
    )

    assert item.value == "http://www.wikidata.org/entity/Q84"
    assert place.value == "https://sws.geonames.org/2643743/"
    assert EXTERNAL_DATASETS["wikidata"].identifier_in(item.value) == "Q84"
    assert EXTERNAL_DATASETS["geonames"].identifier_in(place.value) == "2643743"


@pytest.mark.parametrize("identifier", ["", "Q", "Q0", "Q084", "q84", "84", "P31", "Q84 ", "Q8\n4"])
def test_what_is_no_item_is_refused(identifier: str) -> None:
    with pytest.raises(MalformedParameter, match="expected Q and a number"):
        EXTERNAL_DATASETS["wikidata"].iri_for(identifier)


@pytest.mark.parametrize(
    "iri",
    [
        "http://www.wikidata.org/entity/P31",
        "https://sws.geonames.org/2643743",
        "https://sws.geonames.org/0/",
    ],
)
def test_an_iri_in_a_known_data_set_that_cannot_be_one_of_its_is_malformed(iri: str) -> None:
    assert identifier_error(iri) is not None


def test_an_iri_elsewhere_is_not_judged() -> None:
    assert identifier_error("https://example.org/Q0") is None
    assert identifier_error("http://www.wikidata.org/entity/Q84") is None
