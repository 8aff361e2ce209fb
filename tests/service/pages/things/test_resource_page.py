import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from pyoxigraph import NamedNode

from kg.describe.description import Describer
from kg.namespaces import BASE, GLOCAL, ID
from kg.store.quad_store import Store
from service.answers.formats import GRAPH_FORMATS, HTML
from service.http.documents import documents_about
from service.http.negotiation import Language
from service.pages.things.resource_page import ResourcePageWriter
from tests.service.conftest import store_of
from tests.service.pages.conftest import axioms_of, terms_of

Page = Callable[..., str]
Text = Callable[[str, str], str]
PATHS = [
    "id/London",
    "id/Doe",
    "rule/r",
    "source/wang/p10.2",
    "evidence/p10.2-fact",
    "graph/derived-fact-r",
    "id/obs",
]


def write(store: Store, path: str) -> str:
    """Write the page of a store about what has this path."""
    iri = NamedNode(BASE + path)
    about = documents_about(store, iri, path, (*GRAPH_FORMATS, HTML), stem=f"/data/{path}")
    pages = ResourcePageWriter(store, Describer(store), terms_of(store), axioms_of(store))
    return pages.page(about, iri, Language("en", False)).decode()


class Outline(HTMLParser):
    """The tags of a page: that each is closed, the levels of its headings, its ids and links."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.ids: Counter[str | None] = Counter()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        given = dict(attrs)
        if "id" in given:
            self.ids[given["id"]] += 1
        self.links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_well_formed_with_one_heading_at_the_top(
    page: Page, path: str, language: str
) -> None:
    html = page(path, language)
    outline = Outline(html)

    assert outline.open == []
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(
        below - above <= 1 for above, below in zip(outline.levels, outline.levels[1:], strict=False)
    )
    assert max(outline.ids.values()) == 1
    assert f'<html lang="{language}" dir="ltr">' in html
    assert "#content" in outline.links
    assert outline.ids["content"] == 1


def test_names_in_another_language_say_so_and_markup_in_a_name_is_text(page: Page) -> None:
    html = page("id/London", "zh")

    assert "<h1>伦敦</h1>" in html
    assert '<p class="names"><span lang="en">London</span> · <code>id:London</code></p>' in html
    assert '<span lang="en">Greater &lt;London&gt;</span>' in html


def test_statements_stand_under_the_pattern_of_their_relation(page: Page, text_of: Text) -> None:
    assert text_of(page("id/London"), "Pattern") == (
        "city pattern id:Pattern is a member of C40 mode: friendly mode "
        "fact · page 10, paragraph 2 ev:p10.2-fact what if not? "
        "is near Paris derived: fact why? "
        "… was founded at London C40 mode: friendly mode "
        "fact · page 10, paragraph 2 ev:p10.2-fact what if not?"
    )


def test_no_heading_is_a_link(page: Page) -> None:
    for path in PATHS:
        headings = re.findall(r"<h[1-6]>.*?</h[1-6]>", page(path), re.DOTALL)
        assert headings
        assert not [heading for heading in headings if "<a" in heading]


def test_questions_about_a_statement_name_it_as_what_they_are_about(page: Page) -> None:
    html = page("id/London")
    asked = re.findall(r'<a [^>]*aria-describedby="(\w+)">([^<]*)</a>', html)
    told = []
    for name in {name for name, _ in asked}:
        (found,) = re.findall(rf'id="{name}">(.*?)</(?:li|tr)>', html, re.DOTALL)
        told.append(" ".join(re.sub(r"<[^>]+>", "", found).split()))

    assert {label for _, label in asked} == {"why?", "what if not?"}
    assert any(text.startswith("is near Paris") for text in told)


def test_the_names_of_the_questions_are_those_of_the_language(page: Page) -> None:
    html = page("id/London", "zh")

    asked = set(re.findall(r'aria-describedby="\w+">([^<]*)</a>', html))
    assert asked == {"为什么？", "若非如此？"}


def test_the_class_leads_to_its_members(page: Page) -> None:
    way = page("id/London").partition('class="way">')[2].partition("</ol>")[0]

    assert '<a href="/classes/City">city</a>' in way


def test_the_page_of_a_class_leads_to_its_members_and_its_place_in_the_ontology(page: Page) -> None:
    html = page("ontology#City")

    assert '<a href="/classes/City">All members</a>' in html
    assert '<a href="/ontology#City">In the ontology</a>' in html


def test_the_page_of_a_term_tells_its_axioms_and_no_statement_that_these_tell() -> None:
    ontology = (
        'glocal:City a owl:Class ; rdfs:label "city"@en ; rdfs:subClassOf glocal:Place . '
        'glocal:Place a owl:Class ; rdfs:label "place"@en . '
    )
    store = store_of(f"{ontology} graph:ontology {{ {ontology} }}")
    city = NamedNode(f"{BASE}ontology#City")
    about = documents_about(
        store, city, "ontology/City", (*GRAPH_FORMATS, HTML), stem="/data/ontology/City"
    )

    html = (
        ResourcePageWriter(store, Describer(store), terms_of(store), axioms_of(store))
        .page(about, city, Language("en", False))
        .decode()
    )

    axioms = html.partition('<section id="axioms">')[2].partition("</section>")[0]
    assert '<dt>Superclasses</dt>\n<dd><a href="/data/ontology/Place">place</a></dd>' in axioms
    assert "subclass of" not in html
    way = html.partition('class="way">')[2].partition("</ol>")[0]
    assert '<a href="/ontology">Ontology</a>' in way


def test_a_graph_a_passage_and_a_rule_are_not_drawn(page: Page) -> None:
    for path in ("source/wang/p10.2", "evidence/p10.2-fact", "rule/r"):
        assert "<svg" not in page(path)


def test_every_world_is_one_link_away(page: Page) -> None:
    assert '<a href="?view=paper&amp;world=Doe" rel="nofollow">J. Doe</a>' in page("id/London")


@pytest.mark.parametrize("path", ["ontology#City", "evidence/p10.2-fact"])
def test_a_page_that_no_world_changes_offers_none(page: Page, path: str) -> None:
    assert "world=Doe" not in page(path)


def test_worlds_stand_in_the_order_of_pronunciation() -> None:
    held = {"A": "周", "B": "白", "C": "蔡"}
    store = store_of(
        " ".join(
            f"""id:{key} rdfs:label "{name}"@zh . ev:{key} a glocal:Evidence ;
            glocal:hasStatus glocal:Claim ; glocal:heldBy id:{key} .
            ev:{key} {{ id:City glocal:near id:{key} }}
            graph:meta {{ ev:{key} a glocal:Evidence ; glocal:hasStatus glocal:Claim ;
            glocal:heldBy id:{key} . }}"""
            for key, name in held.items()
        )
    )

    worlds = terms_of(store)(Language("zh", False)).worlds
    assert [*worlds][:3] == [ID["B"], ID["C"], ID["A"]]


def test_a_holder_is_told_by_the_claims_and_the_world(page: Page, text_of: Text) -> None:
    held = text_of(page("id/Doe"), "held")
    assert 'id="disagreements"' not in page("id/Doe")

    assert held == (
        "What J. Doe claims, hopes or plans Everything as J. Doe sees it "
        "glocal:Claim · held by J. Doe · page 10, paragraph 2 ev:p10.2-claim-Doe "
        "London glocal:rules Paris why? what if not?"
    )


def test_the_neighbourhood_is_drawn_and_told_as_a_list(page: Page, text_of: Text) -> None:
    html = page("id/London")
    drawn = html.partition('<section id="drawn">')[2].partition("</section>")[0]
    drawing, _, legend = drawn.partition('<ul class="legend row">')
    styles = ["status-Fact", "status-Fact derived"]

    assert re.findall(r'<path class="edge ([^"]*)"', drawing) == styles
    assert re.findall(r'<path class="edge ([^"]*)"', legend) == styles
    assert re.findall(r'<span class="chip ([^"]*)"', legend.partition("</ul>")[0]) == styles
    assert re.search(r'<a href="/id/C40"[^>]*><text class="node"', drawn)
    assert "London is near Paris derived: fact" in text_of(html, "drawn")


def test_programs_get_the_request_and_readers_the_words_to_cite(page: Page, text_of: Text) -> None:
    html = page("id/London")
    documents = text_of(html, "documents")

    assert "curl http://host/data/id/London.jsonld" in documents
    assert 'Graph().parse("http://host/data/id/London.ttl")' in documents
    iri = '<a href="/id/London"><code>https://w3id.org/glocal/id/London</code></a>'
    assert f"London</span>. Release <code>c0ffee</code>. {iri}" in html


def test_what_says_no_more_than_its_pattern_is_told_by_what_says_more(page: Page) -> None:
    # C40 and Paris are both related somehow, and to both something more telling is known.
    assert "is somehow related to" not in page("id/London")


def test_a_derived_statement_leads_to_its_explanation(page: Page) -> None:
    assert (
        'href="/explain?subject=id%3ALondon&amp;predicate=glocal%3Anear&amp;object=id%3AParis"'
        in page("id/London")
    )


def test_what_does_not_hold_is_told_apart_with_its_holder(page: Page, text_of: Text) -> None:
    html = page("id/London")

    assert text_of(html, "claims").endswith(
        "glocal:rules Paris "
        "glocal:Claim · held by J. Doe · page 10, paragraph 2 ev:p10.2-claim-Doe "
        "why? what if not?"
    )
    assert "glocal:rules" not in text_of(html, "Pattern")


def test_figures_are_a_table_with_their_source(page: Page, text_of: Text) -> None:
    html = page("id/London")

    assert text_of(html, "figures") == (
        "Figures Observations of London value source 7.5 "
        "fact · page 10, paragraph 2 ev:p10.2-fact id:obs · what if not?"
    )
    assert '<th scope="col">' in html
    assert '<th scope="row">7.5</th>' in html


def test_a_property_in_chinese_takes_the_thing_in_its_midst(page: Page, text_of: Text) -> None:
    assert "… 在伦敦创立 C40" in text_of(page("id/London", "zh"), "Pattern")


def test_in_a_chinese_sentence_the_thing_stands_in_the_midst_of_its_relation(
    page: Page, text_of: Text
) -> None:
    held = text_of(page("evidence/p10.2-fact", "zh"), "holds")

    assert "C40 在 伦敦 创立" in held
    assert "id:obs 属于 qb:Observation" in held


def test_a_note_is_no_paragraph(page: Page) -> None:
    assert "<h1>page 10, note 1</h1>" in page("source/wang/p10.n1")
    assert "<h1>第 10 页注 1</h1>" in page("source/wang/p10.n1", "zh")
    assert "<h1>page 10, heading 1</h1>" in page("source/wang/p10.h1")
    assert "<h1>第 10 页标题 1</h1>" in page("source/wang/p10.h1", "zh")
    assert "<h1>pages 10–11, paragraph 3</h1>" in page("source/wang/p10.3")
    assert "<h1>第 10–11 页第 3 段</h1>" in page("source/wang/p10.3", "zh")


@pytest.mark.parametrize(("language", "name"), [("en", "city"), ("zh", "城市")])
def test_the_way_to_a_page_is_the_same_in_both_languages(page: Page, language, name) -> None:
    way = page("id/Hakim", language).partition('class="way">')[2].partition("</ol>")[0]

    assert f">{name}</a>" in way


def test_a_class_from_the_list_of_entities_has_its_ground(page: Page) -> None:
    types = page("id/Hakim").partition('<details id="types">')[2].partition("</details>")[0]
    told = re.sub(r"<[^>]+>", " ", types)

    assert told.count("fact") == 2
    assert "graph:entities" in told


def test_a_passage_says_that_its_words_are_not_published() -> None:
    said = "The words of the text are not published here"
    store = store_of("""passage:p1.1 glocal:inSource id:Text ; glocal:page 1 .
        id:Text rdfs:label "The Text"@en .""")

    assert said in write(store, "source/wang/p1.1")
    assert 'From <a href="/id/Text">The Text</a>' in write(store, "source/wang/p1.1")
    assert said not in write(store, "id/Text")


def test_what_is_claimed_supposed_planned_and_imagined_stands_apart(text_of: Text) -> None:
    of_status = {
        status: f"ev:{status} {{ id:City glocal:meets id:{status} . }} "
        f"ev:{status} a glocal:Evidence ; glocal:hasStatus glocal:{status} ; "
        "glocal:heldBy id:Doe ."
        for status in ("Claim", "Hypothesis", "Plan", "Counterfactual")
    }
    html = write(store_of(" ".join(of_status.values())), "id/City")

    assert text_of(html, "claims").startswith("What others claim Whoever")
    assert "id:Claim" in text_of(html, "claims")
    assert "id:Hypothesis" in text_of(html, "hypotheses")
    assert "id:Hypothesis" not in text_of(html, "claims")
    assert "id:Plan" in text_of(html, "plans")
    assert "id:Counterfactual" in text_of(html, "plans")
    assert '<a href="#plans">Plans</a>' in html


@pytest.mark.parametrize("thing", ["Critic", "Doe", "Roe"])
def test_who_disagrees_is_told_to_whom_it_concerns(text_of: Text, thing: str) -> None:
    store = store_of("""glocal:opposes glocal:reportsDisagreement true .
        ev:a { id:Critic glocal:opposes id:Idea . }
        ev:a a glocal:Evidence ; glocal:hasStatus glocal:Thesis .
        ev:b { id:City glocal:follows id:Idea . }
        ev:b a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
        graph:c { id:Roe glocal:criticizedIn id:Critic . }
        graph:c a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading .""")
    told = text_of(write(store, f"id/{thing}"), "disagreements")

    assert "id:Critic glocal:opposes id:Idea glocal:Thesis" in told
    assert ("Claims of id:Doe about this id:City glocal:follows id:Idea" in told) == (
        thing == "Doe"
    )
    assert ("id:Roe glocal:criticizedIn id:Critic" in told) == (thing == "Roe")
    assert told.endswith("All disagreements that the release can prove or reports, with reasons")


def test_a_passage_tells_what_is_stated_and_mentioned_in_it(page: Page, text_of: Text) -> None:
    html = page("source/wang/p10.2")

    assert "<h1>page 10, paragraph 2</h1>" in html
    assert text_of(html, "mentions") == "Mentioned here London"
    read = text_of(html, "read")
    assert "ev:p10.2-fact C40 was founded at London what if not?" in read
    assert "held by J. Doe" in read


def test_an_evidence_graph_tells_what_it_holds(page: Page, text_of: Text) -> None:
    held = text_of(page("evidence/p10.2-claim-Doe"), "holds")

    assert held == (
        "Contents of this graph "
        "glocal:Claim · held by J. Doe · page 10, paragraph 2 ev:p10.2-claim-Doe "
        "London glocal:rules Paris why? what if not?"
    )


def test_an_evidence_graph_tells_its_note_and_its_grounds_once() -> None:
    note = "Said in passing."
    store = store_of(f"""ev:a {{ id:City glocal:near id:Town . }}
        ev:a a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p1.1 ;
            skos:note "{note}"@en . glocal:hasStatus rdfs:label "has status"@en .""")
    html = write(store, "evidence/a")

    assert html.count(note) == 1
    assert "has status" not in html


def test_a_rule_tells_its_sentence_and_leads_to_its_text(page: Page) -> None:
    html = page("rule/r")

    assert "Near is near." in html
    assert '<a href="/ontology/rules/r.rq"><code>rules/r.rq</code></a>' in html


def test_a_name_in_a_language_without_pages_may_run_the_other_way(page: Page) -> None:
    assert '<h1><span lang="ar" dir="auto">حكيم</span></h1>' in page("id/Hakim")


def test_other_data_sets_and_other_forms_are_links(page: Page) -> None:
    html = page("id/London")

    assert '<a href="http://www.wikidata.org/entity/Q84">wd:Q84</a>' in html
    assert '<a href="/data/id/London.jsonld">.jsonld</a>' in html
    assert '<link rel="cite-as" href="https://w3id.org/glocal/id/London">' in html
    assert '<link rel="alternate" href="/data/id/London.ttl" type="text/turtle">' in html


def test_a_language_that_was_asked_for_is_kept_from_page_to_page(page: Page) -> None:
    assert 'href="/id/C40?lang=zh"' in page("id/London", "zh", is_asked=True)
    assert 'href="/id/C40"' in page("id/London", "zh")


def test_the_page_in_the_other_language_is_one_link_away(page: Page) -> None:
    link = '<a href="/data/id/London.html?lang=zh" hreflang="zh" lang="zh" rel="alternate">'

    assert link in page("id/London")


def test_the_fragment_that_links_to_all_incoming_statements_is_on_the_page() -> None:
    many = " ".join(f"id:n{number} glocal:likes id:London ." for number in range(101))
    store = store_of(many)
    thing = NamedNode(f"{BASE}id/London")
    about = documents_about(
        store, thing, "id/London", (*GRAPH_FORMATS, HTML), stem="/data/id/London"
    )

    html = ResourcePageWriter(store, Describer(store), terms_of(store), axioms_of(store)).page(
        about, thing, Language("en", False)
    )

    assert Outline(html.decode()).ids["incoming"] == 1


def test_statements_that_the_page_does_not_list_are_not_said_to_be_shown() -> None:
    many = " ".join(f"id:n{number} a glocal:City ." for number in range(101))
    store = store_of(f"{many} glocal:City a owl:Class .")
    thing = GLOCAL["City"]
    about = documents_about(store, thing, "ontology/City", (*GRAPH_FORMATS, HTML), stem="/data/x")

    html = ResourcePageWriter(store, Describer(store), terms_of(store), axioms_of(store)).page(
        about, thing, Language("en", False)
    )

    assert "incoming" not in Outline(html.decode()).ids


def test_a_hostile_name_or_iri_stays_text() -> None:
    store = store_of(
        """id:Evil rdfs:label "\\"'><script>alert(1)</script>{{ 7 * 7 }}"@en ;
        skos:exactMatch <javascript:alert(1)> , <http://e.org/?a='b'&c> . """
    )
    thing = NamedNode(f"{BASE}id/Evil")
    about = documents_about(store, thing, "id/Evil", (*GRAPH_FORMATS, HTML), stem="/data/id/Evil")

    html = ResourcePageWriter(store, Describer(store), terms_of(store), axioms_of(store)).page(
        about, thing, Language("en", False)
    )
    outline = Outline(html.decode())

    assert (
        "<h1>&#34;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}</h1>" in html.decode()
    )
    assert b"<script>" not in html
    assert "http://e.org/?a='b'&c" in outline.links
    assert not any(link.startswith("javascript:") for link in outline.links)


JUDGED = """
id:London rdfs:label "London"@en . glocal:near rdfs:label "is near"@en .
ev:r { id:London glocal:near id:C . } ev:r a glocal:Evidence ; glocal:hasStatus glocal:Reading .
ev:c { id:London glocal:near id:D . } ev:c a glocal:Evidence ; glocal:hasStatus glocal:Claim ;
    glocal:heldBy id:Doe .
graph:derived-reading { id:London glocal:near id:E . }
graph:derived-reading a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading .
"""


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("", "with our readings, 2 more"),
        ("id:London glocal:near id:C .", "with our readings, 1 more"),
        ("id:London glocal:near id:C , id:E .", "with our readings"),
    ],
)
def test_a_view_says_how_many_statements_more_it_has(held: str, said: str) -> None:
    html = write(store_of(JUDGED + held), "id/London")

    assert f'<a href="/data/id/London.html?view=readings" rel="nofollow">{said}</a>' in html
    assert '<b aria-current="true">the paper</b>' in html
    assert '?view=facts" rel="nofollow">facts only</a>' in html
