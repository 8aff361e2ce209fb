"""Find a statement of any data that people can suppose away, as an example."""

from dataclasses import replace
from typing import Final

from pyoxigraph import Triple

from kg.namespaces import OWL, RDF, RDFS
from kg.sparql.dataset import ENTAILMENTS
from service.excerpts.reader import BEYOND_LIMITS, DataReader

_SCHEMA: Final = " && ".join(
    f'!STRSTARTS(STR({variable}), "{space}")'
    for variable in ("?p", "?o")
    for space in (RDF, RDFS, OWL)
)
# A relation between things, or else the class of one.
_PATTERNS: Final = (
    f"?s ?p ?o FILTER(isIRI(?s) && isIRI(?o) && ?s != ?o && {_SCHEMA})",
    f"?s ?p ?o . ?s a ?o FILTER(isIRI(?s) && isIRI(?o) && ?p = {RDF['type']} && "
    f"{_SCHEMA.replace('(?p)', '(?s)')})",
)


async def find_example(reader: DataReader) -> Triple | None:
    """Return an asserted statement of the default graph about named things, or None."""
    asserted = replace(reader, entailment=ENTAILMENTS[-1])
    for pattern in _PATTERNS:
        try:
            rows = await asserted.rows(f"SELECT ?s ?p ?o {{ {pattern} }} LIMIT 1")
        except BEYOND_LIMITS:
            return None
        for row in rows:
            return Triple(row["s"], row["p"], row["o"])
    return None
