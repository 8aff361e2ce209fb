"""The form of /explain and the page "why not?" by the small release of this folder."""

import re
from html import unescape
from typing import Any

import pytest
from pyoxigraph import Triple

from kg.namespaces import GLOCAL, ID
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.reasons.explain_page import write_explain_form, write_why_not
from service.pages.terms import TermWriter
from tests.service.pages.things.test_resource_page import Outline

ASKED = {"subject": "Paris", "predicate": "memberOf", "object": '"<C40>"'}
MEMBER = Triple(ID["Paris"], GLOCAL["memberOf"], ID["C40"])
FAILURE = {"type": "/problems/not-derived", "title": "Not Found", "status": 404, "detail": "No."}


def near(missing: str, *present: str) -> dict[str, Any]:
    sentence = {"en": "Near is <near>.", "zh": "近者相近。"}
    return {"rule": "rule:r", "sentence": sentence, "missing": missing, "present": present}


def why_not(store: Store, language: str = "en", **members: Any) -> str:
    terms = TermWriter(store, Language(language, is_explicit=False))
    failure = {**FAILURE, **members}
    page = write_why_not(terms, ASKED, "/explain?a=b", failure, MEMBER, ("readings", "Doe"))
    return page.decode()


def hidden(html: str) -> list[list[tuple[str, str]]]:
    """The hidden fields of the forms of /whatif, in order."""
    forms = re.findall('<form action="/whatif">(.*?)</form>', html, re.DOTALL)
    fields = [re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', form) for form in forms]
    return [[(name, unescape(value)) for name, value in one] for one in fields]


def test_what_was_typed_comes_back_as_text(small: Store) -> None:
    terms = TermWriter(small, Language("en", is_explicit=False))

    html = write_explain_form(terms, ASKED, "/explain", FAILURE).decode()
    assert 'name="object" value="&#34;&lt;C40&gt;&#34;"' in html
    assert '<div class="alert" role="alert">' in html
    assert (Outline(html).open, Outline(html).levels) == ([], [1])


def test_each_nearest_rule_has_its_premises_and_a_form_that_supposes_the_missing_one(
    small: Store,
) -> None:
    premises = "id:London glocal:near id:Paris", "id:London glocal:memberOf id:C40"

    html = why_not(small, nearest=[near(*premises)])
    assert "<h3>Near is &lt;near&gt;.</h3>" in html
    why = "/explain?subject=id%3ALondon&amp;predicate=glocal%3AmemberOf&amp;object=id%3AC40"
    assert f'<a class="quiet" href="{why}">why?</a>' in html
    kept = [("view", "readings"), ("world", "Doe")]
    assert hidden(html) == [
        [("add", premises[0]), *kept],
        [("add", "id:Paris glocal:memberOf id:C40"), *kept],
    ]
    assert Outline(html).open == []
    assert "<h3>近者相近。</h3>" in why_not(small, "zh", nearest=[near(*premises)])


def test_a_premise_that_several_rules_lack_is_supposed_once(small: Store) -> None:
    missing, present = "id:London glocal:near id:Paris", "id:London glocal:memberOf id:C40"
    other = {**near(missing), "sentence": {"en": "Other."}}

    html = why_not(small, nearest=[near(missing, present), other, near(present)])
    assert [fields[0] for fields in hidden(html)] == [
        ("add", missing),
        ("add", present),
        ("add", "id:Paris glocal:memberOf id:C40"),
    ]
    first, second = html.split('<section class="card miss"')[1:]
    assert re.findall("<h3>(.*)</h3>", first) == ["Near is &lt;near&gt;.", "Other."]
    assert (first.count(">✓<"), first.count(">✗<"), second.count(">✓<")) == (1, 1, 0)


def test_it_looks_like_an_answer_and_leads_to_its_subject(small: Store) -> None:
    english, chinese = why_not(small), why_not(small, "zh")

    assert "<title>Why not? Paris is a member of C40 - Glocal</title>" in english
    assert '<div class="card" role="alert">' in english
    assert 'class="alert"' not in english
    assert (
        '<a href="/id/Paris">巴黎</a>' in chinese.partition('class="way"')[2].partition("</nav>")[0]
    )
    assert "不成立：它既未被直接陈述，也不能推导得出。" in chinese


def test_of_a_premise_with_a_variable_the_rest_is_left_to_the_reader(small: Store) -> None:
    html = why_not(small, nearest=[near("?x glocal:near id:Paris")])

    assert 'id="missing-1">something <a class="verb" href="/data/ontology/near">is near</a>' in html
    assert hidden(html)[0] == [
        ("predicate", "glocal:near"),
        ("object", "id:Paris"),
        ("view", "readings"),
        ("world", "Doe"),
    ]


@pytest.mark.parametrize("missing", ["the absence of id:Paris glocal:near ?z", "?x ?y id:Paris"])
def test_what_cannot_be_written_as_a_sentence_is_shown_as_it_is(small: Store, missing: str) -> None:
    html = why_not(small, nearest=[near(missing)])

    assert f"<code>{missing.removeprefix('the absence of ')}</code>" in html


def test_a_statement_that_stands_in_another_view_leads_there_without_near_rules(
    small: Store,
) -> None:
    html = why_not(small, elsewhere="view=readings&world=Doe")

    asked = "subject=id%3AParis&amp;predicate=glocal%3AmemberOf&amp;object=id%3AC40"
    assert f'href="/explain?{asked}&amp;view=readings&amp;world=Doe">with our readings · ' in html
    assert "in the world: J. Doe</a>" in html
    assert ">解读 · 世界：J. Doe</a>" in why_not(small, "zh", elsewhere="view=readings&world=Doe")
    plans = why_not(small, elsewhere="view=paper&world=plans")
    assert ">the paper · in the world: the plans</a>" in plans
    assert "No rule is only one premise short" not in html
