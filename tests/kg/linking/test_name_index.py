import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.linking.name_index import name_key, ngrams, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UN-Habitat", "un habitat"),
        ("Washington, D.C.", "Washington DC"),
        ("聯合國教科文組織", "联合国教科文组织"),
        ("廣州（市）", "广州市"),
        ("Ｃ４０", "c40"),
        ("“占领华尔街”运动", "占领华尔街运动"),
        ("曼纽尔·卡斯特尔斯", "曼纽尔卡斯特尔斯"),
    ],
)
def test_script_case_width_and_punctuation_do_not_matter(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_an_accent_tells_names_apart() -> None:
    assert name_key("Los Ángeles") != name_key("Los Angeles")


def test_a_name_of_punctuation_alone_has_no_key() -> None:
    assert (name_key("—·…"), words_of("—·…")) == ("", "")


# Of one character the simplified form has a simplified form again.
@given(st.text(st.characters(codec="utf-8", exclude_characters="薴")))
def test_the_key_of_a_key_is_itself(name: str) -> None:
    key = name_key(name)

    assert name_key(key) == key
    assert all(piece in f"^{key}$" for piece in ngrams(key))
