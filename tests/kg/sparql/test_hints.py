import pytest

from kg.sparql.hints import find_date_comparisons
from kg.sparql.query import Query


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ('?d < "2006"^^xsd:gYear', "gYear"),
        ("'2006-05'^^xsd:gYearMonth<=?d", "gYearMonth"),
        ('?d!="2006-05-01"^^<http://www.w3.org/2001/XMLSchema#date>', "date"),
    ],
)
def test_a_date_that_compares_only_with_its_own_kind_is_told(expression: str, type_: str) -> None:
    [hint] = find_date_comparisons(Query(f"SELECT * {{ ?s ?p ?d FILTER({expression}) }}"))

    assert str(hint) == (
        f"Only values of xsd:{type_} are compared; dates with more or fewer parts are left out. "
        "To compare all, compare STR(?date) with a string."
    )


@pytest.mark.parametrize(
    "pattern",
    [
        '?s ?p "2006"^^xsd:gYear',
        'FILTER(?d = "2006"^^xsd:gYear)',
        'FILTER(?n < "7"^^xsd:integer)',
        'FILTER(STR(?d) < "2006") # < "2006"^^xsd:gYear',
    ],
)
def test_other_comparisons_and_dates_need_no_hint(pattern: str) -> None:
    assert find_date_comparisons(Query(f"SELECT * {{ ?s ?p ?d {pattern} }}")) == []
