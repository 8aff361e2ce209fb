import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from kg.content import own_content
from kg.describe.json_ld_context import GRAPH_PROFILES, Context, Profile
from kg.describe.json_ld_writer import write_document
from kg.errors import FormatCannotExpress
from kg.namespaces import EVIDENCE, GLOCAL, ID, RDF, RDFS, SKOS, XSD
from kg.paths import newest_context_file
from tests.kg.describe.test_json_ld_round_trip import canonical

IRI = "http://127.0.0.1/context/1.0.0.jsonld"
OURS = Context.read(newest_context_file(own_content().ontology))
SMALL = Context(
    {
        "@context": {
            "@type": {"@container": "@set"},
            "glocal": str(GLOCAL),
            "id": str(ID),
            "ev": str(EVIDENCE),
            "xsd": str(XSD),
            "City": "glocal:City",
            "label": {"@id": str(RDFS["label"].value), "@container": "@language"},
            "altLabel": {"@id": SKOS["altLabel"].value, "@container": ["@language", "@set"]},
            "page": {"@id": "glocal:page", "@type": "xsd:integer"},
            "isLost": {"@id": "glocal:isLost", "@type": "xsd:boolean"},
            "value": {"@id": "glocal:value", "@type": "xsd:decimal"},
            "hosted": {"@id": "glocal:hosted", "@type": "@id"},
            "memberOf": {"@id": "glocal:memberOf", "@type": "@id", "@container": "@set"},
            "paragraph": "glocal:paragraph",
        }
    },
)


def read_back(document: bytes, context: Context) -> set[Quad]:
    """Expand a document with PyLD, which knows only this context."""

    def load(iri: str, _: Any) -> dict[str, Any]:
        assert iri == IRI
        return {"contextUrl": None, "documentUrl": iri, "document": context.document}

    options = {"format": "application/n-quads", "documentLoader": load}
    return set(parse(jsonld.to_rdf(json.loads(document), options), format=RdfFormat.N_QUADS))


def test_a_resource_is_short_and_readable() -> None:
    london = ID["London"]
    document = write_document(
        SMALL,
        [
            Triple(london, RDF["type"], GLOCAL["City"]),
            Triple(london, RDFS["label"], Literal("London", language="en")),
            Triple(london, RDFS["label"], Literal("伦敦", language="zh")),
            Triple(london, GLOCAL["memberOf"], ID["C40"]),
            Triple(london, GLOCAL["page"], Literal("10", datatype=XSD["integer"])),
            Triple(london, GLOCAL["value"], Literal("1.40", datatype=XSD["decimal"])),
        ],
        root=london,
        address=IRI,
    )

    assert json.loads(document) == {
        "@context": IRI,
        "@id": "id:London",
        "@type": ["City"],
        "label": {"en": "London", "zh": "伦敦"},
        "memberOf": ["id:C40"],
        "page": 10,
        "value": "1.40",
    }


def test_a_value_that_does_not_fit_its_term_is_written_out_under_the_same_key() -> None:
    triples = [
        Triple(ID["C40"], GLOCAL["hosted"], Literal("a word")),
        Triple(ID["C40"], GLOCAL["page"], Literal("010", datatype=XSD["integer"])),
        Triple(ID["C40"], GLOCAL["value"], Literal("2016", datatype=XSD["gYear"])),
        Triple(ID["C40"], RDFS["label"], Literal("no language")),
    ]

    document = json.loads(write_document(SMALL, triples, root=ID["C40"], address=IRI))

    assert document["hosted"] == {"@value": "a word"}
    assert document["page"] == "010"
    assert document["value"] == {"@type": "xsd:gYear", "@value": "2016"}
    assert document["label"] == {"@none": "no language"}


def test_one_value_is_a_list_where_there_may_be_several() -> None:
    other = NamedNode("http://e/other")
    triples = [
        Triple(ID["C40"], GLOCAL["memberOf"], ID["London"]),
        Triple(ID["C40"], GLOCAL["hosted"], ID["London"]),
        Triple(ID["C40"], SKOS["altLabel"], Literal("C40", language="en")),
        Triple(ID["C40"], other, ID["London"]),
    ]

    document = json.loads(write_document(SMALL, triples, root=ID["C40"], address=IRI))

    assert document["memberOf"] == ["id:London"]
    assert document["hosted"] == "id:London"
    assert document["altLabel"] == {"en": ["C40"]}
    # Without a term, nothing says that there is only one.
    assert document[other.value] == [{"@id": "id:London"}]


def test_nodes_without_a_root_are_a_list_even_if_there_is_only_one() -> None:
    triples = [Triple(ID["C40"], GLOCAL["hosted"], ID["London"])]

    document = json.loads(write_document(SMALL, triples, root=None, address=IRI))

    assert document == {"@context": IRI, "@graph": [{"@id": "id:C40", "hosted": "id:London"}]}


def test_an_integer_that_json_numbers_would_round_stays_text() -> None:
    exact, beyond = str(2**53 - 1), str(2**53 + 1)
    triples = [
        Triple(ID["C40"], GLOCAL["page"], Literal(number, datatype=XSD["integer"]))
        for number in (exact, beyond)
    ]

    document = json.loads(write_document(SMALL, triples, root=ID["C40"], address=IRI))

    assert sorted(document["page"], key=str) == [2**53 - 1, beyond]


def test_an_evidence_graph_is_one_node_with_its_description_and_content() -> None:
    graph = EVIDENCE["p10.2-fact"]
    quads = [
        Triple(graph, RDF["type"], GLOCAL["Evidence"]),
        Quad(ID["C40"], GLOCAL["hosted"], ID["London"], graph),
    ]

    document = write_document(SMALL, quads, root=graph, address=IRI)

    assert json.loads(document) == {
        "@context": IRI,
        "@id": "ev:p10.2-fact",
        "@type": ["glocal:Evidence"],
        "@graph": [{"@id": "id:C40", "hosted": "id:London"}],
    }
    assert Quad(ID["C40"], GLOCAL["hosted"], ID["London"], graph) in read_back(document, SMALL)


def test_an_iri_that_the_context_would_misread_makes_the_document_do_without_it() -> None:
    triple = Triple(NamedNode("id:odd"), GLOCAL["hosted"], ID["London"])

    document = write_document(SMALL, [triple], root=None, address=IRI)

    assert json.loads(document)["@context"] is None
    assert read_back(document, SMALL) == {Quad(*triple, DefaultGraph())}


LONDON = [
    Triple(ID["London"], RDF["type"], GLOCAL["City"]),
    Triple(ID["London"], GLOCAL["hosted"], ID["C40"]),
    Triple(ID["C40"], RDFS["label"], Literal("C40", language="en")),
]


def test_the_other_nodes_are_included_in_the_one_that_the_document_is_about() -> None:
    document = json.loads(write_document(SMALL, LONDON, root=ID["London"], address=IRI))

    assert document["hosted"] == "id:C40"
    assert document["@included"] == [{"@id": "id:C40", "label": {"en": "C40"}}]


def test_an_expanded_document_is_what_a_processor_expands_the_compacted_one_to() -> None:
    compacted = json.loads(write_document(SMALL, LONDON, root=None))
    expanded = write_document(SMALL, LONDON, root=ID["London"], profiles=[Profile.expanded])

    assert json.loads(expanded) == jsonld.expand(compacted)


def test_a_flattened_document_is_what_a_processor_flattens_to() -> None:
    written = {}
    for profiles in ([Profile.flattened], [Profile.flattened, Profile.compacted]):
        written[len(profiles)] = json.loads(
            write_document(SMALL, LONDON, root=ID["London"], profiles=profiles)
        )

    assert written[1] == jsonld.flatten(written[1])
    assert written[2] == jsonld.flatten(written[1], SMALL.document)


def test_without_an_address_the_context_stands_in_the_document() -> None:
    document = json.loads(write_document(SMALL, LONDON, root=None))

    assert document["@context"] == SMALL.document["@context"]


def test_of_nothing_every_form_says_nothing() -> None:
    empty = {
        name: json.loads(write_document(SMALL, [], root=None, profiles=[name], address=IRI))
        for name in GRAPH_PROFILES
    }

    assert empty == {"compacted": {"@context": IRI, "@graph": []}, "expanded": [], "flattened": []}


def test_triple_terms_are_refused() -> None:
    inner = Triple(ID["C40"], GLOCAL["hosted"], ID["London"])

    with pytest.raises(FormatCannotExpress, match="cannot express triple terms"):
        write_document(SMALL, [Triple(ID["C40"], GLOCAL["page"], inner)], root=None, address=IRI)


def nodes() -> st.SearchStrategy[NamedNode | BlankNode]:
    names = st.sampled_from(["London", "C40", "p10.2-fact", "a/b", "伦敦", "x:y", "1"])
    spaces = st.sampled_from([str(ID), str(GLOCAL), str(EVIDENCE), "http://e/", "urn:x:", "id:"])
    iris = st.builds(lambda space, name: NamedNode(space + name), spaces, names)
    return iris | st.sampled_from([BlankNode("b0"), BlankNode("b1")])


def literals() -> st.SearchStrategy[Literal]:
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    numbers = st.sampled_from(["0", "7", "-7", "007", "+1", "1.40", "9007199254740993", "x", "-0"])
    words = st.sampled_from(["true", "false", "1", "TRUE"])
    types = st.sampled_from([XSD[name] for name in ("integer", "decimal", "boolean", "gYear")])
    return st.one_of(
        st.builds(Literal, texts),
        st.builds(
            lambda text, tag: Literal(text, language=tag), texts, st.sampled_from(["en", "zh"])
        ),
        st.builds(lambda text, kind: Literal(text, datatype=kind), numbers | words, types),
    )


def quads() -> st.SearchStrategy[Quad]:
    ours = [term for term in OURS.terms if term.startswith("http")][::25]
    names = ["hosted", "memberOf", "page", "isLost", "value", "paragraph", "City", "unknown"]
    predicates = [*ours, *(GLOCAL[name].value for name in names)]
    predicates += [RDFS["label"].value, SKOS["altLabel"].value, RDF["type"].value, "http://e/p"]
    graphs = st.sampled_from([DefaultGraph(), EVIDENCE["p10.2-fact"], ID["London"]])
    return st.builds(
        Quad,
        nodes(),
        st.builds(NamedNode, st.sampled_from(predicates)),
        nodes() | literals(),
        graphs,
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    st.sets(quads(), max_size=12),
    st.sampled_from([SMALL, OURS]),
    st.sets(st.sampled_from(GRAPH_PROFILES), min_size=1),
)
def test_pyld_expands_every_document_to_exactly_the_quads(
    found: set[Quad], context: Context, profiles: set[Profile]
) -> None:
    document = write_document(
        context, sorted(found, key=str), root=ID["London"], profiles=profiles, address=IRI
    )

    assert canonical(read_back(document, context)) == canonical(found)
