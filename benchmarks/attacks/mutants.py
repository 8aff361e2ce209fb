"""Mutated files of every syntax of RDF; a seed decides them."""

import gzip
import random
from collections.abc import Iterator
from typing import Final

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OWL: Final = "http://www.w3.org/2002/07/owl#"
_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
_PREFIXES: Final = f"""@prefix : <http://e.example/> . @prefix rdf: <{_RDF}> .
@prefix rdfs: <{_RDFS}> . @prefix owl: <{_OWL}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# By extension: documents that together use all of a syntax.
SEEDS: Final[dict[str, tuple[str, ...]]] = {
    "nt": (
        f'<http://e.example/a> <{_RDF}type> <http://e.example/C> .\n_:b <http://e.example/p> "x\\u00e9'
        f'\\n"@en .\n<http://e.example/a> <http://e.example/q> "1"^^<{_RDFS}Literal> . # word\n',
        f"<http://e.example/r> <{_RDF}reifies> <<( <http://e.example/a> <http://e.example/p> _:b )>> .\n"
        f'<http://e.example/p> <{_RDFS}subPropertyOf> <http://e.example/q> .\n_:b <urn:p> "z"@ar--rtl .\n',
    ),
    "nq": (
        '<http://e.example/a> <http://e.example/p> "v" <http://e.example/g> .\n'
        f"<http://e.example/C> <{_RDFS}subClassOf> <http://e.example/D> .\n"
        f"_:g <{_OWL}sameAs> <http://e.example/a> _:g .\n",
    ),
    "ttl": (
        f"{_PREFIXES}:C a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ;"
        " owl:someValuesFrom :D ] , [ owl:intersectionOf ( :D [ owl:complementOf :E ] ) ] .\n"
        ":p a owl:TransitiveProperty ; owl:inverseOf :q ; owl:propertyChainAxiom ( :q :q ) .\n"
        ":C owl:hasKey ( :p ) . [] a owl:AllDisjointClasses ; owl:members ( :C :D :E ) .\n",
        f'{_PREFIXES}@base <http://b.example/x/> .\n<../y> :p 1, 2.5, 3e4, true, """a "long" one\n""" ,'
        " '''x''' , \"d\"^^xsd:date ; :q ( 1 ( 2 ) [] ) .\nPREFIX z: <#>\nz:a\\-b z:%41 _:x , [ :p _:x ] .\n",
        f"{_PREFIXES}:a :p :b ~ :r {{| :q 1 |}} . << :a :p :b >> :q <<( :a :p <<( :b :p 1 )>> )>> .\n"
        ':a a :C , :D ; owl:sameAs :b ; owl:differentFrom :b ; :p "x"@en--ltr .\n',
    ),
    "trig": (
        f"{_PREFIXES}:g {{ :a :p :b . :b a :C . }} GRAPH _:g {{ [] :p ( :a ) }} {{ :C rdfs:subClassOf :D }}"
        " :a owl:sameAs :b .\n",
    ),
    "rdf": (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE rdf:RDF [<!ENTITY e "http://e.example/">'
        f'<!ENTITY f "&e;&e;">]>\n<rdf:RDF xmlns:rdf="{_RDF}" xmlns:owl="{_OWL}" xmlns="http://e.example/"'
        ' xml:base="http://b.example/"><owl:Class rdf:about="&e;C"><owl:intersectionOf rdf:parseType='
        '"Collection"><owl:Class rdf:ID="D"/><C/></owl:intersectionOf></owl:Class>\n<C rdf:about="&e;a" xmlns:z="urn:z:" z:q="w">'
        '<p xml:lang="en">&f; &amp; &#233;</p><p rdf:parseType="Literal"><b>x<![CDATA[<y>]]></b></p>'
        '<p rdf:parseType="Resource"><q rdf:resource="#z"/></p></C></rdf:RDF>\n',
        f'<rdf:RDF xmlns:rdf="{_RDF}" xmlns:p="urn:p:"><rdf:Bag rdf:nodeID="b"><rdf:li rdf:datatype="urn:d">'
        '1</rdf:li><rdf:li p:q="x"/></rdf:Bag><!-- word --><rdf:Seq rdf:bagID="c"/></rdf:RDF>\n',
    ),
    "jsonld": (
        '{"@context": {"@vocab": "http://e.example/", "@base": "http://b.example/", "k": {"@id": "p", "@container":'
        ' "@list"}, "i": {"@reverse": "q", "@type": "@id"}, "j": {"@id": "j", "@type": "@json"}}, "@id": "a",'
        ' "@type": ["C", "D"], "k": [1, 2.5, true, [null]], "i": "b", "j": {"x": [{}]}, "t": {"@value": "v",'
        ' "@language": "en"}, "@graph": [{"@id": "_:b", "n": {"@set": [{"@id": "c"}]}}]}\n',
        '[{"@id": "http://e.example/a", "http://e.example/p": [{"@list": [{"@value": "\\u00e9\\n", "@type":'
        ' "urn:d"}]}], "@included": [{"@id": "urn:x", "@type": ["urn:C"]}], "@index": "w", "@nest": {}}]\n',
    ),
}  # fmt: skip
# Inserted somewhere, once or many times.
_HOSTILE: Final = (
    *(b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\r", b"\x1b[31m"),
    *(b"\\uD800", b"\\uDC00\\uD800", b"\\U00110000", b"\\u0000", b"\\x", b"\\", b"\xe2\x80\xae", b"\xef\xbf\xbe"),
    *(b"&e;", b"&f;", b"&g;", b"&#0;", b"&#xD800;", b"&#1114112;", b"%p;", b'<!ENTITY g "&f;&f;&f;&f;">', b"]]>"),
    *(b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"<?xml?>", b"<![CDATA[", b"<!--", b"</rdf:RDF>", b"<p><p/>"),
    *(b'"', b"'", b'"""', b"'''", b"<", b">", b"{", b"}", b"[", b"]", b"(", b")", b"<<( ", b" )>>", b"<< ", b"{| "),
    *(b" . ", b" ; ", b", ", b"#", b"_:", b"_:b", b"@en", b"@" + b"x" * 300, b"^^", b"<>", b"a ", b"=", b"~ ", b":"),
    *(b"@base <x> .", b"@prefix : <%> .", b'VERSION "1.2"\n', b'@version "9" .', b"GRAPH ", b"<http://[::1>", b"<x:\n>"),
    *(b'{"@context": "http://127.0.0.1:1/c"}', b'"@id": 1', b'"@context": null', b'"@container": "@graph"'),
    *(b'"@list": [', b"1e999", b"-0", b"9" * 5000, b"null", b'"@reverse": {"x": "y"}', b'"@import": "x"', b"\n", b"\r\n"),
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
_GZIPPED_SHARE: Final = 0.2


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
    for _ in range(generator.choice((1, 1, 2, 3, 8))):
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
    if generator.random() < 0.03:
        text = content.decode("utf-8", "replace")
        return text.encode(generator.choice(("utf-16", "utf-32-be", "utf-8-sig", "cp037")), "replace")
    return bytes(content)


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
