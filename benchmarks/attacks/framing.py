"""Requests whose end is in doubt, with another request after each possible end (smuggling)."""

import asyncio
import re
from pathlib import Path
from typing import Final

from benchmarks.attacks.checks import ADDRESS, Checks
from benchmarks.attacks.clients import CLOSED, exchange
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import HOST, serving

# Each has a second request within the first, which must never be answered; and what the first may
# be answered with. Everything but one clear request must be refused.
_SECOND: Final = f"GET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
_FRAMINGS: Final = {
    "both lengths": ("Content-Length: 6\r\nTransfer-Encoding: chunked", f"0\r\n\r\n{_SECOND}"),
    "chunked, then a length": (
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        f"0\r\n\r\n{_SECOND}",
    ),
    "two lengths": ("Content-Length: 0\r\nContent-Length: 44", _SECOND),
    "a list of lengths": ("Content-Length: 0, 44", _SECOND),
    "a negative length": ("Content-Length: -1", _SECOND),
    "a signed length": ("Content-Length: +0", _SECOND),
    "a hexadecimal length": ("Content-Length: 0x0", _SECOND),
    "a length with a space": ("Content-Length: 0 0", _SECOND),
    "a length with an underscore": ("Content-Length: 1_0", _SECOND),
    "a length beyond 64 bits": ("Content-Length: 18446744073709551616", _SECOND),
    "a space before the colon": ("Content-Length : 0", _SECOND),
    "a space before the coding's colon": ("Transfer-Encoding : chunked", f"0\r\n\r\n{_SECOND}"),
    "an unknown coding": ("Transfer-Encoding: xchunked", f"0\r\n\r\n{_SECOND}"),
    "chunked twice": (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        f"0\r\n\r\n{_SECOND}",
    ),
    "chunked, but not last": ("Transfer-Encoding: chunked, identity", f"0\r\n\r\n{_SECOND}"),
    "a vertical tab in the coding": ("Transfer-Encoding: \x0bchunked", f"0\r\n\r\n{_SECOND}"),
    "a folded header": ("X: a\r\n Content-Length: 44\r\nContent-Length: 0", _SECOND),
    "a header without a name": (": a\r\nContent-Length: 0", _SECOND),
    "a header without a colon": ("Content-Length\r\nContent-Length: 0", _SECOND),
    "a bare line feed": ("X: a\nContent-Length: 44\r\nContent-Length: 0", _SECOND),
    "a bare carriage return": ("X: a\rContent-Length: 44\r\nContent-Length: 0", _SECOND),
    "a null byte": ("X: a\x00b\r\nContent-Length: 0", _SECOND),
    "two hosts": (f"Host: site.example\r\nContent-Length: {len(_SECOND)}", _SECOND),
    "a chunk size that is no number": ("Transfer-Encoding: chunked", f"zz\r\n\r\n{_SECOND}"),
    "a negative chunk size": ("Transfer-Encoding: chunked", f"-1\r\n\r\n{_SECOND}"),
    "a chunk size beyond 64 bits": ("Transfer-Encoding: chunked", f"{'f' * 17}\r\n\r\n{_SECOND}"),
    "a chunk without its end": ("Transfer-Encoding: chunked", f"1\r\nab\r\n0\r\n\r\n{_SECOND}"),
    "an upgrade": ("Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 0", ""),
}


def frame_badly(release: Path, folder: Path) -> list[Case]:
    """Send requests whose end is in doubt, with another request after each possible end."""
    with serving(["--release", str(release)], folder) as victim:
        return asyncio.run(_frame_all(victim.port))


async def _frame_all(port: int) -> list[Case]:
    return list(await asyncio.gather(*(_frame(port, name) for name in _FRAMINGS)))


async def _frame(port: int, name: str) -> Case:
    """Send one such request; it must get one answer at most, and no success."""
    fields, body = _FRAMINGS[name]
    head = f"POST /sparql HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/sparql-query\r\n"
    request = f"{head}{fields}\r\n\r\n{body}".encode("latin-1")
    answer = await exchange(port, request, ADDRESS, half_closes_after=1)
    answers = len(re.findall(rb"HTTP/1\.1 \d{3} ", answer.received))
    is_refused = answer.kind == CLOSED or 400 <= answer.status < 500
    seen = f"{answers} answers, the first {answer.kind}"
    return Case(name, "one answer, a refusal", seen, answers <= 1 and is_refused)


CHECKS: Final = (
    Checks("framing", "requests whose end is in doubt, with another one inside", frame_badly),
)
