import pytest

from kg.sparql.tokens import match_brackets, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("SELECT?x{a.b:c.d}", "word:SELECT variable:?x mark:{ name:a.b:c.d mark:}"),
        ("true.1AS?x", "word:true number:.1 word:AS variable:?x"),
        ("a-b _c", "word:a mark:- word:b word:_c"),
        ("'a'@en--ltr^^<b>", "string:'a' language:@en--ltr mark:^^ iri:<b>"),
        ("?e\u0301 :\u0301", "variable:?e\u0301 name::\u0301"),
        ("<<( ?s )>> {| |} # }", "mark:<<( variable:?s mark:)>> mark:{| mark:|}"),
    ],
)
def test_a_text_is_divided_as_the_engine_divides_it(text: str, tokens: str) -> None:
    assert " ".join(f"{token.kind}:{token.text}" for token in tokenize(text)) == tokens


@pytest.mark.parametrize(
    "text", ["a." * 50_000, "a-" * 50_000, '"""x"\\' * 16_000, "<a" * 50_000, "1" * 100_000]
)
def test_the_tokens_of_a_long_text_are_its_characters(text: str) -> None:
    assert "".join(token.text for token in tokenize(text)) == text


def test_only_brackets_that_match_are_pairs() -> None:
    assert match_brackets(list(tokenize("{ ( ) <<( )>> }"))) == {0: 5, 1: 2, 3: 4}
    assert match_brackets(list(tokenize("{ ( } ["))) == {}
