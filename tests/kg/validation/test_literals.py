"""Invalid literals, blank texts, texts in another language than tagged, untitled modules."""

import pytest

FILE = "curated/entities/more.ttl"


def entity(literal: str) -> str:
    names = 'rdfs:label "Oslo"@en , "奥斯陆"@zh'
    return f"id:Oslo a glocal:City ; {names} ;\n    skos:scopeNote {literal} ."


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
        f'{FILE}:3: skos:scopeNote has the value "{text}", which is not a valid xsd:{datatype}. '
        "Expected: a value of that datatype, such as "
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
        'ontology/more.ttl:3: dcterms:created has the value "May", which is not a valid '
        'xsd:date. Expected: a value of that datatype, such as "2015-12-31", or another datatype.'
    ) in project.validate()


@pytest.mark.parametrize(
    ("file", "described", "blank"),
    [
        *(
            (FILE, f'id:Oslo a glocal:City ;\n    rdfs:label "Oslo"@en ,\n    "{blank}"@zh .',
             "4: id:Oslo has a blank rdfs:label @zh")
            for blank in ("", " ", "\\u3000", "\\u200B")
        ),
        *(
            (FILE, entity('""@en').replace("skos:scopeNote", name),
             f"3: id:Oslo has a blank {name} @en")
            for name in ("skos:scopeNote", "dcterms:description", "skos:altLabel")
        ),
        (
            "ontology/more.ttl",
            'glocal:Town a owl:Class ; rdfs:label "town"@en , "镇"@zh ;\n'
            '    skos:definition "A small city."@en ,\n        " "@zh .',
            "4: glocal:Town has a blank skos:definition @zh",
        ),
    ],
)  # fmt: skip
def test_a_blank_text_of_any_property_is_refused(
    project, file: str, described: str, blank: str
) -> None:
    project.write(file, described)

    name = blank.split()[-2]
    assert project.validate() == [
        f"{file}:{blank}. Expected: a text in that language, or no {name}."
    ]


def test_a_chinese_label_without_a_chinese_character_is_refused(project) -> None:
    project.write(FILE, 'id:Oslo a glocal:City ;\n    rdfs:label "Oslo"@en ,\n    "Oslo"@zh .')

    assert project.validate() == [
        f'{FILE}:4: id:Oslo has the rdfs:label "Oslo"@zh without a Chinese character. '
        "Expected: a text in Chinese, or the tag of the language it is in."
    ]


@pytest.mark.parametrize(
    ("titles", "is_refused"),
    [
        ('dcterms:title "Towns"@en', True),
        ('dcterms:title "城镇"@zh', True),
        ("", True),
        ('dcterms:title "Towns"@en , "城镇"@zh', False),
    ],
)
def test_a_module_without_a_title_in_both_languages_is_refused(
    project, titles: str, is_refused: bool
) -> None:
    project.write(
        "ontology/more.ttl", f"<https://w3id.org/glocal/ontology/more> a owl:Ontology ; {titles} ."
    )

    assert (
        project.validate()
        == [
            "ontology/more.ttl:2: https://w3id.org/glocal/ontology/more: the module does not have "
            "exactly one title in English and one in Chinese. "
            "Expected: one dcterms:title @en and one @zh."
        ]
        * is_refused
    )
