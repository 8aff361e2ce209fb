"""Pages of proofs by the small release of this folder, as text without tags."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

import pytest
from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.namespaces import DCTERMS, EVIDENCE, FOAF, GLOCAL, GRAPH, ID, PREFIXES, RDFS, XSD
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, EvidenceGraph, Passage, Proof
from kg.reasoning.rules.patterns import Atom, Negation
from kg.reasoning.rules.rule import Rule
from kg.release.void import DATASET
from kg.statuses import Attribution, Base, Standing, Status, World, attribute
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.reasons.proof_page import FORMATS, ProofPageWriter
from tests.service.pages.things.test_resource_page import Outline

# Links to parts of every page.
SKIPS = ("#content", "#suppositions")
SENTENCE = {"en": "Near is <near>.", "zh": "近者相近。"}
MEMBER = Triple(ID["London"], GLOCAL["memberOf"], ID["C40"])
HELD = EvidenceGraph(
    EVIDENCE["p10.2-fact"],
    Status.FACT,
    passages=(Passage(NamedNode(f"{PREFIXES['passage']}p10.2"), "10", "2"),),
)
FACT = Standing(Base.FACT)
CITED = (
    Triple(DATASET, DCTERMS["title"], Literal("Cities", language="en")),
    Triple(DATASET, DCTERMS["creator"], ID["Ann"]),
    Triple(ID["Ann"], FOAF["name"], Literal("Ann")),
    Triple(DATASET, DCTERMS["issued"], Literal("2026-11-25", datatype=XSD["date"])),
)
LEAF = Proof(MEMBER, FACT, Attribution(Status.FACT), evidence=(HELD,))
ABSENT = Negation((Atom(ID["Paris"], GLOCAL["near"], Variable("z")),))
RULE = Rule("r", (), (), sentence=SENTENCE, source="a <source>", location="rules/r.rq:1")
DERIVED = Proof(
    Triple(ID["London"], GLOCAL["foundedAt"], ID["Paris"]),
    FACT,
    Attribution(Status.FACT),
    rule=RULE,
    premises=(LEAF,),
    absent=(ABSENT,),
)


class Pages:
    """Writes pages of proofs."""

    def __init__(self, store: Store) -> None:
        self._pages = ProofPageWriter(store, {"rules/r.rq"})

    def html(self, *proofs: AnyProof, language: str = "en", is_asked: bool = False) -> str:
        """A page of these proofs."""
        asked = Language(language, is_asked)
        return self._pages.page(proofs, asked, title="why-title", path="/explain?a=b").decode()

    def explained(self, *proofs: Proof, language: str = "en", has_more: bool = False) -> str:
        """The page of /explain with these proofs of a triple."""
        asked, path = Language(language, False), "/explain?subject=London&view=facts&format=html"
        written = self._pages.page(
            proofs,
            asked,
            title="why-title",
            path=path,
            triple=proofs[0].triple,
            has_more=has_more,
            cited=CITED,
        )
        return written.decode()

    def text(self, *proofs: AnyProof, language: str = "en") -> str:
        """Return the text between the heading of the page and its other formats."""
        _, _, below = self.html(*proofs, language=language).partition("</h1>")
        main, _, _ = below.rpartition('<p class="quiet">')
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture(scope="module")
def pages(small: Store) -> Pages:
    return Pages(small)


def test_a_proof_is_told_in_labels_down_to_its_passage(pages: Pages) -> None:
    drawn = "derived: fact London was founded at Paris fact London is a member of C40"
    assert pages.text(DERIVED) == (
        f"{drawn} London was founded at Paris derived: fact "
        "because: Near is <near>. rule rule:r · a <source> · rules/r.rq:1 "
        "absent: id:Paris glocal:near ?z "
        "London is a member of C40 fact · page 10, paragraph 2 ev:p10.2-fact what if not?"
    )


def test_a_page_in_chinese_tells_the_rule_in_chinese_alone(pages: Pages) -> None:
    text = pages.text(DERIVED, language="zh")

    assert "伦敦在巴黎创立 fact" in text
    assert "伦敦 在 巴黎 创立 推导得出： fact 依据规则：近者相近。 规则 rule:r" in text
    assert "不存在： id:Paris glocal:near ?z" in text
    assert "· 第 10 页第 2 段 ev:" in text
    assert "Near is" not in text


def test_what_qualifies_the_evidence_is_told_there_and_on_what_follows(pages: Pages) -> None:
    held = replace(
        HELD,
        qualifiers=(GLOCAL["Mainly"],),
        purposes=(ID["Growth"],),
        times=((GLOCAL["validFrom"], Literal("2001", datatype=XSD["gYear"])),),
    )
    proof = replace(DERIVED, premises=(replace(LEAF, evidence=(held,)),))

    text = pages.text(proof)
    assert "derived: fact · qualified by glocal:Mainly , as its premises are because:" in text
    assert (
        "fact · glocal:Mainly · in order to reach id:Growth · since 2001 · "
        "page 10, paragraph 2 ev:p10.2-fact"
    ) in text
    assert "与前提有相同的限定： glocal:Mainly" in pages.text(proof, language="zh")


def test_curies_are_shown_where_somebody_points_and_all_leads_somewhere(pages: Pages) -> None:
    html = pages.html(DERIVED, is_asked=True)
    links = Outline(html).links

    assert 'title="id:London glocal:memberOf id:C40"><a href="/id/London?lang=en">' in html
    assert {"/source/wang/p10.2?lang=en", "/rule/r?lang=en", "/ontology/rules/r.rq"} <= set(links)
    assert "/explain?a=b&lang=zh" in links


@pytest.mark.parametrize("proofs", [(), (DERIVED,), (DERIVED, LEAF)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_proofs_is_well_formed(
    pages: Pages, language: str, proofs: Sequence[AnyProof]
) -> None:
    outline = Outline(pages.html(*proofs, language=language))

    assert outline.open == []
    assert outline.levels == [1]
    assert max(outline.ids.values()) == 1
    targets = [link[1:] for link in outline.links if link.startswith("#") and link not in SKIPS]
    assert set(targets) <= set(outline.ids)
    assert len(targets) == sum(one.size for one in proofs if one.premises)


def test_a_leaf_leads_to_the_what_if_without_it_in_a_view_that_shows_what_is_proved(
    pages: Pages,
) -> None:
    reading = replace(DERIVED, standing=Standing(Base.READING))
    leaf = "/whatif?remove=id:London%20glocal:memberOf%20id:C40"

    links, of_reading = (Outline(pages.html(one)).links for one in (DERIVED, reading))
    assert [link for link in links if link.startswith("/whatif?")] == [leaf]
    assert f"{leaf}&view=readings" in of_reading
    assert 'aria-describedby="proof-1-2-says">what if not?</a>' in pages.html(DERIVED)
    assert ">若非如此？</a>" in pages.html(DERIVED, language="zh")


def test_a_supposed_leaf_cannot_be_removed(pages: Pages) -> None:
    supposed = replace(LEAF, evidence=(EvidenceGraph(GRAPH["supposed"], Status.FACT),))

    assert pages.text(supposed) == "London is a member of C40 supposed as strong as: fact"
    assert "/whatif?remove" not in pages.html(supposed)


def test_a_step_that_occurs_again_leads_to_where_it_is_shown(pages: Pages) -> None:
    twice = replace(DERIVED, premises=(LEAF, LEAF))

    html = pages.html(twice)
    assert html.count('id="proof-1-2"') == 1
    assert '<a class="quiet" href="#proof-1-2">shown above</a>' in html
    assert html.count('<a href="#proof-1-2" class="box') == 1


def test_the_proofs_of_a_triple_come_with_its_form_and_lead_to_all(pages: Pages) -> None:
    html = pages.explained(DERIVED, has_more=True)

    assert "<title>Explanation: London was founded at Paris - Glocal</title>" in html
    assert "<h1>London was founded at Paris</h1>" in html
    headings = ["Proof", "Formats and citation", "Ask about another statement"]
    assert re.findall("<h2>(.*)</h2>", html) == headings
    assert 'name="predicate" value="glocal:foundedAt"' in html
    assert '&amp;limit=50">Show every proof</a>' in html
    all_of_them = pages.explained(DERIVED, LEAF)
    assert "<h2>Proof 2</h2>" in all_of_them
    assert "Show every proof" not in all_of_them
    way = html.partition('aria-label="Breadcrumb"')[2].partition("</nav>")[0]
    assert '<a href="/id/London">London</a>' in way


def test_a_rule_says_which_kind_of_axiom_it_is_compiled_from(pages: Pages) -> None:
    compiled = replace(DERIVED, rule=replace(RULE, name="prp-spo2-near-far"))

    kinds = ("property chain axiom", "属性链公理")
    for language, kind in zip(("en", "zh"), kinds, strict=True):
        assert f"</a> · {kind}" in pages.explained(compiled, language=language)
        assert kind not in pages.explained(DERIVED, language=language)


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.READING, "held by"), (Status.HYPOTHESIS, "as read by"), (Status.PLAN, "as read by")],
)
def test_nobody_holds_what_is_proved_by_hypotheses(
    pages: Pages, status: Status, words: str
) -> None:
    proved = replace(DERIVED, attribution=Attribution(status, ID["Doe"]))

    assert f'· {words} <a href="/id/Doe">J. Doe</a></p>' in pages.explained(proved)


def test_the_drawing_of_a_proof_is_named_by_what_is_proved(pages: Pages) -> None:
    name = 'aria-label="Drawing of the proof: London was founded at Paris"'
    assert name in pages.explained(DERIVED)
    assert 'aria-label="证明图示：伦敦在巴黎创立"' in pages.explained(DERIVED, language="zh")


def test_a_proof_says_in_which_views_and_world_it_holds(pages: Pages) -> None:
    claimed = Standing(Base.READING, World(Status.CLAIM, ID["Doe"]))
    nowhere = replace(LEAF, standing=None, attribution=Attribution(Status.PLAN))

    shown = [pages.explained(replace(LEAF, standing=one)) for one in (FACT, claimed)]
    assert "Holds in view: facts only · the paper · with our readings</p>" in shown[0]
    world = 'with our readings · in the world: <a href="/id/Doe">J. Doe</a></p>'
    assert f"Shown in view: {world}" in shown[1]
    assert "Holds in no view" in pages.explained(nowhere)
    assert "成立于视图：事实 · 论文" in pages.explained(LEAF, language="zh")


def test_a_proof_comes_in_other_formats_and_is_cited_by_release_day_and_address(
    pages: Pages,
) -> None:
    own = "/explain?subject=id:London&view=facts&predicate=glocal:foundedAt&object=id:Paris"
    html, chinese = (pages.explained(DERIVED, language=language) for language in ("en", "zh"))

    links = [link for link in Outline(html).links if link.startswith(own)]
    assert [*links, own] == [*(f"{own}&format={name}" for name in FORMATS), own, own]
    cited = unescape(re.sub("<[^>]+>", "", html.partition('<p class="citation">')[2]))
    address = f"https://w3id.org/glocal{own}"
    assert cited.startswith("Cite or link as: London was founded at Paris. Cities. Ann, 2026-11-25")
    assert f". Release c0ffee. {address}" in " ".join(cited.split())
    assert "伦敦在巴黎创立。" in chinese
    assert ">纯文本</a>" in chinese


def test_what_no_evidence_graph_holds_is_asserted_in_its_graph(pages: Pages) -> None:
    name = Triple(ID["London"], RDFS["label"], Literal("<b>", language="fr"))
    proof = Proof(name, evidence=(EvidenceGraph(NamedNode("urn:graph")),))

    assert pages.text(proof) == "London has the name <b> asserted · urn:graph"
    assert "/whatif?" not in pages.html(proof)
    assert '<span lang="fr" dir="auto">&lt;b&gt;</span>' in pages.html(proof)
    assert "urn:graph</a>" not in pages.html(proof)


def test_a_contradiction_leads_to_its_document_and_names_whose_claim_it_is(pages: Pages) -> None:
    iri = NamedNode("https://w3id.org/glocal/contradiction/r-1")
    standing = Standing(Base.FACT, World(Status.CLAIM, ID["Doe"]))
    clash = ContradictionProof(RULE, (LEAF,), standing, attribute(standing, ID["Paris"]), iri)

    assert (
        "Contradiction derived: glocal:Reading · held by Paris · "
        "follows from a claim of J. Doe because: Near is <near>."
    ) in pages.text(clash)
    assert '<a href="/contradiction/r-1">Contradiction</a>' in pages.html(clash)


def test_a_contradiction_is_told_by_its_sides_before_its_proof_which_is_folded(
    pages: Pages,
) -> None:
    supposed = replace(LEAF, evidence=(EvidenceGraph(GRAPH["supposed"], Status.FACT),))
    sides = (LEAF, replace(DERIVED, premises=(supposed,)))
    clash = ContradictionProof(RULE, sides, FACT, Attribution(Status.FACT))

    told, _, folded = pages.html(clash).partition("<details><summary>proof</summary>")
    assert " ".join(unescape(re.sub("<[^>]+>", " ", told)).split()).endswith(
        "Contradiction : Near is <near>. London is a member of C40 fact · page 10, paragraph 2 "
        "ev:p10.2-fact London was founded at Paris would follow from what is supposed "
        "as strong as: fact"
    )
    assert '<ul class="proof">' in folded


def test_where_there_is_no_proof_it_is_said(pages: Pages) -> None:
    assert (pages.text(), pages.text(language="zh")) == (
        "None in this release.",
        "本发布版中没有。",
    )
