"""Queries over a store that reasons by OWL: described classes, hidden classes, equality."""

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, parse

from kg.errors import LimitExceeded, MalformedQuery
from kg.namespaces import OWL, PREFIXES
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.entailment import Entailment
from kg.store.writable_store import WritableStore

HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
HEAD += "PREFIX : <https://example.org/>\n"
CLASSES = ":A a owl:Class . :B a owl:Class . :C a owl:Class . :p a owl:ObjectProperty ."


def store_of(data: str, regime: RegimeName = "owl-rl") -> EntailedStore:
    quads = parse(f"{HEAD} {CLASSES} {data}", format=RdfFormat.TURTLE)
    return EntailedStore.over(WritableStore.in_memory(quads), Entailment(regime))


def answers(store: EntailedStore, pattern: str, entailment: str = "all") -> list[str]:
    """Return the values of ?x, as often as they are found."""
    results = store.query(f"{HEAD} SELECT ?x {{ {pattern} }}", entailment=entailment)
    assert isinstance(results, QuerySolutions)
    return sorted(_name(row["x"]) for row in results)


def _name(term: object) -> str:
    if isinstance(term, NamedNode):
        return term.value.replace("#", "/").rpartition("/")[2]
    return term.value if isinstance(term, Literal) else "_"


def described(data: str, class_: str) -> list[str]:
    return answers(store_of(data), f"?x a [ {class_} ]")


SOME_B = "owl:onProperty :p ; owl:someValuesFrom :B"


@pytest.mark.parametrize(
    ("class_", "data", "expected"),
    [
        ("owl:intersectionOf ( :A :B )", ":a a :A , :B . :b a :B .", ["a"]),
        ("owl:unionOf ( :A :B )", ":a a :A , :B . :b a :B . :c a :C .", ["a", "b"]),
        ("owl:oneOf ( :a :b )", ":a :p :b . :c :p :a .", ["a", "b"]),
        (SOME_B, ":a :p :b , :c . :b a :B . :c a :B . :d :p :e .", ["a"]),
        ("owl:onProperty :p ; owl:hasValue :b", ":a :p :b . :c :p :d .", ["a"]),
        ("owl:onProperty [ owl:inverseOf :p ] ; owl:someValuesFrom :A", ":a a :A ; :p :b .", ["b"]),
        # Known to be in a class, without a value that is known.
        (SOME_B, f":A rdfs:subClassOf [ {SOME_B} ] . :a a :A .", ["a"]),
        (
            "owl:onProperty :p ; owl:someValuesFrom owl:Thing",
            f":A rdfs:subClassOf [ {SOME_B} ] . :a a :A .",
            ["a"],
        ),
        (
            "owl:onProperty :p ; owl:minCardinality 1",
            ":A rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom owl:Thing ] . :a a :A .",
            ["a"],
        ),
        # The complement of a class is not what is not known to be in it.
        ("owl:complementOf :B", ":A owl:disjointWith :B . :a a :A . :b a :B . :c a :C .", ["a"]),
        (
            "owl:onProperty :p ; owl:someValuesFrom [ owl:complementOf :B ]",
            ":A owl:disjointWith :B . :c a :A . :a :p :c . :b :p :d .",
            ["a"],
        ),
        # All values, if there can be no other.
        ("owl:onProperty :p ; owl:allValuesFrom :A", ":a :p :b . :b a :A .", []),
        (
            "owl:onProperty :p ; owl:allValuesFrom :A",
            ":p a owl:FunctionalProperty . :a :p :b . :b a :A . :c :p :d .",
            ["a"],
        ),
        # Numbers.
        (
            "owl:onProperty :p ; owl:maxCardinality 1",
            ":a a [ owl:onProperty :p ; owl:allValuesFrom [ owl:oneOf ( :b ) ] ] . :c :p :b .",
            ["a"],
        ),
        (
            "owl:onProperty :p ; owl:maxCardinality 1",
            ":a a [ owl:onProperty :p ; owl:allValuesFrom [ owl:oneOf ( :b :c ) ] ] .",
            [],
        ),
        (
            "owl:onProperty :p ; owl:qualifiedCardinality 1 ; owl:onClass :B",
            ":b a :B . :a :p :b ; "
            "a [ owl:onProperty :p ; owl:allValuesFrom [ owl:oneOf ( :b ) ] ] . :c :p :b .",
            ["a"],
        ),
        ("owl:onProperty :p ; owl:maxQualifiedCardinality 0 ; owl:onClass :B", ":a :p :c .", []),
    ],
)
def test_the_instances_of_a_described_class_are_those_known_to_fit(
    class_: str, data: str, expected: list[str]
) -> None:
    assert described(data, class_) == expected


def test_a_class_that_the_data_describe_as_well_is_found_once() -> None:
    store = store_of(f":A owl:equivalentClass [ {SOME_B} ] . :a :p :b . :b a :B .")

    assert answers(store, f"?x a [ {SOME_B} ]") == ["a"]


def test_classes_within_a_described_class_are_named_ones() -> None:
    store = store_of(f":A rdfs:subClassOf [ {SOME_B} ] . :C rdfs:subClassOf :A .")

    assert answers(store, f"?x rdfs:subClassOf [ {SOME_B} ]") == ["A", "C", "Nothing"]


@pytest.mark.parametrize(
    "class_",
    [
        "owl:onProperty :q ; owl:someValuesFrom :D",
        "owl:onProperty :q ; owl:allValuesFrom :D",
        "owl:onProperty :q ; owl:hasValue 5",
        "owl:onProperty :q ; owl:hasSelf true",
        "owl:onProperty :q ; owl:maxCardinality 2",
        "owl:onProperty :q ; owl:cardinality 3",
        "owl:onProperty :q ; owl:minQualifiedCardinality 2 ; owl:onClass :D",
        "owl:onProperty [ owl:inverseOf :q ] ; owl:someValuesFrom :D",
        "owl:onProperty :q ; owl:someValuesFrom [ owl:onProperty :q ; owl:hasValue :d ]",
        "owl:intersectionOf ( :A :B )",
        "owl:unionOf ( :A :B )",
        "owl:complementOf :D",
    ],
)
def test_a_class_that_an_axiom_writes_alike_is_within_a_described_one(class_: str) -> None:
    # Neither :q nor :D is declared.
    store = store_of(f":C rdfs:subClassOf [ {class_} ] . :a a :C .")

    assert "C" in answers(store, f"?x rdfs:subClassOf [ {class_} ]")
    assert answers(store, f"?x a [ {class_} ]") == ["a"]


def test_a_number_says_something_of_lower_and_higher_numbers() -> None:
    store = store_of(":A rdfs:subClassOf [ owl:onProperty :p ; owl:cardinality 3 ] .")
    pattern = "?x rdfs:subClassOf [ owl:onProperty :p ; owl:{} {} ] FILTER(?x != owl:Nothing)"

    assert answers(store, pattern.format("minCardinality", 2)) == ["A"]
    assert answers(store, pattern.format("maxCardinality", 4)) == ["A"]
    assert answers(store, pattern.format("minCardinality", 4)) == []
    assert answers(store, pattern.format("maxCardinality", 2)) == []


@pytest.mark.slow
def test_a_class_within_all_parts_is_within_the_intersection_and_so_for_unions() -> None:
    store = store_of(
        ":I owl:equivalentClass [ owl:intersectionOf ( :A :B ) ] . :C rdfs:subClassOf :A , :B . "
        ":U owl:equivalentClass [ owl:unionOf ( :E :F ) ] . :E rdfs:subClassOf :G . "
        ":F rdfs:subClassOf :G ."
    )

    assert "C" in answers(store, "?x rdfs:subClassOf :I")
    assert "U" in answers(store, "?x rdfs:subClassOf :G")


def test_a_class_may_be_as_deep_as_the_limit_allows_and_no_deeper() -> None:
    store = store_of(":a :p :a ; a :A .")

    def pattern(depth: int) -> str:
        start = "[ owl:onProperty :p ; owl:someValuesFrom "
        return f"?x a {start * depth} :A {']' * depth}"

    assert answers(store, pattern(199)) == ["a"]
    with pytest.raises(LimitExceeded, match="triples that describe the classes"):
        answers(store, pattern(201))


def test_a_described_class_leaves_no_trace() -> None:
    store = store_of(":a a :A , :B .")
    before = set(store.quads())

    assert answers(store, "?y a ?x . ?y a [ owl:intersectionOf ( :A :B ) ]") == ["A", "B", "Thing"]
    assert answers(store, "?y ?x :A . ?y a [ owl:intersectionOf ( :A :B ) ]") == ["type"]
    assert set(store.quads()) == before
    assert answers(store, "?y a ?x . FILTER(isIRI(?y) && CONTAINS(STR(?x), 'glocal'))") == []


def test_without_entailment_a_query_is_plain_sparql() -> None:
    store = store_of(":a a :A , :B ; :p :a .")

    assert answers(store, "?x a [ owl:intersectionOf ( :A :B ) ]", "none") == []
    assert answers(store, "?x owl:sameAs ?y", "none") == []


def test_rdfs_knows_no_classes_that_a_query_describes() -> None:
    store = store_of(":a a :A , :B .", "rdfs")

    assert answers(store, "?x a [ owl:intersectionOf ( :A :B ) ]") == []


def test_what_is_derived_of_anonymous_classes_is_no_answer() -> None:
    store = store_of(f":A rdfs:subClassOf [ {SOME_B} ] . :a a :A .")

    assert answers(store, ":a a ?x") == ["A", "Thing"]
    assert "_" not in answers(store, ":C rdfs:subClassOf ?x")
    # Asserted ones are.
    assert "_" in answers(store, ":A rdfs:subClassOf ?x")


def test_everything_is_the_same_as_itself() -> None:
    store = store_of(":a :p :b , 1 . :b owl:sameAs :c .")

    assert answers(store, ":a :p ?y . ?y owl:sameAs ?x") == ["b", "b", "c", "c"]


def test_the_range_of_an_inverse_is_the_domain() -> None:
    store = store_of(":q a owl:ObjectProperty ; owl:inverseOf :p . :p rdfs:domain :A .")

    assert "A" in answers(store, ":q rdfs:range ?x")
    assert "A" not in answers(store, ":q rdfs:domain ?x")


def test_a_syntax_error_beside_a_described_class_is_reported_on_its_line() -> None:
    store = store_of("")

    with pytest.raises(MalformedQuery) as caught:
        store.query(f"PREFIX owl: <{OWL}>\nASK {{ ?x a [ owl:oneOf ( owl:Thing ) ] .\n ?x ?y }}")

    assert caught.value.line == 3
