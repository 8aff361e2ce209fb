from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg.description.describer import Describer
from kg.description.evidence import Evidence, evidence_of
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, PREFIXES, RDFS, SKOS
from kg.store.quad_store import Store

LONDON, C40 = ID["London"], ID["C40"]
TRIG = """
id:London glocal:hosted id:C40 .
id:C40 glocal:foundedAt id:London .
glocal:RecommendedAction glocal:describesThrough glocal:bearer .
ev:p1-fact glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p1 ; skos:note "a shade" .
ev:p2-claim glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
ev:p3-recommendation glocal:hasStatus glocal:Recommendation .
graph:derived-fact-hosting glocal:hasStatus glocal:Fact ; glocal:byRule rule:hosting .
rule:hosting glocal:ruleSentence "Where it was founded, it was hosted."@en .
passage:p1 glocal:page 10 ; glocal:paragraph "2" .
id:Doe rdfs:label "Doe"@en .
graph:asserted { id:C40 glocal:foundedAt id:London . }
graph:derived-fact-hosting { id:London glocal:hosted id:C40 . }
ev:p1-fact { id:C40 glocal:foundedAt id:London . id:C40 glocal:leads id:Other . }
ev:p2-claim { id:London glocal:leads id:C40 . }
ev:p3-recommendation { id:rec glocal:bearer id:London ; glocal:recommendedAction id:Saving . }
"""


def evidence(thing: NamedNode = LONDON) -> Evidence:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    store = Store.in_memory(parse(prefixes + TRIG, format=RdfFormat.TRIG))
    describer = Describer(store)
    return evidence_of(store, describer, describer.describe(thing))


def test_each_statement_stands_in_every_graph_with_a_status_that_says_so() -> None:
    assert set(evidence().named) == {
        Quad(C40, GLOCAL["foundedAt"], LONDON, EVIDENCE["p1-fact"]),
        Quad(LONDON, GLOCAL["hosted"], C40, GRAPH["derived-fact-hosting"]),
        Quad(LONDON, GLOCAL["leads"], C40, EVIDENCE["p2-claim"]),
        Quad(ID["rec"], GLOCAL["bearer"], LONDON, EVIDENCE["p3-recommendation"]),
        Quad(ID["rec"], GLOCAL["recommendedAction"], ID["Saving"], EVIDENCE["p3-recommendation"]),
    }


def test_the_default_graph_says_who_says_so_and_where_and_nothing_that_does_not_hold() -> None:
    triples = set(evidence().triples)

    passage = NamedNode("https://w3id.org/glocal/source/wang/p1")
    assert Triple(EVIDENCE["p1-fact"], SKOS["note"], Literal("a shade")) in triples
    assert Triple(passage, GLOCAL["paragraph"], Literal("2")) in triples
    assert Triple(EVIDENCE["p2-claim"], GLOCAL["heldBy"], ID["Doe"]) in triples
    assert Triple(ID["Doe"], RDFS["label"], Literal("Doe", language="en")) in triples
    assert GLOCAL["leads"] not in {one.predicate for one in triples}


def test_of_a_derived_statement_the_rules_sentence_is_told() -> None:
    sentences = {
        one.object for one in evidence().triples if one.predicate.value.endswith("Sentence")
    }

    assert sentences == {Literal("Where it was founded, it was hosted.", language="en")}


def test_the_description_is_a_part_of_it() -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    description = Describer(
        Store.in_memory(parse(prefixes + TRIG, format=RdfFormat.TRIG))
    ).describe(LONDON)

    assert set(description.triples) < set(evidence().triples)


def test_what_nobody_knows_has_no_evidence() -> None:
    assert evidence(ID["Nowhere"]).named == ()
