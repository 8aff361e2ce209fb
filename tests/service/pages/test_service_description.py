from kg.store.saved_queries import SavedQuery
from service.pages.service_description import example_query


def saved(text: str, **parameters: str) -> SavedQuery:
    """A saved query with this text."""
    return SavedQuery("one", {"en": "?", "zh": "？"}, parameters, "rows", text, "SELECT")


def test_the_example_is_the_shortest_question_that_needs_to_be_told_nothing() -> None:
    queries = [saved("SELECT ?a", a="an IRI"), saved("SELECT ?a ?b"), saved("SELECT ?abc ?d")]

    assert example_query(queries) == "SELECT ?a ?b"


def test_without_such_a_question_the_example_counts_the_members_of_each_class() -> None:
    assert example_query([saved("SELECT ?a", a="an IRI")]).startswith("SELECT ?class (COUNT")
