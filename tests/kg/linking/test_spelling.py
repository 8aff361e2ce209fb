import pytest

from kg.linking.spelling import rank_alike


@pytest.mark.parametrize(
    ("text", "other", "errors"),
    [
        ("londn", "london", 1),
        ("lodnon", "london", 1),
        ("olndon", "london", 1),
        ("pondon", "london", 1),
        ("loondn", "london", 2),
        ("iarn", "iran", 1),
        ("c4o", "c40", 1),
        ("internatoinalorganzation", "internationalorganization", 2),
        ("伦墩", "伦敦", 1),
        ("光州", "广州", 1),
        ("联和国", "联合国", 1),
    ],
)
def test_a_text_with_few_errors_is_alike(text: str, other: str, errors: int) -> None:
    [alike] = rank_alike(text, ["somethingelse", other])

    assert (alike.text, alike.errors) == (other, errors)
    assert alike.likeness == 1 - errors / max(len(text), len(other))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("london", "london"),
        ("atlantis", "netherlands"),
        ("atlantis", "scotland"),
        ("londn", "conducting"),
        ("nobody", "nairobi"),
        # Two errors and another beginning, or one of a short name; two of a short name.
        ("banana", "canada"),
        ("b40", "c40"),
        ("cto", "c40"),
        # Characters that do not sound alike.
        ("南京", "北京"),
        ("牛顿", "牛津"),
        ("", "london"),
    ],
)
def test_other_words_are_not_alike(text: str, other: str) -> None:
    assert rank_alike(text, [other]) == []


def test_the_likest_come_first_without_those_that_are_much_less_like() -> None:
    alike = rank_alike("londn", ["longs", "londons", "london"])

    assert [one.text for one in alike] == ["london", "londons"]
