import pytest

from service.pages.search_page import ListAddress


@pytest.mark.parametrize(
    ("parameters", "facet", "value", "expected"),
    [
        ([], "status", "Claim", "/classes/City?status=Claim"),
        ([("status", "Claim")], "status", "Claim", "/classes/City"),
        (
            [("status", "Claim"), ("lang", "zh")],
            "status",
            "Fact",
            "/classes/City?status=Claim&lang=zh&status=Fact",
        ),
        # The first page of what is chosen then.
        (
            [("page", "3"), ("view", "facts")],
            "holder",
            "a&b",
            "/classes/City?view=facts&holder=a%26b",
        ),
    ],
)
def test_a_value_of_a_facet_is_chosen_and_taken_away_by_one_link(
    parameters: list[tuple[str, str]], facet: str, value: str, expected: str
) -> None:
    assert ListAddress("/classes/City", parameters).toggle(facet, value) == expected


def test_another_page_keeps_all_that_is_chosen() -> None:
    address = ListAddress("/search", [("q", "伦敦"), ("page", "2")])

    assert address.at(3) == "/search?q=%E4%BC%A6%E6%95%A6&page=3"
    assert address.without("page") == "/search?q=%E4%BC%A6%E6%95%A6"
