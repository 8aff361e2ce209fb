import pytest

from kg.errors import RefusedQuery
from kg.sparql.query import Query

PROLOGUE = "PREFIX e: <http://e/> PREFIX : <http://e/> "


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE e:x { ?s ?p ?o } }",
        "SELECT * { service silent e:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE e:x { } }",
        "SELECT * { SERVICEe:x { } }",
        "SELECT * { SERVICE:x { } }",
        "SELECT * { serviceSILENT:x { } }",
        "SELECT * { { SELECT * { OPTIONAL { SERVICE ?where { } } } } }",
        # `<` as a comparison, so that what follows is no IRI but hides a comment or a string.
        "SELECT * { FILTER(?a<?b)SERVICE:x#>\n{ } }",
        "SELECT * { FILTER(?a<?b)?s?p'>'SERVICE:x{}FILTER(?a!='') }",
    ],
)
def test_a_service_block_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(RefusedQuery, match="SERVICE is not evaluated here"):
        Query(PROLOGUE + text).refuse_service()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service ?x { ?service e:service ?x }",
        "SELECT * { ?s ?p 'SERVICE e:x { }' } # SERVICE e:x { }",
        'SELECT * { ?s <http://e/service#(a)> """SERVICE "quoted" :x {""" }',
        "PREFIX service: <http://e/> SELECT * { ?s service:x service:y }",
        "SELECT * { FILTER(?a<?b && ?c>?d) ?service ?p 'service' }",
    ],
)
def test_the_word_service_elsewhere_is_no_service_block(text: str) -> None:
    Query(PROLOGUE + text).refuse_service()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("PREFIX select: <http://e/> ask { ?s select:x 1 }", "ASK"),
        ("# SELECT\nBASE <http://e/construct> DESCRIBE <x>", "DESCRIBE"),
        ("CONSTRUCT{}WHERE{}", "CONSTRUCT"),
        ("SELECT?x{}", "SELECT"),
        ("CLEAR ALL", None),
        ("", None),
    ],
)
def test_the_form_is_the_first_word_after_the_prologue(text: str, form: str | None) -> None:
    assert Query(text).form == form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT (NOW() AS ?x) { }", True),
        ("SELECT ('now' AS ?x) { }", False),
        ("SELECT ?now { ?now e:rand ?x }", False),
        ("SELECT * { SERVICE e:x { } }", True),
        # `<` as a comparison: what looks like an IRI hides the function or a string.
        ("SELECT * { ?s ?p ?a FILTER(?a<RAND()&&?a>0) }", True),
        ("SELECT * { FILTER(?a<?b)?s?p'>'BIND(NOW()AS?x)FILTER(?a!='') }", True),
        ("CONSTRUCT { ?s e:p _:new } WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s e:p [ e:q ?o ] } WHERE { ?s ?p ?o }", True),
        ("construct { ?s e:p (1 2) } WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s e:p ?o } WHERE { ?s ?p [ e:q (1 2) ] FILTER(?o > 1) }", False),
        ("CONSTRUCT WHERE { ?s e:p [ e:q ?o ] }", True),
        ("CONSTRUCT WHERE { ?s e:p ?o }", False),
        ("DESCRIBE e:CONSTRUCT", False),
    ],
)
def test_what_differs_from_run_to_run_makes_a_query_volatile(text: str, *, expected: bool) -> None:
    assert Query(PROLOGUE + text).is_volatile is expected


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("VERSION '1.2' ASK {}", "1.2"),
        ('PREFIX : <http://e/> version "1.1" ASK {}', "1.1"),
        ("ASK {}", None),
        ("ASK { ?version ?p 'VERSION' , '1.2' }", None),
        ("# VERSION '1.2'\nASK {}", None),
    ],
)
def test_a_version_is_announced_in_the_prologue_alone(text: str, version: str | None) -> None:
    assert Query(text).version == version
