"""A release whose graphs say what is near: one name for each place where a statement stands."""

from pyoxigraph import Quad, RdfFormat, parse

from kg.namespaces import ASSERTED, GRAPH, PREFIXES
from tests.kg.release import conftest as small_projects

# The release of a small project with statements of every status.
small_release = small_projects.small_release

# What is near according to each graph, named after where it stands.
NAMED = {
    "asserted-fact": "id:fact",
    "asserted-background": "id:background",
    "asserted-thesis": "id:thesis , id:thesisAndFact",
    "asserted-reading": "id:reading",
    "derived-fact": "id:derivedFact , id:thesisAndFact",
    "derived-thesis": "id:derivedThesis",
    "derived-reading": "id:derivedReading",
    "derived-claim-Ann-inv": "id:restated",
    "follows-from-Ann-fact-r": "id:followsAsFact",
    "follows-from-Ann-reading-r": "id:followsAsReading , id:thesis",
    "derived-hypothesis-background-r": "id:derivedHypothesis",
}
# The descriptions of those that stand in a world, and evidence graphs with theirs.
DESCRIPTIONS = """
ev:claim { id:Here glocal:near id:claimed , id:fact . }
ev:joint { id:Here glocal:near id:jointlyClaimed . }
ev:hypothesis { id:Here glocal:near id:hypothesis . }
ev:plan { id:Here glocal:near id:plan . }
ev:should { id:Here glocal:near id:recommended . }
graph:meta {
    ev:claim a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
    ev:joint a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann , id:Bob .
    ev:hypothesis a glocal:Evidence ; glocal:hasStatus glocal:Hypothesis .
    ev:plan a glocal:Evidence ; glocal:hasStatus glocal:Plan .
    ev:should a glocal:Evidence ; glocal:hasStatus glocal:Recommendation .
    graph:derived-claim-Ann-inv a glocal:DerivedGraph ; glocal:hasStatus glocal:Claim ;
        glocal:hasBase glocal:Fact ; glocal:heldBy id:Ann .
    graph:follows-from-Ann-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ;
        glocal:hasBase glocal:Fact ; glocal:heldBy id:Us ; glocal:followsFromClaimOf id:Ann .
    graph:follows-from-Ann-reading-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ;
        glocal:hasBase glocal:Reading ; glocal:heldBy id:Us ; glocal:followsFromClaimOf id:Ann .
    graph:derived-hypothesis-background-r a glocal:DerivedGraph ;
        glocal:hasStatus glocal:Hypothesis ; glocal:hasBase glocal:Background .
}
"""


def quads() -> list[Quad]:
    """The quads of a release; its graphs of all that is asserted or derived, and the default one,
    are the unions that they are in every release."""
    graphs = "".join(
        f"graph:{name} {{ id:Here glocal:near {objects} . }}\n" for name, objects in NAMED.items()
    )
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    found = list(parse(prefixes + graphs + DESCRIPTIONS, format=RdfFormat.TRIG))
    holding = {
        kind: {
            quad.triple
            for quad in found
            for base in ("fact", "background", "thesis")
            if quad.graph_name == GRAPH[f"{kind}-{base}"]
        }
        for kind in ("asserted", "derived")
    }
    default = holding["asserted"] | holding["derived"]
    asserted = [Quad(*triple, ASSERTED) for triple in holding["asserted"]]
    return [*found, *asserted, *(Quad(*triple) for triple in default)]
