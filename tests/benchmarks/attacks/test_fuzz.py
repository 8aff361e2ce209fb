import random

from benchmarks.attacks.fuzz import Operation, damage, hostile_request, operations_of

DESCRIPTION = {
    "paths": {
        "/data/{name}": {
            "get": {"parameters": [{"in": "path", "name": "name"}, {"in": "query", "name": "lang"}]}
        },
        "/whatif": {"post": {"requestBody": {"content": {"text/turtle": {}}}}},
    }
}
GET = Operation("GET", "/data/{name}", (("path", "name"), ("query", "lang")), ())
POST = Operation("POST", "/whatif", (), ("text/turtle",))


def test_operations_have_their_parameters_and_media_types() -> None:
    assert operations_of(DESCRIPTION) == [GET, POST]


def test_the_same_seed_gives_the_same_requests_and_another_one_others() -> None:
    def draw(seed: int) -> list[bytes]:
        generator = random.Random(seed)
        return [hostile_request(generator, one) for one in (GET, POST) * 50]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert len(set(draw(1))) > 95


def test_an_undamaged_request_has_the_length_that_it_declares() -> None:
    generator = random.Random(0)
    for _ in range(200):
        head, _, body = hostile_request(generator, POST).partition(b"\r\n\r\n")
        assert b"{name}" not in head
        assert not body or f"Content-Length: {len(body)}".encode() in head


def test_damage_changes_a_request() -> None:
    generator, request = random.Random(0), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    damaged = [damage(generator, request) for _ in range(200)]

    assert sum(one != request for one in damaged) > 195
    assert len(set(damaged)) > 190
