import gzip
import sys

import pytest

from tests.service.scratch.conftest import TOKEN, Client, G, scratch

pytestmark = pytest.mark.slow

TTL = "<s> <http://e.org/p> <http://e.org/o> ."
LINE = "<http://e.org/s> <http://e.org/p> <http://e.org/o>"
NT = {**TOKEN, "content-type": "application/n-triples"}
FORM = "multipart/form-data"
HERE = "http://e.org/graphs/person/1.ttl"


def test_put_makes_a_graph_and_then_replaces_it(client: Client) -> None:
    path = f"/graphs?graph={G}"

    assert client.get(path).status_code == 404
    assert client.put(path, TTL) == 201
    assert client.lines(path) == ["<http://example.org/s> <http://e.org/p> <http://e.org/o> ."]
    assert client.put(path, "") == 204
    assert (client.get(path).status_code, client.lines(path)) == (200, [])


def test_post_adds_and_delete_removes(client: Client) -> None:
    path = f"/graphs?graph={G}"
    statuses = [client.post(path, content=f"{LINE} .", headers=NT).status_code for _ in range(2)]

    assert client.delete(path, headers=TOKEN).status_code == 204
    assert client.get(path).status_code == 404
    gone = client.delete(path, headers=TOKEN)
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/unknown-graph")
    assert statuses == [201, 204]


def test_the_default_graph_is_always_there(client: Client) -> None:
    assert client.get("/graphs?default").status_code == 200
    assert client.put("/graphs?default", TTL) == 204
    assert client.delete("/graphs?default", headers=TOKEN).status_code == 204
    assert client.lines("/graphs?default") == []


def test_a_graph_is_written_at_its_own_address(client: Client) -> None:
    assert client.put("/graphs/person/1.ttl", "<> <#knows> <2.ttl> .") == 201
    [line] = client.lines("/graphs/person/1.ttl")
    assert line == f"<{HERE}> <{HERE}#knows> <http://e.org/graphs/person/2.ttl> ."
    assert client.lines(f"/graphs?graph={HERE}") == [line]
    assert client.head("/graphs/person/1.ttl").status_code == 200


def test_post_to_the_store_itself_makes_a_new_graph(client: Client) -> None:
    answers = [client.post("/graphs", content=f"{LINE} .", headers=NT) for _ in range(2)]
    first, second = (answer.headers["location"] for answer in answers)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert first != second
    assert client.lines(first) == [f"{LINE} ."]


def test_the_store_itself_is_a_document_of_all_graphs(client: Client) -> None:
    quads = f"{LINE} .\n{LINE} <{G}> .\n"

    assert client.put("/graphs", quads, "application/n-quads") == 204
    assert client.put("/graphs?default", "") == 204
    assert client.lines() == [f"{LINE} <{G}> ."]
    more = {**TOKEN, "content-type": "application/trig"}
    assert client.post("/graphs", content=f"<a:g> {{ {LINE} }}", headers=more).status_code == 204
    assert len(client.lines()) == 2


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("text/turtle; charset=utf-8", TTL),
        ("application/trig", TTL),
        ("application/n-triples", f"{LINE} ."),
        ("application/n-quads", f"{LINE} ."),
        (
            "application/rdf+xml",
            '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/">'
            '<r:Description r:about="s"><e:p r:resource="o"/></r:Description></r:RDF>',
        ),
        ("application/ld+json", '{"@id": "s", "http://e.org/p": {"@id": "o"}}'),
    ],
)
def test_a_graph_is_sent_in_every_format(client: Client, media_type: str, text: str) -> None:
    assert client.put("/graphs?default", text, media_type) == 204
    assert client.lines("/graphs?default") == [f"{LINE} ."]


def test_parts_of_a_form_are_added_together(client: Client) -> None:
    parts = {
        "one": ("one.ttl", "<a:s> <a:p> 1 .", "text/turtle"),
        "two": ("two.nt", '<a:s> <a:p> "2" .', "application/n-triples"),
    }

    assert client.post("/graphs?default", files=parts, headers=TOKEN).status_code == 204
    assert len(client.lines("/graphs?default")) == 2
    parts["two"] = ("two.txt", "2", "text/plain")
    assert client.post("/graphs?default", files=parts, headers=TOKEN).status_code == 415


@pytest.mark.parametrize(
    ("path", "media_type", "text", "status", "slug"),
    [
        ("/graphs?default", "text/turtle", "\n<a:s> <a:p> .", 400, "malformed-rdf"),
        ("/graphs?default", "application/trig", "<a:g> { <a:s> <a:p> 1 }", 400, "malformed-rdf"),
        ("/graphs?default", "text/csv", "a,b", 415, "unsupported-media-type"),
        ("/graphs?default", "text/turtle", f"# {'x' * 5000}", 413, "content-too-large"),
        ("/graphs?default&graph=a:g", "text/turtle", "", 400, "missing-parameter"),
        ("/graphs?graph=none", "text/turtle", "", 400, "malformed-parameter"),
        ("/graphs/x?graph=a:g", "text/turtle", "", 400, "malformed-parameter"),
        ("/graphs?default", FORM, "", 400, "malformed-parameter"),
        ("/graphs?default", f"{FORM}; boundary=b", "--b\r\n", 400, "malformed-parameter"),
        (
            "/graphs?default",
            "application/ld+json",
            '{"@context": "http://127.0.0.1:9/", "@id": "a:s"}',
            400,
            "malformed-rdf",
        ),
    ],
)
def test_what_is_refused_changes_nothing(
    client: Client, path: str, media_type: str, text: str, status: int, slug: str
) -> None:
    client.put("/graphs?default", "<a:s> <a:p> <a:o> .")
    answer = client.post(path, content=text, headers={**TOKEN, "content-type": media_type})

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert client.lines() == ["<a:s> <a:p> <a:o> ."]


def test_a_syntax_error_has_its_line_and_column(client: Client) -> None:
    headers = {**TOKEN, "content-type": "text/turtle"}
    answer = client.post("/graphs?default", content="\n<a:s> <a:p> .", headers=headers)

    assert (answer.json()["line"], answer.json()["column"]) == (2, 13)


def test_what_gzip_has_compressed_is_read_up_to_its_limit(client: Client) -> None:
    coded = {"content-type": "text/turtle", "content-encoding": "gzip", **TOKEN}
    bodies = gzip.compress(TTL.encode()), gzip.compress(b"#" * 10**6), b"no gzip"
    other = {**coded, "content-encoding": "br"}

    statuses = [client.put("/graphs?default", one, **coded) for one in bodies]
    assert statuses == [204, 413, 400]
    assert client.put("/graphs?default", gzip.compress(b"#")[:-4], **coded) == 400
    assert client.put("/graphs?default", TTL, **other) == 415
    assert client.lines() == [f"{LINE} ."]


def test_a_change_may_be_for_one_state_alone(client: Client) -> None:
    path = f"/graphs?graph={G}"
    absent, present = {"if-none-match": "*"}, {"if-match": "*"}

    assert client.put(path, TTL, **present) == 412
    assert client.put(path, TTL, **absent) == 201
    assert client.put(path, TTL, **absent) == 412
    tag = client.get(path).headers["etag"]
    assert client.put(path, TTL, **{"if-match": f'"other", {tag}'}) == 204
    assert client.put(path, TTL, **{"if-match": tag}) == 412
    tag = client.get(path, headers={"accept": "application/n-triples"}).headers["etag"]
    assert client.put(path, TTL, **{"if-match": f"W/{tag}"}) == 412
    assert client.delete(path, headers={**TOKEN, "if-none-match": tag}).status_code == 412


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_the_tag_of_a_compressed_graph_is_of_its_state_too(client: Client, coding: str) -> None:
    path = f"/graphs?graph={G}"
    client.put(path, " ".join(f"<s{number}> <p> <o> ." for number in range(99)))
    read = client.get(path, headers={"accept-encoding": coding})

    assert read.headers["content-encoding"] == coding
    assert client.put(path, TTL, **{"if-none-match": read.headers["etag"]}) == 412
    assert client.put(path, TTL, **{"if-match": read.headers["etag"]}) == 204
    assert client.put(path, TTL, **{"if-match": read.headers["etag"]}) == 412


def test_patch_is_not_offered(client: Client) -> None:
    answer = client.patch("/graphs?default", content="", headers=TOKEN)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT"


def test_json_ld_is_read_and_written_by_the_options_of_its_api(client: Client) -> None:
    text = '{"@id": "s", "http://e.org/p": [{"@value": "x", "@direction": "ltr"}, 1]}'
    path = "/graphs?base=http://other.org/&rdfDirection=i18n-datatype"
    as_json = {"accept": "application/ld+json"}

    assert client.put(path, text, "application/ld+json") == 204
    [said] = client.get(path, headers=as_json).json()
    assert said["@id"] == "http://other.org/s"
    assert {"@value": "x", "@direction": "ltr"} in said["http://e.org/p"]
    [said] = client.get("/graphs?useNativeTypes=true", headers=as_json).json()
    assert {"@value": 1} in said["http://e.org/p"]
    for wrong in ("base=none", "rdfDirection=up", "useNativeTypes=1", "expandContext=x"):
        assert client.put(f"/graphs?{wrong}", text, "application/ld+json") == 400
        assert client.get(f"/graphs?{wrong}").status_code == (200 if "base" in wrong else 400)


def test_the_options_of_json_ld_are_described(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    options = {"processingMode", "expandContext", "rdfDirection", "useNativeTypes", "useRdfType"}

    for path in ("/graphs", "/graphs/{name}"):
        for method in ("get", "put", "post"):
            names = {one["name"] for one in paths[path][method]["parameters"]}
            assert options <= names, (path, method)
        uploaded = {one["name"] for one in paths[path]["put"]["parameters"]}
        assert "base" in uploaded, path


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_an_upload_that_needs_too_much_memory_is_called_a_change() -> None:
    text = "".join(f'<a:s{one}> <a:p> "value {one}" .\n' for one in range(100_000))
    with scratch(max_query_mebibytes=16, max_query_seconds=60) as client:
        answer = client.post("/graphs?default", content=text, headers=NT)
        left = client.lines()

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/query-out-of-memory")
    detail = "The change was stopped: it needed more than 16 MiB of memory."
    assert (answer.json()["detail"], left) == (detail, [])
