from pyoxigraph import RdfFormat, parse

from kg.describe.description import Withdrawal, find_withdrawal
from kg.namespaces import ID, PREFIXES
from kg.release.build import build
from kg.store.quad_store import Store

TRIG = """
id:Old owl:deprecated true ; dcterms:isReplacedBy id:New , id:Another ;
    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;
    skos:changeNote "Two things."@en , "实为二物。"@zh .
id:Gone owl:deprecated true .
id:New owl:deprecated false .
"""
PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
STORE = Store.in_memory(parse(PROLOGUE + TRIG, format=RdfFormat.TRIG))


def test_a_release_carries_what_the_curated_files_withdraw(project) -> None:
    project.write(
        "curated/withdrawn/cities.ttl",
        "id:Londinium owl:deprecated true ; dcterms:isReplacedBy id:London ;\n"
        '    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;\n'
        '    skos:changeNote "The same city."@en , "同一城市。"@zh .\n',
    )
    release = build(curated_files=project.curated, ontology_files=project.ontology)

    found = find_withdrawal(Store.open(release), ID["Londinium"])
    assert found is not None
    assert found.successors == (ID["London"],)


def test_a_withdrawn_name_says_since_when_why_and_what_to_use() -> None:
    assert find_withdrawal(STORE, ID["Old"]) == Withdrawal(
        ID["Old"],
        "2026-12-01T00:00:00Z",
        {"en": "Two things.", "zh": "实为二物。"},
        (ID["Another"], ID["New"]),
    )


def test_a_name_can_be_withdrawn_without_a_word() -> None:
    assert find_withdrawal(STORE, ID["Gone"]) == Withdrawal(ID["Gone"], "", {}, ())


def test_a_name_that_is_in_use_is_not_withdrawn() -> None:
    assert find_withdrawal(STORE, ID["New"]) is None
    assert find_withdrawal(STORE, ID["Another"]) is None
