import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from kg.describe.json_ld_context import COMPACTED_ONLY, GRAPH_PROFILES, Profile
from kg.errors import MalformedParameter
from service.answers.formats import GRAPH_FORMATS, JSON_LD, RESULT_FORMATS, Format
from service.errors import NotAcceptable
from service.http.negotiation import Language, choose_page_language, negotiate


def chosen(accept: str, offered: tuple[Format, ...] = GRAPH_FORMATS) -> str:
    return negotiate(accept, offered).media_type


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/turtle"),
        ("*/*", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("application/rdf+xml;q=0.5, text/turtle;q=0.5", "text/turtle"),
        ("*/*;q=0.1, application/n-triples", "application/n-triples"),
        # The more specific range decides, even where it says less.
        ("*/*, text/turtle;q=0.1, application/*;q=0.2, application/trig", "application/trig"),
        ("text/*, text/turtle;q=0, application/ld+json;q=0.1", "application/ld+json"),
        ("TEXT/Turtle ; charset=UTF-8 ; Q=0.3", "text/turtle"),
        (
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted,x"',
            "application/ld+json",
        ),
        ("application/json", "application/json"),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "text/turtle"),
        ("nonsense, text/turtle;q=7, application/n-quads;q=0.1", "application/n-quads"),
    ],
)
def test_the_format_is_the_one_that_accept_likes_best(accept: str, media_type: str) -> None:
    assert chosen(accept) == media_type


def test_several_accept_headers_count_as_one() -> None:
    both = negotiate("text/csv;q=0.5,text/tab-separated-values", RESULT_FORMATS)

    assert both.content_type == "text/tab-separated-values; charset=utf-8"


@pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "text/turtle;q=0", "nonsense"])
def test_what_fits_nothing_is_refused_with_what_is_offered(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        chosen(accept)

    assert caught.value.offered[:2] == ["text/turtle", "application/ld+json"]


def test_a_format_asked_for_by_name_is_stronger_than_accept() -> None:
    by_name = negotiate("text/turtle", GRAPH_FORMATS, format_names=("nt",))
    by_type = negotiate("text/turtle", GRAPH_FORMATS, format_names=("application/trig",))

    assert (by_name.media_type, by_type.media_type) == ("application/n-triples", "application/trig")
    with pytest.raises(NotAcceptable, match="Unknown format 'docx'"):
        negotiate("", GRAPH_FORMATS, format_names=("docx", "odt"))


def test_of_several_names_of_a_format_the_first_that_is_offered_counts() -> None:
    names = ("rdf+xml", "application/rdf+xml", "nt")

    assert negotiate("text/turtle", GRAPH_FORMATS, format_names=names).media_type == names[1]


LD, SPACE = "application/ld+json", "http://www.w3.org/ns/json-ld#"


@pytest.mark.parametrize(
    ("accept", "profiles"),
    [
        (LD, "compacted"),
        ("*/*", "compacted"),
        (f'{LD};profile="{SPACE}expanded"', "expanded"),
        (f"{LD};profile={SPACE}flattened", "flattened"),
        # The first decides; those that a document can have beside it count too.
        (f'{LD};profile="{SPACE}flattened {SPACE}compacted"', "flattened compacted"),
        (f'{LD};profile="{SPACE}expanded {SPACE}compacted"', "expanded"),
        # What is not known, or not here, is not asked for.
        (f'{LD};profile="urn:x {SPACE}framed {SPACE}expanded"', "expanded"),
        (f'{LD};profile="urn:x"', "compacted"),
        (f'{LD};profile="', "compacted"),
        # By quality; among equals the form that is named, then the order.
        (f'{LD};profile="{SPACE}expanded";q=0.2, {LD};profile="{SPACE}flattened"', "flattened"),
        (f'{LD};q=0.9, {LD};profile="{SPACE}expanded";q=0.1', "compacted"),
        (f'{LD}, {LD};profile="{SPACE}expanded"', "expanded"),
        (f'{LD};profile="{SPACE}expanded";q=0, {LD}', "compacted"),
        (f'{LD};profile="{SPACE}expanded", */*;q=0.5', "expanded"),
        (f'application/*;q=0.1, {LD};profile="{SPACE}compacted";q=0.2', "compacted"),
    ],
)
def test_the_form_of_json_ld_is_the_one_that_accept_likes_best(accept: str, profiles: str) -> None:
    choice = negotiate(accept, (JSON_LD,))

    assert choice.profiles == tuple(map(Profile, profiles.split()))
    named = " ".join(SPACE + name for name in profiles.split())
    assert choice.content_type == f'{LD};profile="{named}"'


def test_a_form_that_is_not_wanted_is_not_given() -> None:
    only = f'{LD};profile="{SPACE}compacted";q=0, {LD};q=0'

    with pytest.raises(NotAcceptable):
        negotiate(only, (JSON_LD,))


def test_a_format_asked_for_by_name_comes_in_the_form_that_accept_names() -> None:
    accept = f'text/turtle, {LD};profile="{SPACE}expanded";q=0.1'

    assert negotiate(accept, GRAPH_FORMATS, format_names=("jsonld",)).profiles == (
        Profile.expanded,
    )
    assert (
        negotiate("text/html", GRAPH_FORMATS, format_names=("jsonld",)).profiles == COMPACTED_ONLY
    )


def test_plain_json_is_compacted_and_says_so_by_a_link_alone() -> None:
    choice = negotiate(f'application/json;profile="{SPACE}expanded"', (JSON_LD,))

    assert (choice.profiles, choice.content_type) == (COMPACTED_ONLY, "application/json")


@given(st.text(max_size=60), st.sampled_from(["", '"']))
def test_any_profile_gives_a_form_that_there_is_or_is_refused(text: str, quote: str) -> None:
    try:
        choice = negotiate(f"{LD};profile={quote}{SPACE}flattened {text}{quote}", (JSON_LD,))
    except NotAcceptable:
        # A comma or an odd quality in it ends the media range, or breaks it.
        assert "," in text or "q" in text.lower()
    else:
        assert set(choice.profiles) <= set(GRAPH_PROFILES)


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_accept_header_is_answered_or_refused(accept: list[str]) -> None:
    try:
        assert negotiate(",".join(accept), RESULT_FORMATS).format in RESULT_FORMATS
    except NotAcceptable as error:
        refusal = error.offered
    else:
        refusal = [form.media_type for form in RESULT_FORMATS]
    assert refusal[0] == "application/sparql-results+json"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sparql",
        "/sparql?query=ASK%7B%7D",
        "/queries",
        "/queries/where-founded?network=id:C40",
        "/ontology",
        "/ontology/core",
        "/id/London",
        "/data/id/London",
    ],
)
def test_an_empty_format_asks_for_nothing_and_of_two_the_known_one_counts_everywhere(
    client: TestClient, path: str
) -> None:
    def get(formats: str) -> tuple[int, str | None, bytes]:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{formats}")
        return answer.status_code, answer.headers.get("content-type"), answer.content

    assert get("format=") == get("")
    assert get("format=docx&format=json") == get("format=&format=json") == get("format=json")
    assert b"Unknown format 'docx'" in get("format=docx&format=odt")[2]


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        ("text/turtle", ""),
        ("text/turtle;version=1.2", "1.2"),
        ('text/turtle; version="1.2-basic"', "1.2-basic"),
        ("text/turtle;version=1.2;q=0.5, text/turtle", ""),
        ("text/turtle;version=1.2, text/turtle;q=0.5", "1.2"),
        ("text/*;version=1.2, text/turtle;q=0.1", ""),
        ("text/turtle;version=7", ""),
    ],
)
def test_a_media_range_may_name_a_version(accept: str, version: str) -> None:
    assert negotiate(accept, GRAPH_FORMATS).version == version


def asking(query: str = "", header: str | None = None) -> Request:
    headers = [] if header is None else [(b"accept-language", header.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN, en;q=0.8", "zh"),
        ("ZH-cn", "zh"),
        ("en;q=0.4, zh;q=0.6", "zh"),
        ("zh;q=0.4, en;q=0.6", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0, *", "zh"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        ("zhuang", "en"),
    ],
)
def test_the_language_that_is_liked_best_is_chosen(header: str | None, language: str) -> None:
    assert choose_page_language(asking(header=header)) == Language(language, is_explicit=False)


def test_an_address_that_names_a_language_is_stronger_than_the_header() -> None:
    assert choose_page_language(asking("lang=zh", "en")) == Language("zh", is_explicit=True)


@pytest.mark.parametrize("query", ["lang=fr", "lang=zh-CN", "lang=en&lang=zh"])
def test_a_language_that_there_is_not_is_refused(query: str) -> None:
    with pytest.raises(MalformedParameter, match="lang: "):
        choose_page_language(asking(query))
