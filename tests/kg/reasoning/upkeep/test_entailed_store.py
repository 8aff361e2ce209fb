import io
from random import Random

import pytest
from pyoxigraph import DefaultGraph, NamedNode, QueryBoolean, RdfFormat, Triple, parse

from kg.errors import RefusedQuery
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.entailment import DERIVED, Entailment
from kg.sparql.dataset import QueryDataset
from kg.store.writable_store import WritableStore
from tests.kg.reasoning.upkeep.conftest import PREFIXES, SPARQL_PREFIXES, Make, make_store

ANIMALS = """
:Dog rdfs:subClassOf :Animal . :Animal rdfs:subClassOf :Thing .
:owns rdfs:domain :Person ; owl:inverseOf :ownedBy . :near a owl:TransitiveProperty .
:rex a :Dog . :ann :owns :rex . :a :near :b . :b :near :c .
GRAPH :other { :tom a :Dog }
"""


def ask(store: EntailedStore, pattern: str, **options: str) -> bool:
    answer = store.query(f"{SPARQL_PREFIXES} ASK {{ {pattern} }}", **options)  # type: ignore[arg-type]
    assert isinstance(answer, QueryBoolean)
    return bool(answer)


def change(store: EntailedStore, update: str) -> None:
    store.update(SPARQL_PREFIXES + update)
    store.settle()


def derived(store: EntailedStore) -> set[Triple]:
    return {quad.triple for quad in store.quads(graph=DERIVED)}


def anew(store: EntailedStore, regime: RegimeName) -> EntailedStore:
    file = io.BytesIO()
    store.save(file)
    file.seek(0)
    return EntailedStore.over(WritableStore.restore(file), Entailment(regime))


def assert_up_to_date(store: EntailedStore, regime: RegimeName) -> None:
    fresh = anew(store, regime)
    assert derived(store) == derived(fresh)
    assert {quad.triple for quad in store.quads(graph=DefaultGraph())}.isdisjoint(derived(store))
    decode, decode_fresh = (
        store.closed.vocabulary.decode_triple,
        fresh.closed.vocabulary.decode_triple,
    )
    assert {tuple(map(decode, codes)) for _, codes in store.closed.clashes} == {
        tuple(map(decode_fresh, codes)) for _, codes in fresh.closed.clashes
    }
    assert set(map(decode, store.closed.facts)) == set(map(decode_fresh, fresh.closed.facts))


@pytest.mark.parametrize("regime", ["rdfs", "owl-rl"])
def test_what_follows_is_in_the_default_graph_and_in_a_graph_of_its_own(
    make: Make, regime: RegimeName
) -> None:
    store = make(ANIMALS, regime)

    assert ask(store, ":rex a :Thing . :ann a :Person")
    assert ask(store, f"GRAPH {DERIVED} {{ :rex a :Thing }}")
    assert ask(store, ":rex :ownedBy :ann . :a :near :c") is (regime == "owl-rl")


def test_without_entailment_there_is_only_what_is_asserted(make: Make) -> None:
    store = make(ANIMALS)

    assert ask(store, ":rex a :Dog", entailment="none")
    assert not ask(store, ":rex a :Animal", entailment="none")
    assert not ask(store, f"GRAPH {DERIVED} {{ ?s ?p ?o }}", entailment="none")
    assert ask(store, "GRAPH :other { :tom a :Dog }", entailment="none")


def test_a_triple_is_found_once_even_if_it_also_follows(make: Make) -> None:
    store = make(f"{ANIMALS} :rex a :Animal .")

    rows = store.query(f"{SPARQL_PREFIXES} SELECT * {{ :rex a ?class }}")

    assert sorted(str(row[0]) for row in rows) == [  # type: ignore[union-attr]
        *("<http://e.org/Animal>", "<http://e.org/Dog>", "<http://e.org/Thing>")
    ]


def test_named_graphs_are_not_reasoned_over(make: Make) -> None:
    store = make(ANIMALS)

    assert not ask(store, ":tom a :Animal")
    change(store, "INSERT DATA { GRAPH :other { :tim a :Dog } }")
    assert not ask(store, ":tim a :Animal")


def test_a_dataset_that_is_named_has_nothing_more(make: Make) -> None:
    store = make(ANIMALS)
    other = QueryDataset((NamedNode("http://e.org/other"),))

    assert not ask(store, ":rex a ?x", dataset=other)  # type: ignore[arg-type]
    assert ask(store, ":rex a :Thing", dataset=QueryDataset((DERIVED,)))  # type: ignore[arg-type]


def test_an_asserted_triple_that_goes_stays_if_it_follows(make: Make) -> None:
    store = make(f"{ANIMALS} :rex a :Animal .")

    change(store, "DELETE DATA { :rex a :Animal }")
    assert ask(store, f":rex a :Animal . GRAPH {DERIVED} {{ :rex a :Animal }}")
    change(store, "DELETE DATA { :rex a :Dog }")
    assert not ask(store, ":rex a ?class")


def test_a_derived_triple_cannot_be_removed(make: Make) -> None:
    store = make(ANIMALS)

    change(store, "DELETE DATA { :rex a :Animal } ; DELETE WHERE { ?x a :Thing }")

    assert ask(store, ":rex a :Animal , :Thing")


@pytest.mark.parametrize(
    "update",
    [
        "CLEAR ALL",
        "DROP NAMED",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT { ?s :copy ?o } WHERE { GRAPH ?g { ?s a ?o } }",
        "COPY DEFAULT TO :copy",
        "DELETE { ?s ?p ?o } INSERT { ?s ?p [ :of ?o ] } WHERE { ?s ?p ?o }",
    ],
)
def test_updates_see_and_change_only_what_is_asserted(make: Make, update: str) -> None:
    store, plain = (
        make(ANIMALS),
        WritableStore.in_memory(parse(PREFIXES + ANIMALS, format=RdfFormat.TRIG)),
    )
    plain.update(SPARQL_PREFIXES + update)

    change(store, update)

    if "[" not in update:
        assert set(store.quads()) == set(plain.quads())
    assert_up_to_date(store, "owl-rl")


@pytest.mark.parametrize(
    "update",
    [
        f"INSERT DATA {{ GRAPH {DERIVED} {{ :x :y :z }} }}",
        f"DROP GRAPH {DERIVED}",
        r"INSERT { GRAPH <urn:\u0078-glocal:derived> { :x :y :z } } WHERE { }",
    ],
)
def test_the_derived_graph_is_not_for_writing(make: Make, update: str) -> None:
    with pytest.raises(RefusedQuery, match="urn:x-glocal:derived"):
        make(ANIMALS).update(SPARQL_PREFIXES + update)


def test_graphs_are_written_as_in_any_store(make: Make) -> None:
    store = make(ANIMALS)
    dog = next(iter(parse(f"{PREFIXES} :bo a :Dog .", format=RdfFormat.TURTLE)))

    store.add(DefaultGraph(), [dog])
    store.settle()
    assert ask(store, ":bo a :Thing")
    store.replace(DefaultGraph(), [dog])
    store.settle()
    assert not ask(store, ":bo a :Thing")
    store.replace_all(parse(PREFIXES + ANIMALS, format=RdfFormat.TRIG))
    store.settle()
    assert ask(store, ":rex a :Thing . GRAPH :other { :tom a :Dog }")
    store.drop(DefaultGraph())
    store.settle()
    assert not ask(store, "?s ?p :Thing")
    with pytest.raises(RefusedQuery, match="urn:x-glocal:derived"):
        store.add(DERIVED, [dog])


def test_a_change_of_axioms_is_followed(make: Make) -> None:
    store = make(ANIMALS)

    change(
        store,
        "DELETE DATA { :Dog rdfs:subClassOf :Animal } ; INSERT DATA { :Dog rdfs:subClassOf :Pet }",
    )

    assert ask(store, ":rex a :Pet")
    assert not ask(store, ":rex a :Animal")
    assert_up_to_date(store, "owl-rl")


def test_numbers_are_compared_as_the_engine_stores_them(make: Make) -> None:
    store = make(":p rdfs:subPropertyOf :q . :x :p 01 .")

    change(store, "INSERT DATA { :y :p 02 }")
    assert ask(store, ":x :q 1 . :y :q 2")
    change(store, "DELETE DATA { :y :p 002 }")
    assert not ask(store, ":y :q ?n")
    assert_up_to_date(store, "owl-rl")


def test_contradictions_come_and_go(make: Make) -> None:
    store = make(":A owl:disjointWith :B . :x a :A .")

    change(store, "INSERT DATA { :x a :B }")
    assert len(store.closed.clashes) == 1
    change(store, "DELETE DATA { :x a :A }")
    assert store.closed.clashes == set()


def test_what_is_saved_has_nothing_that_follows(make: Make) -> None:
    store, file = make(ANIMALS), io.BytesIO()

    store.save(file)

    assert b"x-glocal" not in file.getvalue()
    assert b"subClassOf> <http://e.org/Animal> ." in file.getvalue()


CLASSES, PROPERTIES, THINGS = "ABCD", "pqrs", "uvwxyz"
AXIOMS = """
:A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :C owl:disjointWith :D .
:p a owl:TransitiveProperty ; rdfs:subPropertyOf :q . :q a owl:SymmetricProperty ; rdfs:domain :A .
:r owl:propertyChainAxiom ( :p :s ) ; rdfs:range :D . :s a owl:FunctionalProperty .
:B rdfs:subClassOf [ owl:onProperty :s ; owl:hasValue :v ] .
[ owl:onProperty :p ; owl:someValuesFrom :A ] rdfs:subClassOf :D .
"""


def _random_update(random: Random) -> str:
    thing = lambda: f":{random.choice(THINGS)}"  # noqa: E731
    facts = [
        f"{thing()} a :{random.choice(CLASSES)}",
        f"{thing()} :{random.choice(PROPERTIES)} {thing()}",
        f"{thing()} :{random.choice(PROPERTIES)} {thing()}",
    ]
    if random.random() < 0.1:
        facts.append(f"{thing()} owl:sameAs {thing()}")
    property_ = random.choice(PROPERTIES)
    forms = [
        f"INSERT DATA {{ {' . '.join(random.sample(facts, 2))} }}",
        f"DELETE DATA {{ {' . '.join(facts)} }}",
        f"DELETE WHERE {{ {thing()} ?p ?o }}",
        f"DELETE {{ ?x :{property_} ?y }} INSERT {{ ?y :{property_} ?x }} "
        f"WHERE {{ ?x :{property_} ?y }}",
        f"INSERT DATA {{ {facts[1]} }} ; DELETE DATA {{ {facts[0]} }}",
    ]
    return random.choice(forms)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regime", "seed"), [("owl-rl", 1), ("owl-rl", 2), ("owl-rl", 4), ("rdfs", 3)]
)
def test_after_random_updates_all_is_as_if_derived_anew(regime: RegimeName, seed: int) -> None:
    random, store = Random(seed), make_store(AXIOMS, regime)
    for number in range(60):
        change(store, _random_update(random))
        if number % 4 == 3:
            assert_up_to_date(store, regime)
