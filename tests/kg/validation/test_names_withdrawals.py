"""Names that are withdrawn."""

FILE = "curated/withdrawn/cities.ttl"
WHOLE = """\
id:Londinium owl:deprecated true ;
    dcterms:isReplacedBy id:London ;
    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;
    skos:changeNote "The same city."@en , "同一城市。"@zh .
"""


def test_a_withdrawal_that_says_why_and_since_when_is_in_order(project) -> None:
    project.write(FILE, WHOLE)

    assert project.validate() == []


def test_a_withdrawal_says_why_in_both_languages_and_since_when(project) -> None:
    project.write(FILE, 'id:Londinium owl:deprecated true ; skos:changeNote "Wrong."@en .')

    assert project.validate() == [
        f"{FILE}:2: id:Londinium does not say when it was withdrawn. Expected: "
        'prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime.',
        f"{FILE}:2: id:Londinium lacks a reason in English or Chinese. Expected: "
        'skos:changeNote "…"@en , "…"@zh.',
    ]


def test_a_name_that_is_still_used_is_not_withdrawn(project) -> None:
    project.write(FILE, WHOLE.replace("id:Londinium", "id:Lyon"))

    findings = project.validate()
    assert "id:Lyon is withdrawn but still used. Expected: its successor" in findings[0]
    assert {one.partition(":")[0] for one in findings} == {
        "curated/entities/cities.ttl",
        "curated/paper/opening.trig",
    }


def test_a_successor_is_a_name_that_there_is_and_that_is_not_withdrawn(project) -> None:
    project.write(FILE, WHOLE.replace("isReplacedBy id:London", "isReplacedBy id:Londn"))
    unknown = project.validate()
    project.write(FILE, WHOLE.replace("isReplacedBy id:London", "isReplacedBy id:Londinium"))
    withdrawn = project.validate()

    assert len(unknown) == len(withdrawn) == 1
    assert "id:Londn is used but not described. Expected: id:London" in unknown[0]
    assert "id:Londinium is withdrawn but still used" in withdrawn[0]


def test_a_term_of_the_ontology_is_deprecated_and_not_withdrawn(project) -> None:
    project.write(FILE, WHOLE.replace("id:Londinium", "glocal:City"))

    assert any("glocal:City cannot be withdrawn." in one for one in project.validate())


def test_nothing_else_is_said_of_a_withdrawn_name(project) -> None:
    project.write(FILE, f'{WHOLE}id:Londinium skos:altLabel "Lundenwic"@en .')

    [finding] = project.validate()
    assert "skos:altLabel states a fact, but withdrawn names have no other statements" in finding
