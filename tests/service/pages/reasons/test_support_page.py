"""The support of a row as JSON and as a page, on a few statements."""

import re

import pytest
from pyoxigraph import Literal, NamedNode

from kg.describe.evidence import ProvenanceReader
from kg.describe.query_patterns import Untraced
from kg.describe.row_support import RowSupport, RowTracer
from kg.namespaces import ID, PREFIXES
from kg.sparql.query import Query
from kg.statuses import Base, Standing
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGE_NAMES, Language
from service.pages.reasons.proof_page import ProofWriter
from service.pages.reasons.support_page import SupportPage, describe_support, write_support_page
from service.pages.terms import TermWriter, read_words
from tests.service.conftest import store_of

PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
TRIG = """
id:A rdfs:label "<b>A</b>"@en ; id:knows id:B , _:b . id:knows rdfs:label "knows"@en .
ev:claim glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann ; glocal:fromPassage id:P .
graph:d a glocal:DerivedGraph ; glocal:hasStatus glocal:Claim ; glocal:byRule rule:r .
ev:claim { id:A id:knows id:B } graph:d { id:A id:knows id:B }
"""
QUERY = Query(PROLOGUE + "SELECT ?b { ?a id:knows ?b ; rdfs:label ?name }")
ROW = {"b": ID["B"]}


@pytest.fixture(scope="module")
def store() -> Store:
    return store_of(TRIG)


def page(store: Store, support: RowSupport, *untraced: Untraced) -> str:
    asked = SupportPage(Language("en", is_explicit=False), "/path", "/result", [("row", "{}")])
    terms = TermWriter(store, asked.language)
    writer = ProofWriter(terms, store)
    written = write_support_page(
        terms, asked, QUERY, ROW, support, untraced, step=None, writer=writer
    )
    return written.decode()


def test_a_triple_has_its_grounds_the_asserted_first_and_the_path_of_its_proof(
    store: Store,
) -> None:
    found = RowTracer(store, QUERY, ProvenanceReader(store)).trace([ROW], 10)

    [row] = describe_support([ROW], found, [], Standing(Base.FACT))["rows"]

    label, knows = sorted(row["triples"], key=lambda one: len(one["grounds"]))
    claim, derived = knows["grounds"]
    assert (claim["holders"], claim["passages"]) == ([ID["Ann"].value], [ID["P"].value])
    assert (claim["derived"], derived["derived"], knows["derived"]) == (False, True, False)
    assert knows["explanation"].endswith("object=id%3AB&view=facts")
    assert (label["grounds"], "explanation" in label) == ([], False)
    assert row["weakest"] == {"status": f"{PREFIXES['glocal']}Claim", "derived": False}


def test_whether_a_row_is_in_the_answer_is_left_open_if_not_all_was_read() -> None:
    unread = RowSupport(is_complete=False)

    [open_row, wrong] = describe_support([ROW, ROW], [unread, RowSupport()], [])["rows"]

    assert "found" not in open_row
    assert wrong["found"] is False


def test_the_page_says_so_too(store: Store) -> None:
    assert "has too many matches" in page(store, RowSupport(is_complete=False))
    assert "is not in the answer" in page(store, RowSupport())


def test_labels_are_text_and_other_terms_have_no_proof(store: Store) -> None:
    [support] = RowTracer(store, QUERY, ProvenanceReader(store)).trace([ROW], 10)

    written = page(store, support)

    assert "&lt;b&gt;A&lt;/b&gt;" in written
    assert "<b>A" not in written
    assert written.count('aria-describedby="statement-') == 2
    assert re.search('<a class="otherwise" [^>]*href="/whatif[?]remove=[^"]*world=Ann"', written)


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
@pytest.mark.parametrize("kind", Untraced)
def test_what_is_not_traced_is_said_in_every_language(language: str, kind: Untraced) -> None:
    [said] = describe_support([], [], [kind])["untraced"]

    assert said["kind"] == kind
    assert said["reason"][language] == read_words(language)[f"support-untraced-{kind}"]
    assert len({*said["reason"].values()}) == len(LANGUAGE_NAMES)


def test_a_literal_in_a_row_is_written_with_its_language() -> None:
    row: dict[str, NamedNode | Literal] = {"x": Literal("伦敦", language="zh")}

    [described] = describe_support([row], [RowSupport()], [])["rows"]

    assert described["row"] == {"x": {"type": "literal", "value": "伦敦", "xml:lang": "zh"}}
