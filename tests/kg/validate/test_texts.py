"""Blank texts, texts that are not in the language they are tagged with, untitled modules."""

import pytest

FILE = "curated/entities/more.ttl"


@pytest.mark.parametrize("blank", ["", " ", "\\u3000", "\\u200B"])
def test_a_blank_label_is_refused(project, blank: str) -> None:
    project.write(FILE, f'id:Oslo a glocal:City ;\n    rdfs:label "Oslo"@en ,\n    "{blank}"@zh .')

    assert project.validate() == [
        f"{FILE}:4: id:Oslo has a blank rdfs:label @zh. "
        "Right would be: a text in that language, or no rdfs:label."
    ]


@pytest.mark.parametrize("predicate", ["skos:note", "dcterms:description", "skos:altLabel"])
def test_a_blank_text_of_any_property_is_refused(project, predicate: str) -> None:
    project.write(
        FILE,
        f'id:Oslo a glocal:City ; rdfs:label "Oslo"@en , "奥斯陆"@zh ;\n    {predicate} ""@en .',
    )

    assert project.validate() == [
        f"{FILE}:3: id:Oslo has a blank {predicate} @en. "
        f"Right would be: a text in that language, or no {predicate}."
    ]


def test_a_blank_definition_is_refused(project) -> None:
    project.write(
        "ontology/more.ttl",
        'glocal:Town a owl:Class ; rdfs:label "town"@en , "镇"@zh ;\n'
        '    skos:definition "A small city."@en ,\n        " "@zh .',
    )

    assert project.validate() == [
        "ontology/more.ttl:4: glocal:Town has a blank skos:definition @zh. "
        "Right would be: a text in that language, or no skos:definition."
    ]


def test_a_chinese_label_without_a_chinese_character_is_refused(project) -> None:
    project.write(FILE, 'id:Oslo a glocal:City ;\n    rdfs:label "Oslo"@en ,\n    "Oslo"@zh .')

    assert project.validate() == [
        f'{FILE}:4: id:Oslo has the rdfs:label "Oslo"@zh without a Chinese character. '
        "Right would be: a text in Chinese, or the tag of the language it is in."
    ]


def test_another_name_in_chinese_may_be_a_sign_alone(project) -> None:
    project.write(
        FILE,
        'id:Percent a glocal:Unit ; rdfs:label "per cent"@en , "百分比"@zh ;\n'
        '    skos:altLabel "%"@zh .',
    )

    assert project.validate() == []


@pytest.mark.parametrize("titles", ['dcterms:title "Towns"@en', 'dcterms:title "城镇"@zh', ""])
def test_a_module_without_a_title_in_both_languages_is_refused(project, titles: str) -> None:
    project.write(
        "ontology/more.ttl", f"<https://w3id.org/glocal/ontology/more> a owl:Ontology ; {titles} ."
    )

    assert project.validate() == [
        "ontology/more.ttl:2: https://w3id.org/glocal/ontology/more: the module has not exactly "
        "one title in English and one in Chinese. "
        "Right would be: one dcterms:title @en and one @zh."
    ]


def test_a_module_with_both_titles_is_accepted(project) -> None:
    project.write(
        "ontology/more.ttl",
        "<https://w3id.org/glocal/ontology/more> a owl:Ontology ;\n"
        '    dcterms:title "Towns"@en , "城镇"@zh .',
    )

    assert project.validate() == []
