"""Mutated files of every syntax of RDF; a seed decides them."""

import gzip
import random
import re
from collections.abc import Iterator
from typing import Final

from benchmarks.attacks.seeds import OWL, SEEDS

# Inserted somewhere, once or many times.
_HOSTILE: Final = (
    *(b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"),
    *(b"\r", b"\x1b[31m", b"\\uD800", b"\\uDC00\\uD800", b"\\U00110000", b"\\u0000", b"\\x"),
    *(b"\\", b"\xe2\x80\xae", b"\xef\xbf\xbe", b"&e;", b"&f;", b"&g;", b"&#0;", b"&#xD800;"),
    *(b"&#1114112;", b"%p;", b'<!ENTITY g "&f;&f;&f;&f;">', b"]]>"),
    *(b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"<?xml?>", b"<![CDATA[", b"<!--"),
    *(b"</rdf:RDF>", b"<p><p/>", b'"', b"'", b'"""', b"'''", b"<", b">", b"{", b"}", b"[", b"]"),
    *(b"(", b")", b"<<( ", b" )>>", b"<< ", b"{| ", b" . ", b" ; ", b", ", b"#", b"_:", b"_:b"),
    *(b"@en", b"@" + b"x" * 300, b"^^", b"<>", b"a ", b"=", b"~ ", b":", b"@base <x> ."),
    *(b"@prefix : <%> .", b'VERSION "1.2"\n', b'@version "9" .', b"GRAPH ", b"<http://[::1>"),
    *(b"<x:\n>", b'{"@context": "http://127.0.0.1:1/c"}', b'"@id": 1', b'"@context": null'),
    *(b'"@container": "@graph"', b'"@list": [', b"1e999", b"-0", b"9" * 5000, b"null"),
    *(b'"@reverse": {"x": "y"}', b'"@import": "x"', b"\n", b"\r\n"),
)  # fmt: skip
# Each opens something that may nest.
_OPENINGS: Final = {
    "nt": (b"<<( <urn:a> <urn:p> ",),
    "nq": (b"<<( <urn:a> <urn:p> ",),
    "ttl": (b"[ :p ", b"( ", b"<<( :a :p ", b"<< ", b":a {| :p ", b'"""'),
    "trig": (b"{ ", b"[ :p ", b"( ", b"<<( :a :p "),
    "rdf": (b"<p><C>", b'<p rdf:parseType="Resource">', b'<p rdf:parseType="Collection">', b"<b>"),
    "jsonld": (b"[", b'{"p": ', b'{"@list": [', b'{"@context": ', b'{"@graph": [{"@set": '),
}
# What a mutation can put in place of another word.
_WORDS: Final = re.compile(rb'<[^<>\s"]+>|"[^"\s]*"|\w*:[\w-]+')
_IRIS: Final = tuple(
    f"<{OWL}{name}>".encode()
    for name in (
        *("Thing", "Nothing", "sameAs", "differentFrom", "AllDifferent", "distinctMembers"),
        *("onProperty", "hasValue", "allValuesFrom", "maxCardinality", "maxQualifiedCardinality"),
        *("oneOf", "unionOf", "complementOf", "disjointUnionOf", "propertyDisjointWith", "hasSelf"),
        *("bottomObjectProperty", "topDataProperty", "onDatatype", "withRestrictions", "imports"),
        *(
            "FunctionalProperty",
            "InverseFunctionalProperty",
            "AsymmetricProperty",
            "sourceIndividual",
        ),
        *("NegativePropertyAssertion", "targetValue", "assertionProperty", "equivalentClass"),
    )
)
_TERMS: Final = {
    "nt": (*_IRIS, b"_:b", b'"1"^^<http://www.w3.org/2001/XMLSchema#integer>', b'"x"@en'),
    "nq": (*_IRIS, b"_:b", b'"z"^^<http://www.w3.org/2001/XMLSchema#dateTime>', b'"x"@en'),
    "ttl": (*_IRIS, b"_:b", b"()", b"[]", b"1", b"-1.5e400", b"9" * 400, b'"x"^^xsd:integer'),
    "trig": (*_IRIS, b"_:b", b"()", b"[]", b"1", b"-1.5e400", b'"x"^^xsd:integer'),
    "rdf": (b"rdf:li", b"rdf:_1", b"rdf:nil", b"owl:Thing", b"rdf:resource", b"xml:lang", b"&e;"),
    "jsonld": (
        *(b'"@id"', b'"@type"', b'"@set"', b'"@graph"', b'"@none"', b'"@json"', b'"@vocab"'),
        *(b'"@prefix"', b'"@propagate"', b'"@protected"', b'"@version"', b"1.1", b"null", b"{}"),
        *(b'"@context"', b'"@index"', b'"@direction"', b'"rtl"', b'""', b'":"', b"1e400", b"[]"),
    ),
}
_REWORDED_SHARE: Final = 0.6
_GZIPPED_SHARE: Final = 0.2
_RECODED_SHARE: Final = 0.03
_MOST_BYTES: Final = 1_000_000


def mutants(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield the extension and the content of so many files, of each syntax in turn."""
    generator, extensions = random.Random(seed), list(SEEDS)  # noqa: S311
    for number in range(count):
        extension = extensions[number % len(extensions)]
        content = _mutate(generator, extension)
        if generator.random() < _GZIPPED_SHARE:
            yield f"{extension}.gz", _compress(generator, content)
        else:
            yield extension, content


def _mutate(generator: random.Random, extension: str) -> bytes:
    content = bytearray(generator.choice(SEEDS[extension]).encode())
    damages = generator.choice((1, 1, 2, 3, 8))
    if generator.random() < _REWORDED_SHARE:
        content = _reword(generator, extension, content)
        damages = 0 if generator.random() < _REWORDED_SHARE else damages
    for _ in range(damages):
        _damage(generator, extension, content)
        del content[_MOST_BYTES:]
    if generator.random() < _RECODED_SHARE:
        text = content.decode("utf-8", "replace")
        encoding = generator.choice(("utf-16", "utf-32-be", "utf-8-sig", "cp037"))
        return text.encode(encoding, "replace")
    return bytes(content)


def _damage(generator: random.Random, extension: str, content: bytearray) -> None:
    """Delete, repeat, change, insert or nest something."""
    at = generator.randrange(len(content) + 1)
    until = min(len(content), at + generator.choice((1, 4, 30, 300)))
    match generator.randrange(9):
        case 0:
            del content[at:until]
        case 1:
            content[at:at] = content[at:until] * generator.choice((1, 2, 500))
        case 2:
            content[at:until] = generator.randbytes(until - at)
        case 3:
            content[at : at + 1] = bytes([generator.randrange(256)])
        case 4:
            del content[at:]
        case 5:
            opening = generator.choice(_OPENINGS[extension])
            content[at:at] = opening * generator.choice((2, 100, 600, 20_000))
        case 6:
            other = generator.choice(SEEDS[generator.choice([extension, *SEEDS])]).encode()
            content[at:at] = other[generator.randrange(len(other)) :]
        case _:
            times = generator.choice((1, 1, 1, 1, 3, 3000))
            content[at:at] = generator.choice(_HOSTILE) * times


def _reword(generator: random.Random, extension: str, content: bytearray) -> bytearray:
    """Put other words of the same syntax, or hostile ones, in place of some; most parse."""
    words = _WORDS.findall("".join(SEEDS[extension]).encode())
    for _ in range(generator.choice((1, 2, 5))):
        chosen = generator.choice(list(_WORDS.finditer(content)))
        # Terms for names, IRIs for IRIs, strings for strings.
        alike = [word for word in words if word[:1] == chosen[0][:1]]
        word = generator.choice((*alike, *_TERMS[extension]))
        content[chosen.start() : chosen.end()] = word
    if extension in ("nt", "nq", "ttl") and generator.random() < _REWORDED_SHARE:
        statements = bytes(content).splitlines(keepends=True)
        content = bytearray(b"".join(generator.choices(statements, k=len(statements) * 3)))
    return content


def _compress(generator: random.Random, content: bytes) -> bytes:
    """Return a gzip file, half of them damaged."""
    packed = bytearray(gzip.compress(content, mtime=0))
    match generator.randrange(8):
        case 0:
            del packed[generator.randrange(len(packed)) :]
        case 1:
            packed[generator.randrange(len(packed))] ^= 1 << generator.randrange(8)
        case 2:
            packed += gzip.compress(content, mtime=0)
        case 3:
            packed += generator.randbytes(5)
    return bytes(packed)
