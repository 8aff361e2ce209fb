"""Pages of proofs by the small release of this folder, as text without tags."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

import pytest
from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES, RDFS, XSD
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, EvidenceGraph, Passage, Proof
from kg.reasoning.rules.patterns import Atom, Negation
from kg.reasoning.rules.rule import Rule
from kg.statuses import Attribution, Base, Standing, Status, World, attribute
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.proof_page import ProofPageWriter
from tests.service.pages.test_resource_page import Outline

SENTENCE = {"en": "Near is <near>.", "zh": "近者相近。"}
MEMBER = Triple(ID["London"], GLOCAL["memberOf"], ID["C40"])
HELD = EvidenceGraph(
    EVIDENCE["p10.2-fact"],
    Status.FACT,
    passages=(Passage(NamedNode(f"{PREFIXES['passage']}p10.2"), "10", "2"),),
)
FACT = Standing(Base.FACT)
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

    def text(self, *proofs: AnyProof, language: str = "en") -> str:
        """Return the text below the heading of the page."""
        _, _, below = self.html(*proofs, language=language).partition("</h1>")
        main, _, _ = below.partition("</main>")
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture(scope="module")
def pages(small: Store) -> Pages:
    return Pages(small)


def test_a_proof_is_told_in_labels_down_to_its_passage(pages: Pages) -> None:
    assert pages.text(DERIVED) == (
        "Proof 1 London was founded at Paris derived: fact "
        "rule: Near is <near>. · rule:r · a <source> · rules/r.rq:1 "
        "absent: id:Paris glocal:near ?z "
        "London is a member of C40 fact fact · page 10, paragraph 2 · ev:p10.2-fact"
    )


def test_a_page_in_chinese_tells_the_rule_in_chinese_alone(pages: Pages) -> None:
    text = pages.text(DERIVED, language="zh")

    assert text.startswith("证明 1 伦敦 在 巴黎 创立 推导得出： fact 规则：近者相近。 · rule:r")
    assert "未见： id:Paris glocal:near ?z" in text
    assert "· 第 10 页第 2 段 ·" in text
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
    assert "derived: fact qualified by glocal:Mainly , as its premises are rule:" in text
    assert (
        "fact · page 10, paragraph 2 · glocal:Mainly · in order to reach id:Growth · "
        "glocal:validFrom 2001 · ev:p10.2-fact"
    ) in text
    assert "随前提限定： glocal:Mainly" in pages.text(proof, language="zh")


def test_curies_are_shown_where_somebody_points_and_all_leads_somewhere(pages: Pages) -> None:
    html = pages.html(DERIVED, is_asked=True)
    links = Outline(html).links

    assert '<span title="id:London glocal:memberOf id:C40"><a href="/id/London?lang=en">' in html
    assert {"/source/wang/p10.2?lang=en", "/rule/r?lang=en", "/ontology/rules/r.rq"} <= set(links)
    assert "/explain?a=b&lang=zh" in links


@pytest.mark.parametrize("proofs", [(), (DERIVED,), (DERIVED, LEAF)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_proofs_is_well_formed(
    pages: Pages, language: str, proofs: Sequence[AnyProof]
) -> None:
    outline = Outline(pages.html(*proofs, language=language))

    assert outline.open == []
    assert outline.levels == [1, *(2 for _ in proofs)]
    assert max(outline.ids.values()) == 1


def test_what_no_evidence_graph_holds_is_asserted_in_its_graph(pages: Pages) -> None:
    name = Triple(ID["London"], RDFS["label"], Literal("<b>", language="fr"))
    proof = Proof(name, evidence=(EvidenceGraph(NamedNode("urn:graph")),))

    assert pages.text(proof) == "Proof 1 London has the name <b> asserted urn:graph"
    assert '<span lang="fr" dir="auto">&lt;b&gt;</span>' in pages.html(proof)
    assert "urn:graph</a>" not in pages.html(proof)


def test_a_contradiction_leads_to_its_document_and_names_whose_claim_it_is(pages: Pages) -> None:
    iri = NamedNode("https://w3id.org/glocal/contradiction/r-1")
    standing = Standing(Base.FACT, World(Status.CLAIM, ID["Doe"]))
    clash = ContradictionProof(RULE, (LEAF,), standing, attribute(standing, ID["Paris"]), iri)

    assert pages.text(clash).startswith(
        "Proof 1 Contradiction derived: glocal:Reading held by Paris "
        "follows from a claim of J. Doe rule"
    )
    assert '<a href="/contradiction/r-1">Contradiction</a>' in pages.html(clash)


def test_where_there_is_no_proof_it_is_said(pages: Pages) -> None:
    assert (pages.text(), pages.text(language="zh")) == ("None.", "无。")
