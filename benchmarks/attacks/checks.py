"""Attacks that are lists of cases: what the service must refuse, and how. Nothing is measured."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.attacks.clients import Answer, exchange, http_request
from benchmarks.attacks.report import Case

ADDRESS = "127.0.0.25"


@dataclass(frozen=True)
class Checks:
    """Cases that are tried one after another.

    `run` gets the folder of a release, which it must not change, and an empty folder.
    """

    name: str
    summary: str
    run: Callable[[Path, Path], list[Case]]


def answer_to(port: int, request: bytes, address: str = ADDRESS, **options: float) -> Answer:
    """Send one request as `exchange` does."""
    return asyncio.run(exchange(port, request, address, **options))


def get(port: int, path: str, **headers: str) -> Answer:
    """Send a GET request."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer_to(port, http_request("GET", path, b"", fields))


def header(answer: Answer, name: str) -> str | None:
    """Return the value of a header of an answer, or None."""
    head = answer.received.partition(b"\r\n\r\n")[0].decode("latin-1")
    for line in head.split("\r\n")[1:]:
        field, _, value = line.partition(":")
        if field.lower() == name.lower():
            return value.strip()
    return None


def expect_status(name: str, answer: Answer, *statuses: int) -> Case:
    """Return the case that an answer has one of these statuses."""
    expected = " or ".join(map(str, statuses))
    return Case(name, expected, answer.kind, answer.status in statuses)
