"""Bytes that a client may send on one connection: requests to the letter, hostile ones, in pieces.

A seed decides them. Where the framing of the requests is sound, or must be refused, a request with
the token, which drops a graph, is in their bodies; nobody may take it for a request.
"""

import random
from dataclasses import dataclass
from typing import Final

from benchmarks.attacks.fuzz import damage

# Changes come one after another, so they are few.
_METHODS: Final = (*("GET", "HEAD", "POST", "QUERY") * 3, "PUT")
_HOST: Final = "Host: 127.0.0.1\r\n"
_QUERY: Final = "Content-Type: application/sparql-query\r\n"
_OFFERING_SHARE: Final = 0.3
_CHUNKED_SHARE: Final = 0.5
_SHORT: Final = 2000
_OFFERS: Final = (
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGVzdA==\r\n",
    "Upgrade: x\r\nConnection: keep-alive, Upgrade\r\n",
    "Upgrade: TLS/1.0, h2c\r\nConnection: upgrade\r\n",
)
_FIELDS: Final = (
    "Expect: 100-continue\r\n",
    "X-Forwarded-Proto: ws\r\n",
    "X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\n",
    "TE: trailers\r\n",
    "Accept-Encoding: gzip, br;q=0\r\n",
    f"X-Long: {'x' * 5000}\r\n",
    "".join(f"X-{number}: y\r\n" for number in range(90)),
    "X-Latin: \xff\xe9\r\n",
    "Range: bytes=0-3\r\n",
    "Connection: keep-alive\r\n",
)
_TRAILERS: Final = (
    "",
    "X-Trailer: y\r\n",
    "Host: z\r\nContent-Type: text/html\r\n",
    "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    "Authorization: Bearer x\r\n" * 3,
)
_BAD_CHUNKS: Final = (
    "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "zz\r\n",
    "-1\r\n",
    f"{'f' * 17}\r\n",
    "1\r\nab\r\n",
    "0x5\r\n",
    " 5\r\n",
    "\r\n",
    "5;\x00\r\n",
)
_END: Final = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_LAST: Final = _END + b"Connection: close\r\n\r\n"
_ABSURD: Final = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 300,
    b"GET /\r\n\r\n",
    b"GET / HTTP/0.9\r\n\r\n",
    b"GET / HTTP/3.7\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET  /" + _END + b"\r\n",
    b"GET http://[::1/" + _END + b"\r\n",
    b"GET http://a:b@site.example:99999/%zz?%u" + _LAST,
    b"OPTIONS *" + _LAST,
    b"GET *" + _LAST,
    b"GET //" + _LAST,
    b"GET /\xff\xfe\xe9" + _LAST,
    b"GET /%00%ff%2f..%2f" + _LAST,
    b"CONNECT 127.0.0.1:1" + _END + b"\r\n",
    b"CONNECT /" + _END + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\nrest",
    b"X" * 70_000,
    b"GET /" + b"a" * 70_000 + _END + b"\r\n",
    b"GET /" + _END + b"X: y\r\n" * 30_000 + b"\r\n",
    b"GET /" + _END + b"x" * 200_000 + b": y\r\n\r\n",
    b"GET /" + _END + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"Host: 127.0.0.1\r\n" * 5 + b"\r\n",
    b"GET / HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n",
    b"\r\n" * 50_000,
    b"\n\r" * 3_000,
    b"\x00" * 5_000,
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"POST /sparql" + _END + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n#\r\n" * 20_000,
    b"GET /" + _END + b"Connection: " + b"upgrade," * 500 + b"close\r\nUpgrade: \r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Conversation:
    """The pieces that a client sends, and the methods of its requests.

    `is_sound` says that each request is answered, the last of which closes the connection.
    """

    pieces: tuple[bytes, ...]
    methods: tuple[str, ...] = ()
    is_sound: bool = False


def converse(generator: random.Random, token: str, graph: str) -> Conversation:
    """Return what a client sends; where it is clear what is a body, that would drop this graph."""
    drop = f"DELETE {graph} HTTP/1.1\r\n{_HOST}Authorization: Bearer {token}\r\n\r\n"
    match generator.randrange(10):
        case 0:
            return Conversation(_split(generator, generator.choice(_ABSURD)))
        case 1:
            head = f"POST /sparql HTTP/1.1\r\n{_HOST}{_QUERY}Transfer-Encoding: chunked\r\n\r\n"
            bad = generator.choice(_BAD_CHUNKS)
            refused = f"{head}{_chunked(generator, 'ASK')}{bad}\r\n{drop}"
            return Conversation(_split(generator, refused.encode()))
        case 2 | 3 | 4:
            method = generator.choice([one for one in _METHODS if one != "HEAD"])
            twice = _request(generator, method, "", token="") * 2
            return Conversation(_split(generator, damage(generator, twice.encode("latin-1"))))
    methods = generator.choices(_METHODS, k=generator.choice((1, 1, 2, 3, 12)))
    requests = [_request(generator, method, drop, token=token) for method in methods]
    target, version, rest = requests[-1].partition(" HTTP/1.1\r\n")
    requests[-1] = f"{target}{version}Connection: close\r\n{rest}"
    sent = "".join(requests).encode("latin-1")
    return Conversation(_split(generator, sent), tuple(methods), is_sound=True)


def _request(generator: random.Random, method: str, drop: str, *, token: str) -> str:
    """Return a request to the letter, after blank lines; a body ends with `drop`."""
    fields = "".join(generator.sample(_FIELDS, generator.choice((0, 0, 1, 3))))
    fields += generator.choice(_OFFERS) if generator.random() < _OFFERING_SHARE else ""
    blank = "\r\n" * generator.choice((0, 0, 0, 1, 5))
    if method in ("GET", "HEAD"):
        path = generator.choice(("/sparql?query=ASK%7B%7D", "/healthz", "/nothing", "/graphs"))
        return f"{blank}{method} {path} HTTP/1.1\r\n{_HOST}{fields}\r\n"
    if method == "PUT":
        first, typed = "/graphs?graph=urn:other", "Content-Type: text/turtle\r\n"
        typed += f"Authorization: Bearer {token}\r\n"
    else:
        first, typed = "/sparql", _QUERY
    body = generator.choice(("", "ASK {} #", "<urn:a> <urn:b> 1 . #", "#" * 70_000)) + drop
    if generator.random() < _CHUNKED_SHARE:
        fields += "Transfer-Encoding: chunked\r\n"
        body = f"{_chunked(generator, body)}0\r\n{generator.choice(_TRAILERS)}\r\n"
    else:
        fields += f"Content-Length: {len(body)}\r\n"
    return f"{blank}{method} {first} HTTP/1.1\r\n{_HOST}{typed}{fields}\r\n{body}"


def _chunked(generator: random.Random, body: str) -> str:
    """Return the chunks of a body, without the last one, which is empty."""
    size = generator.choice((1, 7, 4096)) if len(body) < _SHORT else 4096
    extension = generator.choice(("", ";a", ';a="b c"', ";x=" + "y" * 200))
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return "".join(f"{len(part):x}{extension}\r\n{part}\r\n" for part in parts)


def _split(generator: random.Random, sent: bytes) -> tuple[bytes, ...]:
    """Cut these bytes at random places."""
    count = generator.choice((0, 0, 1, 3, 20))
    places = sorted(generator.randrange(len(sent) + 1) for _ in range(count))
    pairs = zip([0, *places], [*places, len(sent)], strict=True)
    return tuple(sent[start:end] for start, end in pairs if end > start)
