"""Statement nodes on pages: each is one entry with its parts, wherever it is told."""

import re
from html import unescape

import pytest

from kg.store.quad_store import Store
from tests.service.conftest import store_of
from tests.service.pages.things.test_resource_page import write

TRIG = """
glocal:Comparison rdfs:label "comparison"@en ; glocal:describesThrough glocal:compares ,
    glocal:comparedWith .
glocal:compares rdfs:label "compares"@en . glocal:comparedWith rdfs:label "is drawn with"@en .
glocal:outcome rdfs:label "has the result"@en .
id:City rdfs:label "city"@en ; a glocal:Kind . id:State rdfs:label "state"@en ; a glocal:Kind .
id:Different rdfs:label "different"@en . id:Doe rdfs:label "J. Doe"@en .
passage:p1.1 a glocal:Passage ; glocal:page 1 ; glocal:paragraph "1" .
ev:p1.1-claim-Doe { id:comparison-1 a glocal:Comparison ; glocal:compares id:City ;
    glocal:comparedWith id:State ; glocal:outcome id:Different . id:City glocal:leaves id:State . }
ev:p1.1-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p1.1 ; skos:note "Said once."@en .
ev:p1.1-thesis { id:comparison-2 a glocal:Comparison ; glocal:compares id:State ;
    glocal:comparedWith id:City ; glocal:outcome id:Different . }
id:comparison-2 a glocal:Comparison ; glocal:compares id:State ; glocal:comparedWith id:City ;
    glocal:outcome id:Different .
ev:p1.1-thesis a glocal:Evidence ; glocal:hasStatus glocal:Thesis ;
    glocal:fromPassage passage:p1.1 ; skos:note "A note of a thesis."@en .
"""


@pytest.fixture(scope="module")
def nodes() -> Store:
    return store_of(TRIG)


def section(page: str, key: str) -> str:
    return page.partition(f'<section id="{key}">')[2].partition("</section>")[0]


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def entries(html: str) -> list[str]:
    """The entries of statement nodes, as text."""
    return [text_of(part.partition("</ul>")[0]) for part in html.split('<div class="entry"')[1:]]


def test_a_passage_tells_a_node_once_with_its_parts(nodes: Store) -> None:
    read = section(write(nodes, "source/wang/p1.1"), "read")

    thesis, claim = (part for part in entries(read))
    assert "comparison: state, city" in thesis
    assert "comparison: city, state" in claim
    for entry in (thesis, claim):
        assert [entry.count(part) for part in ("comparison:", "has the result different")] == [1, 1]
    assert text_of(read).count("city glocal:leaves") == 1


def test_a_passage_counts_what_was_read_from_it(nodes: Store) -> None:
    page = write(nodes, "source/wang/p1.1")

    # A sentence and two nodes.
    assert re.search(r'<a href="#read">[^<]*</a> <small>3</small>', page)
    assert "<h2>About this passage itself</h2>" in page
    assert "<h2>Statements</h2>" not in page


def test_what_others_claim_by_a_node_is_not_told_as_if_it_were_of_the_thing(nodes: Store) -> None:
    claims = section(write(nodes, "id/State"), "claims")

    [entry] = entries(claims)
    assert entry.partition("comparison: city, state")[2].count("Said once.") == 1
    assert "has the result different" in entry
    assert "has the result" not in text_of(claims.partition('<div class="entry"')[0])
    assert "glocal:Comparison" not in claims


def test_the_note_of_a_node_stands_at_its_head(nodes: Store) -> None:
    more = section(write(nodes, "id/State"), "more")

    assert text_of(write(nodes, "id/State")).count("A note of a thesis.") == 1
    assert "comparison: state, city" in text_of(more)
