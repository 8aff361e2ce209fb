"""Documents that together use all of each syntax of RDF, to be mutated."""

from typing import Final

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
_PREFIXES: Final = f"""@prefix : <http://e.example/> . @prefix rdf: <{_RDF}> .
@prefix rdfs: <{_RDFS}> . @prefix owl: <{OWL}> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_N_TRIPLES: Final = (
    rf"""<http://e.example/a> <{_RDF}type> <http://e.example/C> .
_:b <http://e.example/p> "x\u00e9\n"@en .
<http://e.example/a> <http://e.example/q> "1"^^<{_RDFS}Literal> . # word
""",
    f"""<urn:r> <{_RDF}reifies> <<( <urn:a> <urn:p> _:b )>> .
<urn:p> <{_RDFS}subPropertyOf> <urn:q> .
_:b <urn:p> "z"@ar--rtl .
""",
)
_N_QUADS: Final = (
    f"""<http://e.example/a> <http://e.example/p> "v" <http://e.example/g> .
<http://e.example/C> <{_RDFS}subClassOf> <http://e.example/D> .
_:g <{OWL}sameAs> <http://e.example/a> _:g .
""",
)
_TURTLE: Final = (
    f"""{_PREFIXES}:C a owl:Class ; rdfs:subClassOf
  [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :D ] ,
  [ owl:intersectionOf ( :D [ owl:complementOf :E ] ) ] .
:p a owl:TransitiveProperty ; owl:inverseOf :q ; owl:propertyChainAxiom ( :q :q ) .
:C owl:hasKey ( :p ) . [] a owl:AllDisjointClasses ; owl:members ( :C :D :E ) .
""",
    rf"""{_PREFIXES}@base <http://b.example/x/> .
<../y> :p 1, 2.5, 3e4, true, '''a 'long' one
''' , "d"^^xsd:date ; :q ( 1 ( 2 ) [] ) .
PREFIX z: <#>
z:a\-b z:%41 _:x , [ :p _:x ] .
""",
    f"""{_PREFIXES}:a :p :b ~ :r {{| :q 1 |}} .
<< :a :p :b >> :q <<( :a :p <<( :b :p 1 )>> )>> .
:a a :C , :D ; owl:sameAs :b ; owl:differentFrom :b ; :p "x"@en--ltr .
""",
)
_TRIG: Final = (
    f"""{_PREFIXES}:g {{ :a :p :b . :b a :C . }} GRAPH _:g {{ [] :p ( :a ) }}
{{ :C rdfs:subClassOf :D }} :a owl:sameAs :b .
""",
)
_RDF_XML: Final = (
    f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rdf:RDF [<!ENTITY e "http://e.example/"><!ENTITY f "&e;&e;">]>
<rdf:RDF xmlns:rdf="{_RDF}" xmlns:owl="{OWL}" xmlns="http://e.example/" xmlns:z="urn:z:"
  xml:base="http://b.example/"><owl:Class rdf:about="&e;C"><owl:intersectionOf
  rdf:parseType="Collection"><owl:Class rdf:ID="D"/><C/></owl:intersectionOf></owl:Class>
<C rdf:about="&e;a" z:q="w"><p xml:lang="en">&f; &amp; &#233;</p>
<p rdf:parseType="Literal"><b>x<![CDATA[<y>]]></b></p>
<p rdf:parseType="Resource"><q rdf:resource="#z"/></p></C></rdf:RDF>
""",
    f"""<rdf:RDF xmlns:rdf="{_RDF}" xmlns:p="urn:p:"><rdf:Bag rdf:nodeID="b">
<rdf:li rdf:datatype="urn:d">1</rdf:li><rdf:li p:q="x"/></rdf:Bag><!-- word -->
<rdf:Seq rdf:about="c"/></rdf:RDF>
""",
)
_JSON_LD: Final = (
    """{"@context": {"@vocab": "http://e.example/", "@base": "http://b.example/",
  "k": {"@id": "p", "@container": "@list"}, "i": {"@reverse": "q", "@type": "@id"},
  "j": {"@id": "j", "@type": "@json"}}, "@id": "a", "@type": ["C", "D"],
"k": [1, 2.5, true, [null]], "i": "b", "j": {"x": [{}]},
"t": {"@value": "v", "@language": "en"},
"@graph": [{"@id": "_:b", "n": {"@set": [{"@id": "c"}]}}]}
""",
    r"""[{"@id": "http://e.example/a", "@included": [{"@id": "urn:x", "@type": ["urn:C"]}],
"http://e.example/p": [{"@list": [{"@value": "\u00e9\n", "@type": "urn:d"}]}],
"@index": "w", "@nest": {}}]
""",
)
# By extension.
SEEDS: Final = {
    "nt": _N_TRIPLES,
    "nq": _N_QUADS,
    "ttl": _TURTLE,
    "trig": _TRIG,
    "rdf": _RDF_XML,
    "jsonld": _JSON_LD,
}
