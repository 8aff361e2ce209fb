"""The changes of the default graph are logged, and logging changes nothing else."""

from random import Random

import pytest
from pyoxigraph import DefaultGraph, Quad, Store

from kg.reasoning.upkeep.updates import may_read_any_graph, run_logged, split_operations

START = """
PREFIX : <http://e.org/> INSERT DATA {
  :a :p :b . :b :p :c . :c :q 1 . GRAPH :g { :a :p :b . :d :q :e }
}"""


def triples(store: Store) -> set[object]:
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}


def both(update: str) -> tuple[Store, Store, set[object]]:
    """A store after the update, one after the logged update, and what was logged."""
    plain, logged = Store(), Store()
    for store in (plain, logged):
        store.update(START)
    operations = split_operations(update)
    assert operations is not None
    plain.update(update, base_iri="http://e.org/")
    return plain, logged, {*run_logged(logged, operations, "http://e.org/")}


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <x> <p> <y> , <z> . GRAPH <g> { <x> <p> <w> } <u> <q> 'a . } # b' }",
        "DELETE DATA { <a> <p> <b> . GRAPH <g> { <d> <q> <e> } }",
        "PREFIX : <http://e.org/> DELETE WHERE { ?s :p ?o . GRAPH ?g { ?s :p ?o } }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "PREFIX : <http://e.org/> DELETE { ?s :p ?o } INSERT { ?o :r ?s . GRAPH :g { ?o :r ?s } "
        "?s :s ?o } WHERE { ?s :p ?o } # an end",
        "PREFIX : <http://e.org/> WITH :g DELETE { ?s ?p ?o } INSERT { ?o ?p 1 } "
        "WHERE { ?s ?p ?o }",
        "PREFIX : <http://e.org/> INSERT { ?s :t ?n } USING :g WHERE { ?s :q ?n }",
        "BASE <http://e.org/> PREFIX : <> INSERT DATA { :a <p> :n } ; "
        "DELETE { ?s :p ?o } INSERT { ?o :p ?s } WHERE { ?s :p ?o } ; "
        "INSERT { ?g :seen true } WHERE { GRAPH ?g { ?s ?p ?o } } ;",
        "CLEAR GRAPH <g> ; DROP SILENT GRAPH <none> ; CREATE GRAPH <new>",
        "INSERT { ?s <p> ?missing } WHERE { ?s <p> ?o }",
        'prefix : <http://e.org/>delete{?s :p ?o}insert{?o :p \'a } ; b\',"""{"""}where{?s :p ?o}',
        'insert data{<a><p>"#"graph<g>{<a><p>"}"}}; delete data{<a><p><b>}',
        "",
    ],
)
def test_all_changes_are_logged_and_the_update_does_the_same(update: str) -> None:
    plain, logged, changed = both(update)

    assert set(logged) == set(plain)
    assert set(logged.named_graphs()) == set(plain.named_graphs())
    before = Store()
    before.update(START)
    assert triples(before) ^ triples(plain) <= changed


def test_a_new_blank_node_is_the_same_in_the_log() -> None:
    _, logged, changed = both("INSERT { _:new <of> ?s . ?s <has> _:new } WHERE { ?s <p> ?o }")

    new = {triple for triple in triples(logged) if "_:" in str(triple)}
    assert len(new) == 4
    assert new <= changed


@pytest.mark.parametrize(
    "update",
    [
        "INSERT { ?s <p> [ <q> 1 ] } WHERE { ?s <p> ?o }",
        "INSERT DATA { <s> <p> ( 1 2 ) }",
        "CLEAR ALL",
        "COPY <g> TO DEFAULT",
        "DROP DEFAULT",
        r"INSERT DATA { <s> <\u0070> 1 }",
    ],
)
def test_what_cannot_be_logged_is_told(update: str) -> None:
    assert split_operations(update) is None


@pytest.mark.parametrize(
    ("update", "reads_any"),
    [
        ("INSERT { ?g <p> 1 } WHERE { GRAPH ?g { ?s ?p ?o } }", True),
        ("DROP ALL", True),
        ("CLEAR NAMED", True),
        ("INSERT { ?s <p> 1 } WHERE { GRAPH <g> { ?s ?p ?o } }", False),
        ("INSERT DATA { <s> <p> 'ALL' }", False),
        ("PREFIX : <> DELETE WHERE { ?s :paragraph ?o }", False),
        ("PREFIX : <> INSERT { :s :p ?g } WHERE { :a :b :c.GRAPH ?g { ?s ?p ?o } }", True),
    ],
)
def test_updates_that_may_meet_graphs_that_they_do_not_name(update: str, reads_any: bool) -> None:
    assert may_read_any_graph(update) is reads_any


def test_random_updates_are_logged_too() -> None:
    random = Random(5)
    names = [f"<n{number}>" for number in range(4)]
    for _ in range(200):
        s, p, o, q = (random.choice(names) for _ in range(4))
        forms = [
            f"INSERT DATA {{ {s} {p} {o} }}",
            f"DELETE DATA {{ {s} {p} {o} }}",
            f"DELETE WHERE {{ {s} ?p ?o }}",
            f"DELETE {{ ?s {p} ?o }} INSERT {{ ?o {q} ?s }} WHERE {{ ?s {p} ?o }}",
            f"INSERT {{ ?s {p} {o} }} WHERE {{ ?s {q} ?x }}",
        ]
        plain, logged, changed = both(" ; ".join(random.choices(forms, k=3)))

        before = Store()
        before.update(START)
        assert set(logged) == set(plain)
        assert triples(before) ^ triples(plain) <= changed
        assert all(isinstance(quad, Quad) for quad in logged)
