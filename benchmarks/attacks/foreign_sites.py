"""B7: a website in somebody's browser that reads a private scratch store."""

from pathlib import Path
from typing import Final

from benchmarks.attacks.checks import Checks, answer_to, expect_status, get, header
from benchmarks.attacks.clients import Answer, http_request
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import HOST, serving

_QUERY: Final = "/sparql?query=SELECT%20%2A%20%7B%7D"
_SITE: Final = "https://site.example"
_ALLOWED: Final = "Access-Control-Allow-Origin"
_REFUSED: Final = (400, 403, 421)


def read_from_sites(_release: Path, folder: Path) -> list[Case]:
    """Read a scratch store with the headers that a browser would send for a foreign site."""
    with serving(["--scratch"], folder) as victim:
        port = victim.port
        own = [HOST, f"{HOST}:{port}", "localhost", f"localhost:{port}", f"[::1]:{port}"]
        foreign = ["site.example", f"site.example:{port}", f"{HOST}.site.example", "10.0.0.1"]
        cases = [expect_status(f"Host: {host}", get(port, _QUERY, Host=host), 200) for host in own]
        cases += [
            expect_status(f"Host: {host}", get(port, _QUERY, Host=host), *_REFUSED)
            for host in foreign
        ]
        asked = {"Origin": _SITE, "Access-Control-Request-Method": "POST"}
        preflight = http_request("OPTIONS", "/sparql", b"", asked)
        cases += [
            _is_unreadable("a query", get(port, _QUERY, Origin=_SITE)),
            _is_unreadable("a query of a file", get(port, _QUERY, Origin="null")),
            _is_unreadable("all graphs", get(port, "/graphs", Origin=_SITE)),
            _is_unreadable("a preflight request", answer_to(port, preflight)),
        ]
    return cases


def _is_unreadable(name: str, answer: Answer) -> Case:
    allowed = header(answer, _ALLOWED)
    return Case(f"{name} from {_SITE}", f"no {_ALLOWED}", str(allowed), allowed is None)


CHECKS: Final = Checks(
    "b7-foreign-sites", "foreign hosts and origins at a scratch store", read_from_sites
)
