"""The syntax of a file that is named like RDF/XML: many with the extension .owl have another one.

Source: OWL 2 Structural Specification, section 2.1 (the syntaxes of ontologies).
"""

import re
from typing import Final

from pyoxigraph import RdfFormat

from kg.errors import MalformedRdf

_COMMENTS: Final = re.compile(r"<!--.*?-->|^\s*#[^\n]*$", re.DOTALL | re.MULTILINE)
_ELEMENT: Final = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
# An IRI, with which Turtle may begin, has no space in it, and this element has its namespaces.
_XML: Final = re.compile(r"<(?:\?xml\b|!DOCTYPE\b|(?:[A-Za-z_][\w.-]*:)?RDF\s)")
_NOT_RDF: Final = {
    "OWL/XML": re.compile(
        r"<(?:\w+:)?Ontology\b(?![^>]*\babout\s*=)[^>]*\b(?:ontologyIRI|xmlns)\s*="
    ),
    "the functional syntax of OWL": re.compile(r"(?:Prefix|Ontology)\s*\("),
    "the Manchester syntax of OWL": re.compile(r"(?:Prefix|Ontology):(?=\s)"),
}
_TURTLE: Final = re.compile(r"(?i:@?(?:prefix|base)\s)|[\[(_]|<[^\s<>]*>|[\w.-]*:")


def sniff_syntax(beginning: bytes) -> RdfFormat:
    """Return RDF/XML or Turtle for the beginning of a file; RDF/XML if it looks like neither.

    Raises MalformedRdf if it is OWL in a syntax that is not RDF.
    """
    text = _COMMENTS.sub("", beginning.decode("utf-8-sig", "replace")).lstrip()
    is_xml = _XML.match(text) is not None
    root = _ELEMENT.search(text) if is_xml else None
    start = text[root.start() :] if root else text
    for name, pattern in _NOT_RDF.items():
        if pattern.match(start):
            remedy = "save the ontology as RDF/XML or Turtle"
            raise MalformedRdf(f"this is {name}, which is not RDF; {remedy}", 1, 1)
    return RdfFormat.TURTLE if not is_xml and _TURTLE.match(text) else RdfFormat.RDF_XML
