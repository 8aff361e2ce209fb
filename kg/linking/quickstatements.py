"""Commands for QuickStatements, which add our identifiers to the Wikidata items that we link to.

Source: https://www.wikidata.org/wiki/Help:QuickStatements, syntax V1: one command on each line,
item, property and value with tabs between them, and a string in double quotes.
"""

import re
from typing import Final

from kg.errors import MalformedParameter
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.lookup import MAPPING_PROPERTIES
from kg.namespaces import ID, is_in
from kg.store.quad_store import Store

_EXACT: Final = MAPPING_PROPERTIES[0]
_ITEMS: Final = EXTERNAL_DATASETS["wikidata"]
_PROPERTY: Final = re.compile(r"P[1-9][0-9]{0,9}")


def write_quickstatements(store: Store, property_id: str) -> str:
    """Write a command for each entity with an exact match, by local name: its identifier there.

    Raises MalformedParameter if `property_id` is not that of a Wikidata property.
    """
    if _PROPERTY.fullmatch(property_id) is None:
        reason = f"expected a Wikidata property such as P12345, got '{property_id[:40]}'"
        raise MalformedParameter("property", reason)
    items = {
        triple.subject.value.removeprefix(ID): _ITEMS.identifier_in(triple.object.value)
        for triple in store.triples(predicate=_EXACT)
        if is_in(triple.subject, ID) and is_in(triple.object, _ITEMS.namespace)
    }
    return "".join(f'{item}\t{property_id}\t"{name}"\n' for name, item in sorted(items.items()))
