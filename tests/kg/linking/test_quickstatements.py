"""Commands for QuickStatements have its syntax V1."""

import pytest

from kg.errors import MalformedParameter
from kg.linking.quickstatements import write_quickstatements
from tests.kg.linking.conftest import store_of

LINKED = """
id:London skos:exactMatch wd:Q84 , <https://sws.geonames.org/2643743/> .
id:Brussels skos:closeMatch wd:Q239 . id:ASEAN skos:exactMatch wd:Q7768 .
glocal:City skos:exactMatch wd:Q515 . wd:Q90 skos:exactMatch wd:Q84 .
"""


def test_each_item_that_is_the_same_gets_the_local_name_of_the_entity() -> None:
    commands = write_quickstatements(store_of(LINKED), "P12345")

    assert commands == 'Q7768\tP12345\t"ASEAN"\nQ84\tP12345\t"London"\n'


@pytest.mark.parametrize("name", ["", "12345", "P0", "p12", "Q84", "P1\tQ2"])
def test_a_property_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(MalformedParameter, match="expected a Wikidata property such as P12345"):
        write_quickstatements(store_of(LINKED), name)
