"""Literals without a value in their datatype."""

import pytest

FILE = "curated/entities/more.ttl"


def entity(literal: str) -> str:
    return (
        'id:Oslo a glocal:City ; rdfs:label "Oslo"@en , "奥斯陆"@zh ;\n'
        f"    dcterms:issued {literal} ."
    )


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("MMXV", "gYear"),
        ("twelve", "gYear"),
        ("2015-12", "gYear"),
        ("2017-13", "gYearMonth"),
        ("2017-13-45", "date"),
        ("2017-02-29", "date"),
        ("2017-02-28T25:00:00", "dateTime"),
        ("1.5", "integer"),
        ("NaN", "decimal"),
        ("1e3", "decimal"),
        ("x", "boolean"),
        ("a b", "anyURI"),
    ],
)
def test_a_literal_without_a_value_is_refused(project, text: str, datatype: str) -> None:
    project.write(FILE, entity(f'"{text}"^^xsd:{datatype}'))

    (finding,) = project.validate()

    assert finding.startswith(
        f'{FILE}:3: dcterms:issued has "{text}", which is no xsd:{datatype}. '
        "Right would be: a value of that datatype, such as "
    )


@pytest.mark.parametrize(
    "literal",
    [
        *('"2015"^^xsd:gYear', '"-0044"^^xsd:gYear', '"2015-12"^^xsd:gYearMonth'),
        *('"2016-02-29"^^xsd:date', '"2016-02-28T24:00:00Z"^^xsd:dateTime'),
        *('"+12"^^xsd:integer', '".5"^^xsd:decimal', '"1"^^xsd:boolean', "true"),
        *('"https://example.org/a"^^xsd:anyURI', '"twelve"'),
    ],
)
def test_a_literal_with_a_value_is_accepted(project, literal: str) -> None:
    project.write(FILE, entity(literal))

    assert project.validate() == []


def test_a_literal_of_the_ontology_is_looked_at_too(project) -> None:
    project.write("ontology/more.ttl", 'glocal:Actor dcterms:created\n    "May"^^xsd:date .')

    assert (
        'ontology/more.ttl:3: dcterms:created has "May", which is no xsd:date. Right would be: '
        'a value of that datatype, such as "2015-12-31", or another datatype.'
    ) in project.validate()
