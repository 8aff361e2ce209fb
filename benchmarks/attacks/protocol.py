"""B10: HTTP where the service was loose, and tokens."""

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.attacks.checks import Checks, answer_to, expect_status, get, header
from benchmarks.attacks.clients import http_request
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import HOST, serving, start, wait_until_ready

_ASK: Final = "/sparql?query=ASK%7B%7D"
_LONG_PATH_CHARACTERS: Final = 70_000
_BODY_BYTES: Final = 8_000_000
_BODIES: Final = 5
_GUESSES: Final = 300
_DESCRIPTORS: Final = 256
_HELD_CONNECTIONS: Final = 400
_GUESSER: Final = "127.0.0.26"
_TOKEN: Final = "correct-horse-battery-staple-9"  # noqa: S105 (of a store that lives seconds)


def speak_loosely(release: Path, folder: Path) -> list[Case]:
    """Send requests that break HTTP/1.1 or are too large."""
    with serving(["--release", str(release)], folder) as victim:
        port = victim.port
        bodies = [answer_to(port, _large_body()) for _ in range(_BODIES)]
        refused = sum(answer.status == 413 for answer in bodies)
        long_path = http_request("GET", f"/{'a' * _LONG_PATH_CHARACTERS}")
        without_host = f"GET {_ASK} HTTP/1.1\r\nConnection: close\r\n\r\n".encode()
        return [
            expect_status("no Host", answer_to(port, without_host), 400),
            expect_status("a path of 70 kB", answer_to(port, long_path), 414),
            Case(
                f"{_BODIES} bodies of 8 MB, sent to the end",
                f"{_BODIES} × 413, no reset",
                ", ".join(answer.kind for answer in bodies),
                refused == _BODIES,
            ),
        ]


def hold_descriptors(release: Path, folder: Path) -> list[Case]:
    """Hold more connections than the service has file descriptors; others are still answered."""
    limited = ["bash", "-c", f'ulimit -n {_DESCRIPTORS}; exec "$@"', "bash"]
    victim = start(["--release", str(release)], folder, prefix=limited)
    try:
        if not wait_until_ready(victim):
            return [Case(f"ulimit -n {_DESCRIPTORS}", "served", "not served", is_as_expected=False)]
        with ExitStack() as held:
            for _ in range(_HELD_CONNECTIONS):
                held.enter_context(socket.create_connection((HOST, victim.port)))
            kinds = [get(victim.port, f"{_ASK}%20%23{number}").kind for number in range(20)]
    finally:
        victim.stop()
    seen = ", ".join(sorted(set(kinds)))
    return [
        Case(
            f"ulimit -n {_DESCRIPTORS}, {_HELD_CONNECTIONS} connections held: 20 ASKs",
            "200",
            seen,
            seen == "200",
        )
    ]


def guess_tokens(_release: Path, folder: Path) -> list[Case]:
    """Serve with a token of one character; guess a token; write with the right one meanwhile."""
    cases = []
    short, long = folder / "short", folder / "long"
    for path, token in ((short, "x"), (long, _TOKEN)):
        path.write_text(token, encoding="ascii")
        path.chmod(0o600)
    with serving(["--scratch", "--writable", "--token-file", str(short)], folder) as victim:
        log = victim.log.read_text(encoding="utf-8") if victim.log else ""
        is_warned = "token" in log.lower()
        seen = "a warning" if is_warned else "no word"
        cases.append(Case("a token of one character", "a warning", seen, is_warned))
    with serving(["--scratch", "--writable", "--token-file", str(long)], folder) as victim:
        guesses = [
            answer_to(victim.port, _write(f"wrong-{number}"), _GUESSER)
            for number in range(_GUESSES)
        ]
        brakes = [answer for answer in guesses if answer.status == 429]
        has_retry = bool(brakes) and header(brakes[0], "Retry-After") is not None
        seen = f"{len(brakes)} × 429"
        cases += [
            Case(f"{_GUESSES} wrong tokens", "429 with Retry-After", seen, has_retry),
            expect_status(
                "the right token from elsewhere",
                answer_to(victim.port, _write(_TOKEN)),
                200,
                201,
                204,
            ),
        ]
    return cases


def _large_body() -> bytes:
    query = {"Content-Type": "application/sparql-query"}
    return http_request("POST", "/sparql", b"#" * _BODY_BYTES, query)


def _write(token: str) -> bytes:
    fields = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}
    return http_request("PUT", "/graphs?default", b"<a:a> <a:b> <a:c> .", fields)


CHECKS: Final = (
    Checks("b10-protocol", "HTTP to the letter: Host, sizes", speak_loosely),
    Checks("b10-descriptors", "more connections than file descriptors", hold_descriptors),
    Checks("b10-tokens", "short tokens, guessed tokens", guess_tokens),
)
