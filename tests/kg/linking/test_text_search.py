import pytest

from kg.linking.resolver import Resolver
from kg.linking.text_search import TextIndex
from kg.linking.thing_search import search_things
from kg.namespaces import shorten
from tests.kg.linking.conftest import store_of

TRIG = """
id:City rdfs:label "city"@en , "城市"@zh . id:State rdfs:label "nation-state"@en , "国家"@zh .
glocal:freeFrom rdfs:label "gains autonomy from"@en , "从……获得自主性"@zh ;
    skos:altLabel "becomes more independent of"@en .
id:Lobby rdfs:label "lobby"@en ;
    dcterms:description "Group that lobbies policies at C40."@en , "在C40游说政策的团体。"@zh .
glocal:Norm rdfs:label "norm"@en ; skos:definition "Rule of conduct that all accept."@en .
id:Gone owl:deprecated true ; dcterms:description "Group that lobbies no more."@en .
ev:p5-claim { id:City glocal:freeFrom id:State . }
ev:p5-claim a glocal:Evidence ; skos:note "Cities are said to go round the state."@en ,
    "据称城市“都”绕过民族国家，独立地合作。"@zh .
"""
STORE = store_of(TRIG)
TEXTS = TextIndex(STORE)


def found(text: str) -> list[str]:
    return [shorten(one.iri.value) for one in TEXTS.find(text, limit=5)]


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("lobbies policies", ["id:Lobby"]),
        ("policies lobbying", []),
        ("policy at C40", ["id:Lobby"]),
        ("c40 policies", ["id:Lobby"]),
        ("C40的政策", ["id:Lobby"]),
        ("conduct accepts", ["glocal:Norm"]),
        ("independent of states", ["ev:p5-claim"]),
        ("城市获得自主性", ["ev:p5-claim"]),
        ("城市独立于国家", ["ev:p5-claim"]),
        ("城市獨立於國家", ["ev:p5-claim"]),
        ("城市独立于海洋", []),
        ("of the", []),
        ("", []),
    ],
)
def test_texts_are_found_by_their_words_in_any_order(text: str, things: list[str]) -> None:
    assert found(text) == things


def test_the_names_of_its_ends_alone_find_no_statement() -> None:
    assert found("city nation") == []
    assert found("city autonomy") == ["ev:p5-claim"]


def test_a_statement_is_found_as_a_sentence_and_a_note_as_it_is() -> None:
    [statement], [note] = TEXTS.find("independent city", limit=5), TEXTS.find("绕过", limit=5)

    assert statement.text.text == "city gains autonomy from nation-state"
    assert (note.text.text[:4], note.text.language) == ("据称城市", "zh")


def test_a_phrase_and_a_short_text_come_first_and_the_rest_is_left_out() -> None:
    store = store_of("""
        id:Long dcterms:description "Where water and salt meet, rivers slow down."@en .
        id:Short dcterms:description "Salt and water."@en .
        id:Phrase dcterms:description "Rivers of salt water slow down where they meet the sea."@en .
    """)

    best = [shorten(one.iri.value) for one in TextIndex(store).find("salt water", limit=2)]
    assert best == ["id:Phrase", "id:Short"]


def test_those_that_bear_the_words_come_before_those_about_which_they_are_written() -> None:
    resolver = Resolver.of(STORE)

    def search(text: str) -> list[tuple[str, str]]:
        things = search_things(resolver, [resolver.names.index], text, TEXTS)
        return [(shorten(one.iri.value), one.by.value) for one in things]

    assert search("city") == [("id:City", "name"), ("ev:p5-claim", "description")]
    assert search("lobbies") == [("id:Lobby", "description")]
    assert search("id:State") == [("id:State", "identifier")]
    # A misspelt name is still guessed, but not by its last word alone.
    assert search("natoin-state") == [("id:State", "similar")]
