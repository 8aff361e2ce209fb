"""Names of what has no label, on a few statements about nothing in particular."""

import re
from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import GLOCAL, ID, RDF, RDFS, expand, shorten
from kg.sources.folders import read_curated, read_ontology
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGES, Language
from service.pages.terms import TermWriter, read_words
from tests.service.conftest import store_of

Page = Callable[..., str]
Named = Callable[..., str]
TRIG = """
glocal:Evidence rdfs:label "evidence"@en , "证据图"@zh .
glocal:DerivedGraph rdfs:label "derived graph"@en , "推导图"@zh .
glocal:Fact rdfs:label "fact"@en , "事实"@zh . glocal:Claim rdfs:label "claim"@en , "主张"@zh .
id:Ann rdfs:label "Ann"@en . id:Tea rdfs:label "tea"@en , "茶"@zh .
id:Cup rdfs:label "cup"@en . id:Pot rdfs:label "pot"@en . id:Jug rdfs:label "jug"@en .
passage:p1 glocal:page 1 ; glocal:paragraph "2" .
rule:r a glocal:Rule ; glocal:ruleSentence "Tea is wet."@en , "茶湿。"@zh .
ev:a a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann ;
    glocal:fromPassage passage:p1 .
ev:bare a glocal:Evidence .
graph:d a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
id:Tasting rdfs:label "tasting"@en , "品评"@zh ; glocal:describesThrough id:of , id:by .
id:t a id:Tasting , id:Other ; id:of id:Tea ; id:by id:Ann ; glocal:year "1999"^^xsd:gYear ;
    id:note "good" .
id:many a id:Tasting ; id:of id:Tea , id:Cup , id:Pot , id:Jug .
id:round a id:Tasting ; id:of id:round .
id:plain a id:Other ; id:of id:Tea .
glocal:Comparison rdfs:label "comparison"@en , "比较"@zh ;
    glocal:describesThrough glocal:comparedWith , glocal:compares .
id:c a glocal:Comparison ; glocal:comparedWith id:Cup ; glocal:compares id:Tea .
ev:a { id:claimed a id:Tasting ; id:of id:Cup . id:t id:of id:Jug . }
"""


@pytest.fixture(scope="module")
def store() -> Store:
    return store_of(TRIG)


@pytest.fixture(scope="module")
def named(store: Store) -> Named:
    """The name of a CURIE in a language."""

    def name(curie: str, language: str = "en") -> str:
        return TermWriter(store, Language(language, is_explicit=False)).label(expand(curie)).value

    return name


@pytest.mark.parametrize(
    ("curie", "english", "chinese"),
    [
        ("ev:a", "evidence: claim, Ann, page 1, paragraph 2", "证据图：主张，Ann，第 1 页第 2 段"),
        ("ev:bare", "evidence", "证据图"),
        ("graph:d", "derived graph: fact, Tea is wet.", "推导图：事实，茶湿"),
        ("rule:r", "Tea is wet.", "茶湿。"),
        ("id:t", "tasting: Ann, tea, 1999", "品评：Ann，茶，1999年"),
        ("id:c", "comparison: tea, cup", "比较：茶，cup"),
        ("id:claimed", "tasting: cup", "品评：cup"),
        ("id:plain", "id:plain", "id:plain"),
    ],
)
def test_what_has_no_label_is_named_by_what_the_data_say_of_it(
    named: Named, curie: str, english: str, chinese: str
) -> None:
    assert (named(curie), named(curie, "zh")) == (english, chinese)


def test_a_name_does_not_grow_with_the_data(named: Named) -> None:
    assert named("id:many") == "tasting: cup, jug, pot, …"


def test_what_describes_itself_has_a_name_all_the_same(named: Named) -> None:
    assert named("id:round") == "tasting: id:round"


def test_beneath_a_name_that_was_made_stands_the_curie(page: Page) -> None:
    passage = page("source/wang/p10.2")

    assert "<h1>page 10, paragraph 2</h1>" in passage
    assert re.findall('<p class="names">(.*?)</p>', passage) == ["<code>passage:p10.2</code>"]
    assert '<p class="names"><code>' not in page("id/London")


def test_a_page_is_headed_by_the_name_that_was_made(page: Page) -> None:
    evidence = page("evidence/p10.2-claim-Doe", "zh")

    assert "<h1>glocal:Evidence：glocal:Claim，J. Doe，第 10 页第 2 段</h1>" in evidence
    assert "<title>glocal:Evidence：glocal:Claim，J. Doe，第 10 页第 2 段 - Glocal" in evidence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fixed_text_exists_in_each_language(store: Store, language: str) -> None:
    words = TermWriter(store, Language(language, is_explicit=False)).words

    assert words["colon"] == {"en": ": ", "zh": "："}[language]
    assert [key for key, text in words.items() if not text] == []


def test_every_term_of_another_vocabulary_has_a_name() -> None:
    quads = [*read_ontology(), *read_curated()]
    used = {quad.predicate for quad in quads}
    used |= {quad.object for quad in quads if quad.predicate == RDF["type"]}
    labelled = {quad.subject for quad in quads if quad.predicate == RDFS["label"]}
    names = {shorten(term.value) for term in used - labelled if isinstance(term, NamedNode)}

    assert sorted(names - {*read_words("en")}) == []


def test_a_term_of_another_vocabulary_joins_a_sentence(store: Store) -> None:
    said = Triple(expand("id:Tea"), expand("dcterms:creator"), expand("id:Ann"))
    told = [
        TermWriter(store, Language(language, is_explicit=False)).statement(said).striptags()
        for language in LANGUAGES
    ]

    assert told == ["tea created by Ann", "茶作者为Ann"]


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("en", "has rank", "rank"),
        ("en", "is on indicator", "indicator"),
        ("en", "has an unknown effect on", "has an unknown effect on"),
        ("en", "is a city of", "is a city of"),
        ("zh", "逝世日期为", "逝世日期"),
        ("zh", "成为", "成为"),
        ("zh", "升级为", "升级为"),
    ],
)
def test_the_head_of_a_field_has_no_verb(
    store: Store, language: str, name: str, expected: str
) -> None:
    assert TermWriter(store, Language(language, False)).field(name) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "Ann of tea"), ("zh", "Ann属于茶")])
def test_a_statement_has_spaces_between_its_words_except_in_chinese(
    language: str, expected: str
) -> None:
    store = store_of(TRIG + 'id:of rdfs:label "of"@en , "属于"@zh .')
    terms = TermWriter(store, Language(language, is_explicit=False))

    triple = Triple(expand("id:Ann"), expand("id:of"), expand("id:Tea"))
    assert terms.statement(triple).striptags() == expected


def test_a_text_at_the_end_of_a_statement_is_marked_since_it_is_no_link(store: Store) -> None:
    terms = TermWriter(store, Language("en", is_explicit=False))

    written = terms.statement(Triple(expand("id:t"), expand("id:note"), Literal("<good>")))
    assert written.endswith('</a> <span class="words">&lt;good&gt;</span>')


def test_a_thing_that_does_not_exist_is_named_without_a_link(small: Store) -> None:
    terms = TermWriter(small, Language("en", is_explicit=False))
    said = Triple(ID["NewCity"], GLOCAL["memberOf"], ID["C40"])

    words = terms.statement(said)

    assert words.startswith("id:NewCity <a ")
    assert words.endswith('<a href="/id/C40">C40</a>')
    assert terms.titled_link(ID["NewCity"]) == (
        f'<span title="{ID["NewCity"].value}"><code>id:NewCity</code></span>'
    )
