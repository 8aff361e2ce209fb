import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import KgError, LimitExceeded, MalformedParameter
from kg.linking.name_search import NameQuery
from kg.linking.reconciler import Reconciler
from kg.linking.reconciliation_batches import (
    BatchLimits,
    ReconciliationQuery,
    parse_batch,
    parse_extension,
    parse_query,
)
from kg.namespaces import GLOCAL

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["q", "query", "type", "limit", "properties", "pid", "v", "id", "ids"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read(reconciler: Reconciler, **query: Any) -> ReconciliationQuery:
    """One query of a batch."""
    return parse_query(query, "queries.q", reconciler.vocabulary, BatchLimits())


def test_a_query_has_a_name_types_properties_and_a_limit(reconciler: Reconciler) -> None:
    asked = read(
        reconciler,
        query="London",
        type=["City"],
        type_strict="all",
        limit=3,
        properties=[
            {"pid": "cityOf", "v": [{"id": "UnitedKingdom", "name": "UK"}, "英国", 1, True]}
        ],
    )

    assert asked.wanted == NameQuery("London", frozenset({GLOCAL["City"].value}), "all")
    assert asked.limit == 3
    ((term, values),) = asked.properties
    assert (term.identifier, values) == ("cityOf", ({"id": "UnitedKingdom"}, "英国", 1, True))


def test_a_type_may_stand_alone_or_be_left_out(reconciler: Reconciler) -> None:
    assert read(reconciler, query="x", type="City").wanted == NameQuery(
        "x", frozenset({GLOCAL["City"].value})
    )
    assert read(reconciler, query="x", type="").wanted == NameQuery("x")
    assert read(reconciler, query="x").wanted == NameQuery("x")


def test_one_batch_asks_so_much_and_no_more(reconciler: Reconciler) -> None:
    batch = json.dumps({str(number): {"query": "x"} for number in range(3)})

    assert list(parse_batch(batch, BatchLimits(queries=3))) == ["0", "1", "2"]
    with pytest.raises(LimitExceeded, match="queries in a batch: more than 2"):
        parse_batch(batch, BatchLimits(queries=2))
    with pytest.raises(MalformedParameter, match="more than 20 property values"):
        read(reconciler, properties=[{"pid": "rank", "v": list(range(21))}])


def test_one_extension_asks_so_much_and_no_more(reconciler: Reconciler) -> None:
    ids, properties = ["London"] * 2, [{"id": "rank"}] * 3
    query = json.dumps({"ids": ids, "properties": properties})

    assert len(parse_extension(query, reconciler.vocabulary, BatchLimits()).columns) == 3
    with pytest.raises(LimitExceeded, match="properties to extend by: more than 2"):
        parse_extension(query, reconciler.vocabulary, BatchLimits(properties=2))
    with pytest.raises(LimitExceeded, match="entities to extend: more than 1"):
        parse_extension(query, reconciler.vocabulary, BatchLimits(queries=1))


@given(given_=ANY_JSON)
def test_whatever_is_sent_is_read_or_refused(reconciler: Reconciler, given_: Any) -> None:
    text = json.dumps(given_)
    with suppress(KgError):
        parse_batch(text, BatchLimits())
    with suppress(KgError):
        reconciler.reconcile(parse_query(given_, "q", reconciler.vocabulary, BatchLimits()))
    with suppress(KgError):
        reconciler.extend(parse_extension(text, reconciler.vocabulary, BatchLimits()))
