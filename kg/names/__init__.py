"""Names -> entities: what lookup, link suggestions and reconciliation share."""

from kg.names.candidates import Candidate, Wanted, candidates, similarity
from kg.names.index import Entity, Name, NameIndex
from kg.names.keys import key_of
from kg.names.resolution import is_iri, resolve

__all__ = [
    "Candidate",
    "Entity",
    "Name",
    "NameIndex",
    "Wanted",
    "candidates",
    "is_iri",
    "key_of",
    "resolve",
    "similarity",
]
