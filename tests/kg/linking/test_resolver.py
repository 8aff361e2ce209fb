import json

import pytest
from pyoxigraph import NamedNode

from kg.content import own_content
from kg.errors import AmbiguousName, KgError, MalformedParameter, UnknownName, Withdrawn
from kg.linking.name_index import NameIndex
from kg.linking.resolver import NAME_PREFIXES, Resolver, ThingNames
from kg.namespaces import BASE, EVIDENCE, GLOCAL, ID, PASSAGE, RDFS, RULE, SOURCE
from kg.store.quad_store import Store
from tests.kg.linking.conftest import store_of

TRIG = """
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; skos:altLabel "the Smoke"@en ;
    skos:exactMatch wd:Q84 .
id:Lyon a glocal:City ; rdfs:label "Lyon"@en , "里昂"@zh ; skos:altLabel "Londinium"@en .
id:LondonGames rdfs:label "London 2012: the Games"@en ; skos:altLabel "London"@en .
id:Singapore rdfs:label "Singapore"@en ; skos:altLabel "Lion City"@en .
id:SingaporeState rdfs:label "Republic of Singapore"@en ; skos:altLabel "Lion City"@en .
id:City rdfs:label "city"@en , "城市"@zh .
id:Occupying rdfs:label "occupying"@en , "占据"@zh .
id:Oldtown owl:deprecated true ; dcterms:isReplacedBy id:London .
glocal:City rdfs:label "city"@en , "城市"@zh .
glocal:memberOf rdfs:label "is a member of"@en , "是……的成员"@zh .
glocal:occupies rdfs:label "occupies"@en , "占据"@zh .
glocal:Fact rdfs:label "fact"@en , "事实"@zh .
passage:p10.2 glocal:page 10 .
rule:prp-trp-memberOf a glocal:Rule .
ev:p10.2-fact { id:London glocal:memberOf id:C40 . }
"""
HOST = "http://glocal.example:8000/"


@pytest.fixture(scope="module")
def store() -> Store:
    return store_of(TRIG)


@pytest.fixture(scope="module")
def resolver(store: Store) -> Resolver:
    return Resolver(store, ThingNames(store), lambda: [HOST, "https://public.example/glocal/"])


@pytest.mark.parametrize(
    "name",
    [
        "London",
        " London ",
        "id:London",
        "entity:London",
        ID["London"].value,
        f"<{ID}London>",
        ID["London"].value.replace("https:", "http:"),
        f"{HOST}id/London",
        f"{HOST}id/London?view=facts#top",
        f"{HOST}id/%E4%BC%A6%E6%95%A6",
        f"{HOST}data/id/London.html?lang=zh",
        f"{HOST}linkset/id/London",
        f"{HOST.replace('http:', 'https:')}id/London",
        "https://public.example/glocal/data/id/London.ttl",
        "http://localhost/id/London",
        "http://127.0.0.1:81/id/london",
        "http://[::1]:81/id/London",
        "伦敦",
        "倫敦",
        "london",
        "id:london",
        "LONDON",
        "The Smoke",
    ],
)
def test_every_spelling_of_a_thing_leads_to_it(resolver: Resolver, name: str) -> None:
    assert resolver.resolve(name) == ID["London"]


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("memberOf", GLOCAL["memberOf"]),
        ("memberof", GLOCAL["memberOf"]),
        ("is a member of", GLOCAL["memberOf"]),
        ("是……的成员", GLOCAL["memberOf"]),
        (f"{HOST}ontology#memberOf", GLOCAL["memberOf"]),
        (f"{HOST}ontology.html?lang=zh#memberOf", GLOCAL["memberOf"]),
        (f"{HOST}data/ontology/memberOf.ttl", GLOCAL["memberOf"]),
        (f"{HOST}classes/Fact?status=Claim", GLOCAL["Fact"]),
        ("Fact", GLOCAL["Fact"]),
        ("事实", GLOCAL["Fact"]),
        ("p10.2", PASSAGE["p10.2"]),
        ("passage:P10.2", PASSAGE["p10.2"]),
        (f"{HOST}data/source/wang/p10.2.html", PASSAGE["p10.2"]),
        ("p10.2-fact", EVIDENCE["p10.2-fact"]),
        ("ev:p10.2-fact", EVIDENCE["p10.2-fact"]),
        ("prp-trp-memberOf", RULE["prp-trp-memberOf"]),
        (f"{HOST}rule/prp-trp-memberof", RULE["prp-trp-memberOf"]),
        ("wd:Q84", NamedNode("http://www.wikidata.org/entity/Q84")),
        ("rdfs:label", RDFS["label"]),
    ],
)
def test_all_kinds_of_things_have_names(resolver: Resolver, name: str, iri: NamedNode) -> None:
    assert resolver.resolve(name) == iri


def test_a_name_with_a_colon_is_no_curie(resolver: Resolver) -> None:
    assert resolver.resolve("London 2012: the Games") == ID["LondonGames"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lion city", ["id:Singapore", "id:SingaporeState"]),
        ("City", ["id:City", "glocal:City"]),
        ("城市", ["id:City", "glocal:City"]),
    ],
)
def test_of_a_name_that_several_have_all_are_named(
    resolver: Resolver, name: str, meant: list[str]
) -> None:
    with pytest.raises(AmbiguousName, match=f"Expected one of: {', '.join(meant)}.$") as refused:
        resolver.resolve(name)

    assert [one["name"] for one in refused.value.candidates] == meant


def test_a_candidate_has_its_iri_and_its_labels(resolver: Resolver) -> None:
    with pytest.raises(AmbiguousName) as refused:
        resolver.resolve("city")

    assert refused.value.candidates[0] == {
        "id": ID["City"].value,
        "name": "id:City",
        "label": {"en": "city", "zh": "城市"},
    }


@pytest.mark.parametrize(
    ("expected", "iri"),
    [("the IRI of a property", GLOCAL["occupies"]), ("the IRI of a kind", ID["Occupying"])],
)
def test_what_a_parameter_is_decides_between_an_entity_and_a_term(
    resolver: Resolver, expected: str, iri: NamedNode
) -> None:
    assert resolver.read_value("占据", expected) == iri


@pytest.mark.parametrize(
    ("name", "expected", "near"),
    [
        ("Londn", "the IRI of a city, or of another actor", ["London"]),
        ("Singapur", "the IRI of a large town", ["Singapore"]),
        # Of another kind than is expected.
        ("Singapur", "the IRI of a city", []),
        ("Occupyin", "the IRI of a thing", ["occupying"]),
        ("Nobody", "the IRI of a thing", []),
    ],
)
def test_near_names_are_of_the_kind_that_is_expected(
    resolver: Resolver, name: str, expected: str, near: list[str]
) -> None:
    with pytest.raises(UnknownName) as refused:
        resolver.read_value(name, expected)

    assert refused.value.near == near


def test_a_path_prefers_its_own_namespace(resolver: Resolver) -> None:
    assert resolver.resolve("城市", namespace=GLOCAL) == GLOCAL["City"]
    assert resolver.resolve("城市", namespace=ID) == ID["City"]
    assert resolver.resolve("p10.2", namespace=SOURCE) == PASSAGE["p10.2"]
    assert resolver.resolve("memberOf", namespace=ID) == GLOCAL["memberOf"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Londn", "Unknown thing 'Londn'. Did you mean: London"),
        ("伦墩", "Unknown thing '伦墩'. Did you mean: 伦敦?"),
        ("id:Londn", "Unknown thing 'id:Londn'. Did you mean: id:London"),
        ("entity:伦敦", "Unknown thing 'id:伦敦'."),
        (f"{HOST}id/Londn", "Unknown thing 'id:Londn'. Did you mean: id:London"),
        (f"{BASE}id/", "Unknown thing 'id:'."),
        ("http://elsewhere.example/id/London", "Unknown thing 'http://elsewhere.example/id/Lon"),
        ("wd:Q85", "Unknown thing 'wd:Q85'."),
        ("foo:London", "Unknown prefix 'foo'"),
        ("...", "Unknown thing '...'."),
    ],
)
def test_a_miss_says_what_is_near(resolver: Resolver, name: str, said: str) -> None:
    with pytest.raises(UnknownName) as refused:
        resolver.resolve(name)

    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("name", ["Oldtown", "id:Oldtown", f"{HOST}id/Oldtown"])
def test_what_was_withdrawn_names_its_successor(resolver: Resolver, name: str) -> None:
    with pytest.raises(Withdrawn) as refused:
        resolver.resolve(name)

    assert refused.value.successors == [ID["London"].value]


@pytest.mark.parametrize("name", ["", " ", "x" * 501, "id:" + "x" * 498, "http://a b/"])
def test_what_can_be_no_name_is_malformed(resolver: Resolver, name: str) -> None:
    with pytest.raises(MalformedParameter):
        resolver.resolve(name)


@pytest.mark.parametrize(
    "name", ["<", "<>", "://", ":", "id:", "//", "\0", "\ud800", "%", "#", "?"]
)
def test_odd_names_are_refused_as_names(resolver: Resolver, name: str) -> None:
    for spelling in (name, HOST + name, f"{HOST}id/{name}", f"id:{name}", ID + name):
        with pytest.raises(KgError):
            resolver.resolve(spelling)


def test_the_names_are_not_read_for_an_identifier(store: Store) -> None:
    def names() -> NameIndex:
        raise AssertionError

    resolver = Resolver(store, ThingNames(store, names))

    assert resolver.resolve("id:London") == resolver.resolve("London") == ID["London"]


def test_every_prefix_of_the_context_can_be_written() -> None:
    [path] = (own_content().ontology / "context").glob("1.0.0.jsonld")
    context = json.loads(path.read_text(encoding="utf-8"))["@context"]
    prefixes = {key: iri for key, iri in context.items() if str(iri).endswith(("/", "#"))}

    assert prefixes.items() <= NAME_PREFIXES.items()
