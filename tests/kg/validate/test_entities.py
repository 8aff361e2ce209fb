"""Entities of disjoint kinds, and labels that tell nothing apart."""

FILE = "curated/entities/more.ttl"


def test_an_entity_of_two_disjoint_kinds_is_refused(project) -> None:
    project.write(
        FILE, 'id:Singapore a glocal:City ,\n    glocal:State ; rdfs:label "S"@en , "新"@zh .'
    )

    assert project.validate() == [
        f"{FILE}:3: id:Singapore is both glocal:City and glocal:State, which nothing can be. "
        "Right would be: one of the two, or two entities."
    ]


def test_disjointness_reaches_narrower_classes(project) -> None:
    project.write(
        FILE,
        'id:Singapore a glocal:GlobalCity ,\n    glocal:University ; rdfs:label "S"@en , "新"@zh .',
    )

    assert project.validate() == [
        f"{FILE}:3: id:Singapore is both glocal:GlobalCity and glocal:University, which nothing "
        "can be. Right would be: one of the two, or two entities."
    ]


EVIDENCE = """\
ev:p01.1-{0} {{ id:Lyon a glocal:State . }}
ev:p01.1-{0} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:{1} .
"""


def test_a_type_in_evidence_that_holds_counts(project) -> None:
    project.write("curated/paper/more.trig", EVIDENCE.format("thesis", "Thesis"))

    assert project.validate() == [
        "curated/paper/more.trig:2: id:Lyon is both glocal:City and glocal:State, which nothing "
        "can be. Right would be: one of the two, or two entities."
    ]


def test_a_type_in_evidence_that_does_not_hold_does_not_count(project) -> None:
    project.write("curated/paper/more.trig", EVIDENCE.format("hypothesis", "Hypothesis"))

    assert project.validate() == []


def test_an_entity_of_two_kinds_that_go_together_is_accepted(project) -> None:
    project.write(
        FILE, 'id:Singapore a glocal:City , glocal:GlobalCity ; rdfs:label "S"@en , "新"@zh .'
    )

    assert project.validate() == []


def test_two_entities_of_one_class_with_one_label_are_refused(project) -> None:
    project.write(FILE, 'id:Lugdunum a glocal:City ;\n    rdfs:label "Lyon"@en , "卢格杜努姆"@zh .')

    assert project.validate() == [
        f"{FILE}:3: id:Lugdunum has the same label as id:Lyon. "
        "Right would be: labels that tell them apart, or one IRI for both."
    ]


def test_entities_of_different_classes_may_share_a_label(project) -> None:
    project.write(FILE, 'id:LyonArea a glocal:Place ; rdfs:label "Lyon"@en , "里昂"@zh .')

    assert project.validate() == []


def test_two_terms_with_one_label_are_refused(project) -> None:
    project.write(
        "ontology/more.ttl",
        'glocal:Town a owl:Class ; rdfs:label "city"@en , "镇"@zh ;\n'
        '    skos:definition "A small one."@en , "小城。"@zh .',
    )

    assert project.validate() == [
        "ontology/more.ttl:2: glocal:Town has the same label as glocal:City. "
        "Right would be: labels that tell them apart, or one IRI for both."
    ]
