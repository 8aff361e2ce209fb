"""Answers are kept and sent in the right content coding; some are never kept."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import brotli
import httpx2
import pytest
import zstandard
from fastapi.testclient import TestClient

from service.http.kept_answers import choose_coding, compress, create_compressor
from tests.service.conftest import product

DECODED = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", ""),
        (b"identity", ""),
        (b"gzip, deflate", "gzip"),
        (b"gzip, deflate, br", "br"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"GZIP;Q=0.5 , br;q=0", "gzip"),
        (b"zstd;q=0.5, gzip", "gzip"),
        (b"*", "zstd"),
        (b"*;q=0.1, zstd;q=0", "br"),
        (b"x-gzip", "gzip"),
        (b"gzip;q=0.5, identity", ""),
        (b"gzip;q=nonsense", ""),
        (b"gzip;q=nan", ""),
        (b"\xff;;=,", ""),
    ],
)
def test_the_coding_is_what_the_client_likes_best(accepted: bytes, coding: str) -> None:
    assert choose_coding(accepted) == coding


@pytest.mark.parametrize("coding", DECODED)
def test_a_body_comes_back_whole_at_once_and_in_pieces(coding: str) -> None:
    body = "城市 city ".encode() * 5000
    pieces = create_compressor(coding)

    coded = b"".join(pieces.compress(body[at : at + 999]) for at in range(0, len(body), 999))
    coded += pieces.flush()

    assert len(coded) < len(body) / 10
    assert DECODED[coding](coded) == body
    assert DECODED[coding](compress(body, coding)) == body


@pytest.mark.parametrize("coding", DECODED)
def test_the_same_body_is_always_coded_in_the_same_bytes(coding: str) -> None:
    assert compress(b"city" * 999, coding) == compress(b"city" * 999, coding)


PREFIX = "PREFIX glocal: <https://w3id.org/glocal/ontology#> "
MANY = f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(100)))} }} }}"
LARGE = "/openapi.json"


def outcomes(client: TestClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    found = [line.rpartition(" ") for line in lines if line.startswith("glocal_cache_requests_t")]
    return {name.partition('"')[2].rstrip('"}'): float(value) for name, _, value in found}


def decoded(body: bytes) -> bytes:
    """Decode zstd, which the client, unlike gzip and br, does not."""
    is_coded = body.startswith(b"\x28\xb5\x2f\xfd")
    return zstandard.ZstdDecompressor().decompressobj().decompress(body) if is_coded else body


def ask(client: TestClient, query: str, **headers: str) -> httpx2.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers=names)


@pytest.mark.slow
def test_the_same_query_is_answered_again_in_the_same_bytes(client: TestClient) -> None:
    first = ask(client, f"{MANY} # again")
    before = outcomes(client)
    again = ask(client, f"{MANY} # again")
    after = outcomes(client)

    assert again.content == first.content
    assert after["hit"] == before["hit"] + 1
    first.headers.pop("x-request-id")
    again.headers.pop("x-request-id")
    assert dict(again.headers) == dict(first.headers)


@pytest.mark.slow
def test_a_query_by_post_is_kept_too_and_is_never_a_304(client: TestClient) -> None:
    form = {"query": f"{MANY} # by post"}
    first = client.post("/sparql", data=form)
    before = outcomes(client)
    held = {"if-none-match": first.headers["etag"]}
    again = client.post("/sparql", data=form, headers=held)
    other = client.post("/sparql", data={"query": "ASK { } # by post"}, headers=held)

    assert (again.status_code, again.content) == (200, first.content)
    assert outcomes(client)["hit"] == before["hit"] + 1
    assert other.json()["boolean"] is True


@pytest.mark.slow
def test_each_coding_has_its_own_tag_and_is_revalidated_by_it(client: TestClient) -> None:
    query = f"{MANY} # coded"
    plain = ask(client, query, accept_encoding="identity")
    tags = {"": plain.headers["etag"]}
    for coding in ("gzip", "br", "zstd"):
        coded = ask(client, query, accept_encoding=coding)
        tags[coding] = coded.headers["etag"]
        assert coded.headers["content-encoding"] == coding
        assert coded.headers["vary"] == "Accept, Accept-Encoding"
        assert json.loads(decoded(coded.content)) == plain.json()
        held = ask(client, query, accept_encoding=coding, if_none_match=tags[coding])
        assert (held.status_code, held.content) == (304, b"")
        assert held.headers["etag"] == tags[coding]
    assert tags["gzip"] == f'{tags[""][:-1]}-gzip"'
    assert len(set(tags.values())) == 4


@pytest.mark.slow
def test_a_coded_answer_that_is_held_is_not_made_again(client: TestClient) -> None:
    query = f"{MANY} # held before it is kept"
    tag = ask(client, query, accept_encoding="gzip").headers["etag"]
    # Another spelling of Accept is another request to the cache, with the same answer.
    held = ask(client, query, accept_encoding="gzip", accept="*/*;q=0.7", if_none_match=f"W/{tag}")

    assert (held.status_code, held.headers["etag"]) == (304, tag)
    assert held.headers["access-control-allow-origin"] == "*"


@pytest.mark.slow
def test_a_short_answer_and_one_to_a_client_without_codings_are_sent_as_they_are(
    client: TestClient,
) -> None:
    short = ask(client, "ASK { }", accept_encoding="gzip")
    plain = client.get(LARGE, headers={"accept-encoding": "identity"})
    coded = client.get(LARGE, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in short.headers
    assert "content-encoding" not in plain.headers
    assert coded.headers["content-encoding"] == "gzip"
    assert int(coded.headers["content-length"]) < len(plain.content) / 4
    assert coded.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.slow
@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_a_query_that_differs_from_time_to_time_is_never_kept(
    client: TestClient, function: str
) -> None:
    answers = {ask(client, f"SELECT ({function} AS ?x) {{ }}").text for _ in range(3)}
    headers = ask(client, f"SELECT ({function} AS ?x) {{ }}").headers

    assert len(answers) == 3 or function == "BNODE()"
    assert ("etag" in headers, headers["cache-control"]) == (False, "no-store")


@pytest.mark.slow
def test_a_refusal_is_not_kept(client: TestClient) -> None:
    before = outcomes(client)
    statuses = [ask(client, "SELECT {").status_code for _ in range(2)]

    assert statuses == [400, 400]
    assert outcomes(client) == before


@pytest.mark.slow
def test_a_kept_answer_is_not_taken_for_another_format_host_or_method(client: TestClient) -> None:
    query = "SELECT (<x> AS ?x) { }"
    here = ask(client, query, accept="text/csv")
    there = ask(client, query, accept="text/csv", host="elsewhere.org")
    as_json = ask(client, query)
    posted = client.post("/sparql", params={"query": query}, headers={"accept": "text/csv"})

    assert here.text == "x\r\nhttp://testserver/x\r\n"
    assert there.text == "x\r\nhttp://elsewhere.org/x\r\n"
    assert as_json.headers["content-type"] == "application/sparql-results+json"
    assert posted.status_code == 415


@pytest.mark.slow
def test_a_resource_says_how_long_it_is_fresh(client: TestClient) -> None:
    for path in ("/data/id/London.ttl", "/ontology", "/queries", "/sparql?query=ASK%7B%7D"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "public, max-age=60, must-revalidate", path
        assert headers["etag"].startswith('"'), path


@pytest.mark.slow
def test_many_who_ask_at_once_are_answered_by_one_query(serving) -> None:
    counted = product("(COUNT(*) AS ?n)", "abc")
    with serving() as service, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(service.ask, [counted] * 16))
        lines = httpx2.get(f"{service.address}/metrics").text.splitlines()

    assert {answer.json()["results"]["bindings"][0]["n"]["value"] for answer in answers} == {
        "1000000"
    }
    [joined] = [line for line in lines if line.startswith("glocal_queries_joined_total")]
    [kept] = [
        line for line in lines if line.startswith('glocal_cache_requests_total{outcome="hit"')
    ]
    assert float(joined.split()[1]) + float(kept.split()[1]) == 15


@pytest.mark.slow
def test_a_large_answer_is_streamed_in_its_coding_and_not_kept(serving) -> None:
    with serving() as service:
        asked = {"query": product("?a", "abc"), "format": "csv"}
        address = f"{service.address}/sparql"
        request = httpx2.Request("GET", address, params=asked, headers={"accept-encoding": "gzip"})
        with httpx2.Client() as client:
            answer = client.send(request, stream=True)
            coded = b"".join(answer.iter_raw())
        metrics = httpx2.get(f"{service.address}/metrics").text

    assert gzip.decompress(coded) == b"a\r\n" + b"1\r\n" * 1_000_000
    assert answer.headers["etag"].endswith('-gzip"')
    assert "glocal_cache_answers 0.0" in metrics


@pytest.mark.slow
def test_without_a_cache_everything_is_answered_anew(serving) -> None:
    with serving(cache_mebibytes=0) as service:
        answers = [service.ask("ASK { }").json()["boolean"] for _ in range(3)]
        metrics = httpx2.get(f"{service.address}/metrics").text

    assert answers == [True] * 3
    assert 'glocal_cache_requests_total{outcome="hit"} 0.0' in metrics
