"""What a release says of one thing: the description that every format and every page gives.

It is made of triples of the default graph and of what leads on from them:

- those with the thing as subject, and those with it as object, of the latter at most a hundred;
- those of statement nodes that describe the thing (observations, posts …): the ontology says by
  `glocal:describesThrough` which properties make a node one;
- those of blank nodes on the way, and of the thing's own parts, whose IRIs are fragments of its;
- the labels of every IRI that is mentioned;
- about the document: its topic, its licence, and as `dcterms:source` each evidence or derived graph
  that holds one of these statements. Graphs that say of the thing what does *not* hold, such as
  claims and recommendations, are named as `dcterms:references`: what they say stands in them alone.

Which statement stands in which graph is `evidence_of`, for formats with named graphs.
"""

from kg.description.describer import Describer
from kg.description.description import Description, document_of
from kg.description.evidence import Evidence, evidence_of

__all__ = ["Describer", "Description", "Evidence", "document_of", "evidence_of"]
