"""A project over a small ontology: the terms of which the tests speak, under the real shapes."""

import shutil
from pathlib import Path

import pytest

from kg.content import own_content
from tests.kg.conftest import Project

HEADER = """\
<https://w3id.org/glocal/ontology> a owl:Ontology ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:title "Cities"@en , "城市"@zh ; dcterms:description "Of cities."@en , "论城市。"@zh ;
    dcterms:creator "Ann" ; dcterms:created "2026-11-25"^^xsd:date ;
    dcterms:bibliographicCitation "Ann (2026): Cities."@en ;
    owl:versionIRI <https://w3id.org/glocal/ontology/1.0.0> ; owl:versionInfo "1.0.0" ;
    <http://purl.org/vocab/vann/preferredNamespacePrefix> "glocal" ;
    <http://purl.org/vocab/vann/preferredNamespaceUri> "https://w3id.org/glocal/ontology#" ;
    bibo:status <http://purl.org/ontology/bibo/status/published> .
"""
AXIOMS = """\
[] a owl:AllDisjointClasses ;
    owl:members ( glocal:City glocal:Group glocal:Organization glocal:Person glocal:State ) .
glocal:Kind owl:disjointWith glocal:Agent .
glocal:cityOf schema:domainIncludes glocal:City ; schema:rangeIncludes glocal:State .
glocal:citedFrom schema:rangeIncludes glocal:Dataset , glocal:Study , glocal:Work .
glocal:fromPassage schema:rangeIncludes glocal:Passage .
glocal:heldBy schema:rangeIncludes glocal:Agent , glocal:Kind , prov:Agent .
glocal:mayorOf schema:domainIncludes glocal:Person ; schema:rangeIncludes glocal:City .
glocal:memberOf schema:domainIncludes glocal:Agent , glocal:Kind ;
    schema:rangeIncludes glocal:Group , glocal:Kind , glocal:Organization .
"""
CLASSES_BELOW = {
    "Entity": "Agent Concept Event Instrument Kind Place Source Study Work",
    "Agent": "City Group Organization Person State",
    "City": "GlobalCity",
    "Concept": "Act Unit",
    "Event": "Study",
    "Instrument": "ActionPlan",
    "Organization": "TransnationalCityNetwork University",
    "Work": "Dataset",
}
TERMS = {
    "owl:Class": "Approximation Comparison ComparisonResult Degree Entity Evidence Frequency "
    "Observation Passage Post RecommendedAction Status " + " ".join(CLASSES_BELOW.values()),
    "owl:ObjectProperty": "bearer citedFrom cityOf comparedWith compares comparisonResult "
    "cooperatesWith fromPassage hasApproximation hasDegree hasObject hasStatus heldBy hosted "
    "inRespectOf indicator mayorOf memberOf mentionedIn recommendedAction subject",
    "owl:DatatypeProperty": "foundedOn isLost isUndated length offset page postTitle rank section "
    "sha256 sourceLost trend validTime value year",
    "glocal:Status": "Background CitedData Claim Fact Hypothesis Plan Reading Recommendation "
    "Thesis",
    "glocal:ComparisonResult": "More",
    "glocal:Frequency": "Often",
}
OUTSIDE_TERMS = {
    "owl:Class": "org:Membership prov:Agent qb:DataSet",
    "owl:ObjectProperty": "qb:dataSet",
    "owl:DatatypeProperty": "geo:lat geo:long",
    "owl:AnnotationProperty": "bibo:status dcterms:bibliographicCitation dcterms:created "
    "dcterms:creator dcterms:description dcterms:isReplacedBy dcterms:license dcterms:source "
    "dcterms:title prov:invalidatedAtTime schema:domainIncludes schema:rangeIncludes "
    "skos:altLabel skos:changeNote skos:definition skos:editorialNote skos:note skos:scopeNote "
    "<http://purl.org/vocab/vann/preferredNamespacePrefix> "
    "<http://purl.org/vocab/vann/preferredNamespaceUri>",
}


FILE = "curated/paper/more.trig"
COOPERATION = "id:Lyon glocal:cooperatesWith id:London ."


def described(status: str, name: str = "fact-2", statements: str = COOPERATION) -> str:
    return (
        f"ev:p01.1-{name} {{ {statements} }}\n"
        f"ev:p01.1-{name} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus {status} .\n"
    )


def fact(statements: str) -> str:
    return described("glocal:Fact", statements=statements)


class SmallProject(Project):
    """A project whose ontology has few terms, so that all checks together are quick."""

    def write_ontology(self) -> None:
        """Write the small ontology, and the curators."""
        shutil.copytree(own_content().shapes, self.ontology / "shapes")
        self.write("ontology/ontology.ttl", HEADER)
        self.write("ontology/core.ttl", AXIOMS + "".join(_declarations()))
        curators = f'id:{self.content.curators} a prov:Agent ; rdfs:label "we"@en , "我们"@zh .'
        self.write("curated/entities/curators.ttl", curators)


def _declarations() -> list[str]:
    own = [(kind, name) for kind, names in TERMS.items() for name in sorted({*names.split()})]
    outside = [(kind, name) for kind, names in OUTSIDE_TERMS.items() for name in names.split()]
    below = [(above, name) for above, names in CLASSES_BELOW.items() for name in names.split()]
    return [
        *(
            f'glocal:{name} a {kind} ; rdfs:label "{name}"@en , "甲{name}"@zh ; '
            f'skos:definition "What {name} means."@en , "{name} 之义。"@zh .\n'
            for kind, name in own
        ),
        *(f"{name} a {kind} .\n" for kind, name in outside),
        *(f"glocal:{name} rdfs:subClassOf glocal:{above} .\n" for above, name in below),
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project over the small ontology in the working folder, without a finding."""
    monkeypatch.chdir(tmp_path)
    return SmallProject()
