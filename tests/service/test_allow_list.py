import pytest

from service.allow_list import AllowList, Origin, request_target


@pytest.mark.parametrize(
    "iri",
    [
        "https://query.wikidata.org/sparql",
        "https://query.wikidata.org:443/sparql?x=y",
        "HTTPS://QUERY.Wikidata.ORG/",
    ],
)
def test_an_endpoint_is_on_the_list_by_scheme_host_and_port(iri: str) -> None:
    assert Origin.parse(iri) in AllowList.parse(["https://query.wikidata.org"])


@pytest.mark.parametrize(
    "iri",
    [
        "http://query.wikidata.org/sparql",
        "https://query.wikidata.org:8443/sparql",
        "https://query.wikidata.org.evil.example/",
        "https://query-scholarly.wikidata.org/",
        "https://evil.example/https://query.wikidata.org/",
        "https://evil.example#query.wikidata.org",
    ],
)
def test_another_scheme_host_or_port_is_not(iri: str) -> None:
    assert Origin.parse(iri) not in AllowList.parse(["https://query.wikidata.org"])


@pytest.mark.parametrize(
    "iri",
    [
        "http://127.1:9001/",
        "http://2130706433:9001/",
        "http://0x7f000001:9001/",
        "http://0177.0.0.1:9001/",
        "http://[::ffff:127.0.0.1]:9001/",
        "http://[::ffff:7f00:1]:9001/",
        "http://localhost:9001/",
        "http://127.0.0.1.nip.io:9001/",
        "http://127.0.0.1:9002/",
    ],
)
def test_a_fixed_address_is_on_the_list_in_its_usual_spelling_alone(iri: str) -> None:
    assert Origin.parse(iri) not in AllowList.parse(["http://127.0.0.1:9001"])


def test_a_fixed_address_of_ipv6_is_compared_as_an_address() -> None:
    allowed = AllowList.parse(["http://[::1]:9001"])

    assert Origin.parse("http://[0:0:0:0:0:0:0:1]:9001/sparql") in allowed
    assert Origin.parse("http://[::2]:9001/sparql") not in allowed


@pytest.mark.parametrize(
    ("iri", "reason"),
    [
        ("ftp://query.wikidata.org/", "not an http or https"),
        ("file:///etc/passwd", "not an http or https"),
        ("urn:x", "not an http or https"),
        ("https:///sparql", "not an http or https"),
        ("https://query.wikidata.org@evil.example/", "a user name or password"),
        ("https://:x@query.wikidata.org/", "a user name or password"),
        ("https://query.wikidata.org:99999/", "Port out of range"),
        ("https://[::1/", "Invalid IPv6"),
    ],
)
def test_what_is_no_place_to_ask_has_no_origin(iri: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Origin.parse(iri)


@pytest.mark.parametrize(
    "entry", ["query.wikidata.org", "https://query.wikidata.org/sparql", "https://a.b?x", ""]
)
def test_an_entry_is_a_scheme_a_host_and_a_port(entry: str) -> None:
    with pytest.raises(ValueError, match=r"such as https://query\.wikidata\.org"):
        AllowList.parse([entry])


def test_a_name_in_other_letters_is_the_same_as_in_ascii() -> None:
    assert Origin.parse("https://BÜCHER.example/") == Origin.parse("https://xn--bcher-kva.example")


def test_path_and_query_are_sent_as_they_are_and_other_letters_percent_encoded() -> None:
    assert request_target("https://h") == "/"
    assert request_target("https://h/a%20b/ü?x=1&y=é#z") == "/a%20b/%C3%BC?x=1&y=%C3%A9"
