from pyoxigraph import RdfFormat, parse

from kg.namespaces import GLOCAL, PREFIXES, RDF, RDFS, XSD
from kg.release.statistics import Statistics, count_statistics

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
PEOPLE = """
glocal:Mayor rdfs:subClassOf glocal:Person .
id:Ann a glocal:Mayor , glocal:Person ; glocal:knows id:Bob , id:Cy ; glocal:born 1970 .
id:Bob a glocal:Person ; glocal:knows id:Ann .
id:Cy glocal:knows id:Ann , "nobody" .
"""


def counted(turtle: str) -> Statistics:
    return count_statistics(
        [one.triple for one in parse(PROLOGUE + turtle, format=RdfFormat.TURTLE)]
    )


def test_totals_are_of_different_things() -> None:
    found = counted(PEOPLE)

    assert (found.triples, found.typed_subjects, found.subjects, found.objects) == (10, 2, 4, 7)
    assert found.instances == {GLOCAL["Mayor"]: 1, GLOCAL["Person"]: 2}


def test_a_property_is_counted_with_its_ends() -> None:
    knows = counted(PEOPLE).properties[GLOCAL["knows"]]

    assert (knows.triples, len(knows.subjects), len(knows.objects)) == (5, 3, 4)


def test_within_a_class_the_triples_of_its_instances_alone_count() -> None:
    within = counted(PEOPLE).uses_by_class

    assert within[GLOCAL["Mayor"]][GLOCAL["knows"]].triples == 2
    assert within[GLOCAL["Person"]][GLOCAL["knows"]].triples == 3
    assert within[GLOCAL["Person"]][RDF["type"]].triples == 3
    assert GLOCAL["born"] in within[GLOCAL["Mayor"]]


def test_objects_are_of_their_most_specific_classes_or_of_a_datatype() -> None:
    within = counted(PEOPLE).uses_by_class[GLOCAL["Person"]]

    assert within[GLOCAL["knows"]].classes == {GLOCAL["Mayor"], GLOCAL["Person"]}
    assert within[GLOCAL["born"]].datatypes == {XSD["integer"]}
    by_bob = counted(PEOPLE + "id:Bob a glocal:Friend .").uses_by_class[GLOCAL["Friend"]]
    assert by_bob[GLOCAL["knows"]].classes == {GLOCAL["Mayor"]}


def test_classes_that_are_each_others_subclasses_both_stay() -> None:
    circle = "glocal:A rdfs:subClassOf glocal:B . glocal:B rdfs:subClassOf glocal:A . "
    found = counted(f"{circle} id:x a glocal:A , glocal:B ; glocal:knows id:x .")

    both = {GLOCAL["A"], GLOCAL["B"]}
    assert found.uses_by_class[GLOCAL["A"]][GLOCAL["knows"]].classes == both


def test_a_class_without_a_name_is_none() -> None:
    found = counted("id:x a [ rdfs:label 'nameless' ] .")

    assert (found.typed_subjects, dict(found.instances), found.uses_by_class) == (1, {}, {})
    assert found.properties[RDFS["label"]].triples == 1
