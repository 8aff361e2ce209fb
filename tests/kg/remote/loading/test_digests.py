"""Digests of graphs."""

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import XSD
from kg.remote.loading.digests import Digest, digest_of, hash_triple

A, B = NamedNode("urn:a"), NamedNode("urn:b")


def triple(text: str, datatype: str = "string") -> Triple:
    return Triple(A, B, Literal(text, datatype=XSD[datatype]))


def test_the_order_of_triples_is_no_difference_and_their_number_is() -> None:
    one, other = triple("one"), triple("other")

    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one, one]) != digest_of([one])
    assert digest_of([one, one, one]).sum != digest_of([one]).sum
    assert digest_of([]) == Digest()


def test_a_digest_grows_by_hashes() -> None:
    one, other = triple("one"), triple("other")

    grown = digest_of([one]).with_hash(hash_triple(*other))

    assert grown == digest_of([one, other])


def test_a_value_has_one_hash_in_every_spelling_and_another_type_another() -> None:
    assert digest_of([triple("1", "boolean")]) == digest_of([triple("true", "boolean")])
    assert digest_of([triple("0.10000000000000000555", "double")]) == digest_of(
        [triple("0.1", "double")]
    )
    assert digest_of([triple("1", "boolean")]) != digest_of([triple("1", "integer")])
    assert digest_of([triple("1")]) != digest_of([triple("1", "integer")])
