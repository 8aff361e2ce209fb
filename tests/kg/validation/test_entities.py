"""Disjoint or missing classes, shared or missing labels, and relations between wrong classes."""

import pytest

FILE = "curated/entities/more.ttl"


CLASH = "which are disjoint. Expected: one of the two types, or two entities."
NAMED = 'rdfs:label "S"@en , "新"@zh .'
EVIDENCE = """\
ev:p01.1-{0} {{ id:Lyon a glocal:State . }}
ev:p01.1-{0} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:{1} .
"""
SAME = "Expected: labels that tell them apart, or one IRI for both."


@pytest.mark.parametrize(
    ("file", "text", "findings"),
    [
        (
            FILE,
            f"id:Singapore a glocal:City ,\n    glocal:State ; {NAMED}",
            [f"3: id:Singapore is both glocal:City and glocal:State, {CLASH}"],
        ),
        (
            FILE,
            f"id:Singapore a glocal:GlobalCity ,\n    glocal:University ; {NAMED}",
            [f"3: id:Singapore is both glocal:GlobalCity and glocal:University, {CLASH}"],
        ),
        (
            "curated/paper/more.trig",
            EVIDENCE.format("thesis", "Thesis"),
            [f"2: id:Lyon is both glocal:City and glocal:State, {CLASH}"],
        ),
        ("curated/paper/more.trig", EVIDENCE.format("hypothesis", "Hypothesis"), []),
        (FILE, f"id:Singapore a glocal:City , glocal:GlobalCity ; {NAMED}", []),
        (
            FILE,
            'id:Lugdunum a glocal:City ;\n    rdfs:label "Lyon"@en , "卢格杜努姆"@zh .',
            [f"3: id:Lugdunum has the same label as id:Lyon. {SAME}"],
        ),
        (FILE, 'id:LyonArea a glocal:Place ; rdfs:label "Lyon"@en , "里昂"@zh .', []),
        (
            "ontology/more.ttl",
            'glocal:Town a owl:Class ; rdfs:label "City"@en , "镇"@zh ;\n'
            '    skos:definition "A small one."@en , "小城。"@zh .',
            [f"2: glocal:Town has the same label as glocal:City. {SAME}"],
        ),
    ],
    ids=[
        *("disjoint kinds", "narrower disjoint kinds", "a thesis", "a hypothesis"),
        *("kinds that go together", "one label", "one label, two classes", "terms of one label"),
    ],
)
def test_what_holds_is_of_no_disjoint_kinds_and_two_of_a_class_have_different_labels(
    project, file: str, text: str, findings: list[str]
) -> None:
    project.write(file, text)

    assert project.validate() == [f"{file}:{finding}" for finding in findings]


PAPER = "curated/paper/more.trig"
LABELS = 'rdfs:label "Zzz"@en , "兹"@zh'


@pytest.mark.parametrize("kind", ["owl:Thing", "glocal:Evidence", "skos:Concept"])
def test_an_entity_of_no_kind_that_is_known_is_refused(project, kind: str) -> None:
    project.write(FILE, f"id:Zzz\n    a {kind} ; {LABELS} .")

    assert (
        f"{FILE}:3: id:Zzz is typed as {kind}, which is not an entity class. Expected: "
        "glocal:Entity or a subclass of it, such as glocal:Concept."
    ) in project.validate()


@pytest.mark.parametrize("kind", ["glocal:City", "glocal:Entity", "qb:DataSet", "glocal:Unit"])
def test_an_entity_of_a_kind_that_is_known_is_accepted(project, kind: str) -> None:
    project.write(FILE, f"id:Zzz a owl:Thing , {kind} ; {LABELS} .")

    assert project.validate() == []


@pytest.mark.parametrize("kind", ["glocal:Source", "glocal:Entity", "owl:Thing"])
@pytest.mark.parametrize("label", ["", '; rdfs:label "Zzz"@en'])
def test_an_entity_of_the_widest_kind_needs_labels_too(project, kind: str, label: str) -> None:
    project.write(FILE, f"id:Zzz a {kind} {label} .")

    assert (
        f"{FILE}:2: id:Zzz: the entity does not have exactly one label in English "
        "and one in Chinese. "
        "Expected: one rdfs:label @en and one @zh; other names are skos:altLabel."
    ) in project.validate()


@pytest.mark.parametrize("kind", ["glocal:Dataset", "glocal:Work , glocal:Source"])
def test_a_work_of_any_kind_needs_an_english_label_alone(project, kind: str) -> None:
    project.write(FILE, f'id:Zzz a {kind} ; rdfs:label "Zzz"@en .')

    assert project.validate() == []


def test_a_chinese_work_needs_an_english_label(project) -> None:
    project.write(FILE, 'id:PubA a glocal:Work ;\n    rdfs:label "城市"@zh .')

    assert project.validate() == [
        f"{FILE}:3: id:PubA: the work has no label in English. Expected: an English gloss "
        "as rdfs:label @en beside the title in its language."
    ]


@pytest.mark.parametrize(
    ("statement", "found", "right"),
    [
        (
            "id:London glocal:memberOf id:Lyon",
            "the object of glocal:memberOf is id:Lyon, which is not a ",
            "glocal:Group, glocal:Kind or glocal:Organization",
        ),
        (
            "id:Plan glocal:memberOf id:C40",
            "the subject of glocal:memberOf is id:Plan, which is not a ",
            "glocal:Agent or glocal:Kind",
        ),
        (
            "id:London glocal:cityOf id:Lyon",
            "the object of glocal:cityOf is id:Lyon, which is not a ",
            "glocal:State",
        ),
        (
            "id:Ann glocal:mayorOf id:C40",
            "the object of glocal:mayorOf is id:C40, which is not a ",
            "glocal:City",
        ),
        (
            "id:Lyon glocal:mayorOf id:London",
            "the subject of glocal:mayorOf is id:Lyon, which is not a ",
            "glocal:Person",
        ),
    ],
)
def test_a_relation_to_the_wrong_kind_is_refused(
    project, statement: str, found: str, right: str
) -> None:
    people_and_more(project)
    project.write(PAPER, evidence(f"\n    {statement} ."))

    role = found.split()[1]
    assert (
        f"{PAPER}:3: {found}{right}. Expected: a {right} as the {role}, or another property."
    ) in project.validate()


@pytest.mark.parametrize(
    "statement",
    ["id:London glocal:memberOf id:C40", "id:Ann glocal:mayorOf id:London"],
)
def test_a_relation_to_the_right_kind_or_one_below_it_is_accepted(project, statement: str) -> None:
    people_and_more(project)
    project.write(PAPER, evidence(f"{statement} ."))

    assert project.validate() == []


@pytest.mark.parametrize(
    ("described", "right"),
    [
        ("glocal:heldBy id:Plan", "prov:Agent, glocal:Agent or glocal:Kind"),
        ("glocal:citedFrom id:Plan", "glocal:Dataset, glocal:Study or glocal:Work"),
        ("glocal:fromPassage id:Plan", "glocal:Passage"),
    ],
)
def test_evidence_that_names_the_wrong_kind_is_refused(project, described: str, right: str) -> None:
    people_and_more(project)
    project.write(PAPER, evidence("id:Lyon glocal:cooperatesWith id:C40 .", described))

    name = described.partition(" ")[0]
    assert (
        f"{PAPER}:5: the object of {name} is id:Plan, which is not a {right}. "
        f"Expected: a {right} as the object, or another property."
    ) in project.validate()


def people_and_more(project) -> None:
    project.write(
        FILE,
        'id:Ann a glocal:Person ; rdfs:label "Ann"@en , "安"@zh .\n'
        'id:Plan a glocal:ActionPlan ; rdfs:label "plan"@en , "计划"@zh .\n',
    )
    network = 'id:C40 a glocal:TransnationalCityNetwork ; rdfs:label "C40"@en , "城市网络"@zh .\n'
    project.write("curated/entities/networks.ttl", network)


def evidence(statement: str, more: str = "glocal:sourceLost true") -> str:
    return (
        f"ev:p01.1-fact-2 {{ {statement} }}\n"
        "ev:p01.1-fact-2 a glocal:Evidence ; glocal:hasStatus glocal:Fact ;\n"
        "    glocal:fromPassage passage:p01.1 ;\n"
        f"    {more} .\n"
    )
