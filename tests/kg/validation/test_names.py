"""Names that are not declared or described, or are used against their declaration or withdrawal."""

import pytest

FILE = "curated/paper/more.trig"


def evidence(statement: str) -> str:
    return (
        f"ev:p01.1-fact-2 {{\n    {statement}\n}}\n"
        "ev:p01.1-fact-2 a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        "    glocal:hasStatus glocal:Fact .\n"
    )


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            "id:London glocal:cooperateswith id:Lyon .",
            "3: glocal:cooperateswith is used but the ontology does not declare it. "
            "Expected: glocal:cooperatesWith, or a declaration in ontology/.",
        ),
        (
            "id:London glocal:cooperatesWith\n        id:Lyonn .",
            "4: id:Lyonn is used but not described. "
            "Expected: id:Lyon, or a type and labels in kg/curated/entities/.",
        ),
        (
            "id:London schema:containsPlace id:Lyon .",
            "3: schema:containsPlace is used as a property but not declared as one. "
            "Expected: schema:containsPlace a owl:…Property in ontology/core.ttl.",
        ),
        (
            'id:London glocal:cooperatesWith "Lyon" .',
            "3: glocal:cooperatesWith is an object property, but its value is a "
            "literal. Expected: the IRI of a thing.",
        ),
        (
            "id:London glocal:City id:Lyon .",
            "3: glocal:City is not a property. Expected: a property of the ontology.",
        ),
    ],
)
def test_a_name_that_is_not_known_or_used_as_something_else_is_refused(
    project, statement: str, finding: str
) -> None:
    project.write(FILE, evidence(statement))

    assert project.validate() == [f"{FILE}:{finding}"]


def test_an_unknown_class_is_refused(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        'id:Oslo a glocal:Xyzzy ;\n    rdfs:label "Oslo"@en , "奥斯陆"@zh .',
    )

    assert project.validate() == [
        "curated/entities/more.ttl:2: glocal:Xyzzy is used but the ontology does not declare it. "
        "Expected: a declaration in ontology/."
    ]


def test_a_passage_that_nothing_describes_is_refused(project) -> None:
    project.write(FILE, evidence("id:Lyon glocal:cooperatesWith id:London .").replace("1 ;", "9 ;"))

    assert project.validate()[1:] == [
        f"{FILE}:5: passage:p01.9 is used but not described. "
        "Expected: passage:p01.1, or a type and labels in kg/curated/source/."
    ]


@pytest.mark.parametrize(
    ("axioms", "used"),
    [
        ("schema:knows a owl:Class ; rdfs:range glocal:City .", ("schema:knows", "property")),
        ("glocal:City rdfs:subClassOf schema:City .", ("schema:City", "class")),
        ("schema:knows a owl:ObjectProperty ; rdfs:range org:Membership .", None),
    ],
)
def test_what_has_a_range_is_declared_a_property_and_what_is_below_another_a_class(
    project, axioms: str, used: tuple[str, str] | None
) -> None:
    project.write("ontology/more.ttl", axioms)

    declaration = {"property": "owl:…Property", "class": "owl:Class"}
    assert project.validate() == [
        f"ontology/more.ttl:2: {name} is used as a {kind} but not declared as one. "
        f"Expected: {name} a {declaration[kind]} in ontology/core.ttl."
        for name, kind in [used] * bool(used)
    ]


WITHDRAWN_FILE = "curated/withdrawn/cities.ttl"
WITHDRAWAL = """\
id:Londinium owl:deprecated true ;
    dcterms:isReplacedBy id:London ;
    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;
    skos:changeNote "The same city."@en , "同一城市。"@zh .
"""


def test_a_withdrawal_that_says_why_and_since_when_is_in_order(project) -> None:
    project.write(WITHDRAWN_FILE, WITHDRAWAL)

    assert project.validate() == []


def test_a_withdrawal_says_why_in_both_languages_and_since_when(project) -> None:
    project.write(
        WITHDRAWN_FILE, 'id:Londinium owl:deprecated true ; skos:changeNote "Wrong."@en .'
    )

    assert project.validate() == [
        f"{WITHDRAWN_FILE}:2: id:Londinium does not say when it was withdrawn. Expected: "
        'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.',
        f"{WITHDRAWN_FILE}:2: id:Londinium lacks a reason in English or Chinese. Expected: "
        'skos:changeNote "…"@en , "…"@zh.',
    ]


def test_a_name_that_is_still_used_is_not_withdrawn(project) -> None:
    project.write(WITHDRAWN_FILE, WITHDRAWAL.replace("id:Londinium", "id:Lyon"))

    findings = project.validate()
    assert "id:Lyon is withdrawn but still used. Expected: its successor" in findings[0]
    assert {one.partition(":")[0] for one in findings} == {
        "curated/entities/cities.ttl",
        "curated/paper/opening.trig",
    }


def test_a_successor_is_a_name_that_there_is_and_that_is_not_withdrawn(project) -> None:
    project.write(
        WITHDRAWN_FILE, WITHDRAWAL.replace("isReplacedBy id:London", "isReplacedBy id:Londn")
    )
    unknown = project.validate()
    project.write(
        WITHDRAWN_FILE, WITHDRAWAL.replace("isReplacedBy id:London", "isReplacedBy id:Londinium")
    )
    withdrawn = project.validate()

    assert len(unknown) == len(withdrawn) == 1
    assert "id:Londn is used but not described. Expected: id:London" in unknown[0]
    assert "id:Londinium is withdrawn but still used" in withdrawn[0]


def test_a_term_of_the_ontology_is_deprecated_and_not_withdrawn(project) -> None:
    project.write(WITHDRAWN_FILE, WITHDRAWAL.replace("id:Londinium", "glocal:City"))

    assert any("glocal:City cannot be withdrawn." in one for one in project.validate())


def test_nothing_else_is_said_of_a_withdrawn_name(project) -> None:
    project.write(WITHDRAWN_FILE, f'{WITHDRAWAL}id:Londinium skos:altLabel "Lundenwic"@en .')

    [finding] = project.validate()
    assert "skos:altLabel states a fact, but withdrawn names have no other statements" in finding
