from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.description import Describer
from kg.describe.evidence import (
    DescriptionDataset,
    GraphProvenance,
    ProvenanceReader,
    describe_with_graphs,
)
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, RDFS, RULE, SKOS, SOURCE, XSD
from tests.kg.describe.test_description import store_of

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


def evidence(thing: NamedNode = LONDON) -> DescriptionDataset:
    store = store_of(TRIG)
    describer = Describer(store)
    return describe_with_graphs(store, describer, describer.describe(thing))


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
    description = Describer(store_of(TRIG)).describe(LONDON)

    assert set(description.triples) < set(evidence().triples)


def test_what_nobody_knows_has_no_evidence() -> None:
    assert evidence(ID["Nowhere"]).named == ()


TURTLE = """
ev:p1-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage <https://w3id.org/glocal/source/wang/p1> ; glocal:citedFrom id:Report ;
    glocal:hasFrequency glocal:Often ; glocal:hasDegree glocal:Partly ;
    dcterms:source wd:Q84 ; glocal:validTime "2017"^^xsd:gYear ; skos:note "As printed."@en .
ev:p2-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:hasPurpose id:Peace ;
    glocal:validFrom "1970"^^xsd:gYear ; glocal:validUntil "1989"^^xsd:gYear .
ev:p2-fact-2 a glocal:Evidence ; glocal:hasStatus glocal:Fact ;
    glocal:validFrom "2001"^^xsd:gYear .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
graph:follows-from-Doe-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ;
    glocal:heldBy id:Us ; glocal:followsFromClaimOf id:Doe ; glocal:byRule rule:r .
graph:asserted rdfs:label "all"@en .
"""
PROVENANCE = ProvenanceReader(store_of(TURTLE))


def test_an_evidence_graph_says_who_holds_its_statements_and_where() -> None:
    found = PROVENANCE.get(EVIDENCE["p1-claim-Doe"])

    assert found is not None
    assert (found.status, found.is_derived) == (GLOCAL["Claim"], False)
    assert (found.holders, found.passages) == ((ID["Doe"],), (SOURCE["wang/p1"],))
    assert [one.value.rpartition("/")[2] for one in found.sources] == ["Report", "Q84"]
    assert found.qualifiers == (GLOCAL["Partly"], GLOCAL["Often"])
    assert found.times == (Literal("2017", datatype=XSD["gYear"]),)
    assert found.notes == (Literal("As printed.", language="en"),)


def test_an_evidence_graph_says_from_when_to_when_and_to_what_end() -> None:
    bounded, open_ended = map(PROVENANCE.get, (EVIDENCE["p2-fact"], EVIDENCE["p2-fact-2"]))

    assert bounded is not None
    assert open_ended is not None
    assert (bounded.times, bounded.purposes) == ((Literal("1970/1989"),), (ID["Peace"],))
    assert (open_ended.times, open_ended.purposes) == ((Literal("2001/.."),), ())


def test_a_derived_graph_says_by_which_rule() -> None:
    graph = GRAPH["derived-fact-r"]

    assert PROVENANCE.get(graph) == GraphProvenance(
        graph, GLOCAL["Fact"], True, (), (), (), (RULE["r"],), (), (), (), (), ()
    )


def test_what_follows_from_a_claim_says_whose_claim_that_is() -> None:
    found = PROVENANCE.get(GRAPH["follows-from-Doe-fact-r"])

    assert found is not None
    assert (found.status, found.is_derived) == (GLOCAL["Reading"], True)
    assert (found.holders, found.follows_from) == ((ID["Us"],), (ID["Doe"],))


def test_a_graph_without_a_status_is_no_ground() -> None:
    assert PROVENANCE.get(GRAPH["asserted"]) is None
    assert PROVENANCE.get(GRAPH["unknown"]) is None
