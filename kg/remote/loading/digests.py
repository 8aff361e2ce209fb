"""Digests of graphs, which are equal for the same triples in any order and in any spelling."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pyoxigraph import Triple

from kg.remote.terms import repaired

_MODULUS: Final = 2**256


class Digest(NamedTuple):
    """The number of triples, and the sum of their SHA-256 modulo 2^256.

    Unlike the exclusive or, the sum differs if a triple is there twice.
    """

    triples: int = 0
    sum: int = 0

    def with_hash(self, hash_: int) -> "Digest":
        """Return the digest after one more triple, given by its hash."""
        return Digest(self.triples + 1, (self.sum + hash_) % _MODULUS)


def digest_of(triples: Iterable[Triple]) -> Digest:
    """Return the digest of triples."""
    count = total = 0
    for triple in triples:
        count += 1
        total += hash_triple(triple.subject, triple.predicate, triple.object)
    return Digest(count, total % _MODULUS)


def hash_triple(subject: Any, predicate: Any, object_: Any) -> int:
    """Return the SHA-256 of a triple as a line of N-Triples, its values in one spelling."""
    line = f"{subject} {predicate} {repaired(object_)} ."
    return int.from_bytes(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest(), "big")
