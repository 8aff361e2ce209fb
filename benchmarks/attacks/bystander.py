"""The view of an honest client of a scratch store: its graph, and how the service is."""

from typing import Final

from benchmarks.attacks.bout import TOKEN, log_failures
from benchmarks.attacks.checks import answer_to
from benchmarks.attacks.clients import http_request
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import Victim

_GROWTH_MEBIBYTES: Final = 50


class Bystander:
    """A client that writes a graph before an attack, and looks again afterwards."""

    QUERY: Final = "?graph=http://e.example/honest"

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        answer_to(victim.port, upload("PUT", self.QUERY, b"<urn:a> <urn:b> 1 .", "text/turtle"))
        self._graph, self._memory = self._read_graph(), victim.tree.memory().all

    def cases(self) -> list[Case]:
        """Return the cases that all is as before, and end the service."""
        health, graph = self._victim.status("/healthz"), self._read_graph()
        growth = self._victim.tree.memory().all - self._memory
        failures = [*log_failures(self._victim), *self._victim.stop()]
        seen, most = f"{self._graph!r}, then {graph!r}", _GROWTH_MEBIBYTES
        is_same = b"<urn:b>" in graph and graph == self._graph
        return [
            Case("/healthz afterwards", "200", str(health), health == 200),
            Case("an honest client's graph", "unchanged", seen, is_same),
            Case("the log and the end", "no fault", "; ".join(failures), not failures),
            Case("memory", f"at most {most} MiB more", f"{growth:.0f} MiB more", growth <= most),
        ]

    def _read_graph(self) -> bytes:
        request = http_request("GET", f"/graphs{self.QUERY}", headers={"Accept": "text/turtle"})
        return answer_to(self._victim.port, request).received.partition(b"\r\n\r\n")[2]


def upload(method: str, query: str, body: bytes, media_type: str, **fields: str) -> bytes:
    """Return a request that writes to the graphs of the store."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": media_type, **fields}
    return http_request(method, f"/graphs{query}", body, headers)
