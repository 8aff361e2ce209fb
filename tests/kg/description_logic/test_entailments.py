"""What HermiT prints -> triples, closed."""

from pyoxigraph import Triple

from kg.description_logic.entailments import read_entailments
from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS

G, I = GLOCAL, ID  # noqa: E741 - as short as in the printed text


def printed(text: str) -> frozenset[Triple]:
    full = text.replace("<g:", f"<{GLOCAL}").replace(">g:", f">{GLOCAL}")
    return read_entailments(full.replace("<i:", f"<{ID}"))


def test_hierarchies_are_closed_through_equivalents() -> None:
    below = RDFS["subClassOf"]

    assert printed(
        "SubClassOf( <g:B> <g:C> )\nEquivalentClasses( <g:A> <g:B> )\n"
        "SubClassOf( <g:C> <http://www.w3.org/2002/07/owl#Thing> )\n"
    ) == {
        Triple(G["A"], below, G["B"]),
        Triple(G["B"], below, G["A"]),
        Triple(G["A"], below, G["C"]),
        Triple(G["B"], below, G["C"]),
    }


def test_data_properties_that_are_equivalent_are_read_as_hermit_misprints_them() -> None:
    assert printed("EquivalentDataProperties( <g:d> >g:e> )\n") == {
        Triple(G["d"], RDFS["subPropertyOf"], G["e"]),
        Triple(G["e"], RDFS["subPropertyOf"], G["d"]),
    }


def test_types_and_relations_are_given_for_all_that_is_above() -> None:
    found = printed(
        "SubClassOf( <g:A> <g:B> )\n"
        "SubObjectPropertyOf( <g:p> ObjectInverseOf( <g:q> ) )\n"
        "<g:p> (known instances: (<i:x>, <i:y>)(<internal:anonymous#1>, <i:y>) | possible "
        "instances: ) \nType( <i:x> <g:A> )\n"
    )

    assert {one for one in found if one.predicate != RDFS["subClassOf"]} == {
        Triple(I["x"], RDF["type"], G["A"]),
        Triple(I["x"], RDF["type"], G["B"]),
        Triple(I["x"], G["p"], I["y"]),
        Triple(I["y"], G["q"], I["x"]),
    }


def test_properties_are_inverses_only_if_each_is_below_the_other_turned_round() -> None:
    one_way = "SubObjectPropertyOf( <g:p> ObjectInverseOf( <g:q> ) )\n"
    both_ways = "EquivalentObjectProperties( <g:p> ObjectInverseOf( <g:q> ) )\n"

    assert printed(one_way) == frozenset()
    assert printed(both_ways) == {
        Triple(G["p"], OWL["inverseOf"], G["q"]),
        Triple(G["q"], OWL["inverseOf"], G["p"]),
    }
