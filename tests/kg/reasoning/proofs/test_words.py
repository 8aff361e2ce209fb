import pytest

from kg.reasoning.proofs.words import render_mermaid, render_text
from tests.kg.reasoning.proofs.conftest import Explained, evidence, triple

FOLLOWS = "Reading of id:GlocalMaintainers, by a claim of id:Ann"
SUB = "glocal:leads rdfs:subPropertyOf glocal:supports . "


@pytest.fixture
def proofs(explained: Explained) -> list:
    passage = 'passage:p01.1 glocal:page 1 ; glocal:paragraph "2" . '
    background = (
        "ev:b { id:b glocal:leads id:c . } ev:b a glocal:Evidence ; "
        "glocal:hasStatus glocal:Background ; dcterms:source wd:Q84 . "
    )
    claim = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")
    located = f"GRAPH graph:source {{ {passage} }} "
    axioms = SUB + "glocal:supports a owl:TransitiveProperty ."
    explainer = explained(located + claim + background, axioms)
    return explainer.explain(triple("id:a glocal:supports id:c"))


def test_a_tree_shows_rules_sentences_passages_and_sources(proofs: list) -> None:
    lines = render_text(proofs).splitlines()

    assert lines[0] == f"id:a glocal:supports id:c  [{FOLLOWS}]"
    assert lines[1].startswith("by rule:prp-trp-supports: If X supports Y and Y supports Z, then")
    assert f"├── id:a glocal:supports id:b  [{FOLLOWS}]" in lines
    assert "│   └── id:a glocal:leads id:b  [Claim of id:Ann]" in lines
    assert "│       in ev:a: passage:p01.1 (page 1, paragraph 2)" in lines
    assert "    └── id:b glocal:leads id:c  [Background]" in lines
    assert "        in ev:b: source wd:Q84" in lines


def test_a_diagram_has_each_triple_and_each_arrow_once(proofs: list) -> None:
    lines = render_mermaid([*proofs, *proofs]).splitlines()

    assert lines[0] == "flowchart BT"
    assert f'    s0["id:a glocal:supports id:c<br>{FOLLOWS}"]' in lines
    assert len(lines) == len(set(lines))
    assert sum("-->" in line for line in lines) == 9
