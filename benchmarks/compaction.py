"""Load and remove quads of a scratch store over and over, and measure the memory that stays.

    .venv/bin/python benchmarks/compaction.py [--cycles 50] [--quads 150000]

Each cycle replaces one graph by new quads, and removes it. Prints the memory of all processes of
the service (see `servers`), and the longest time of a PUT and a DELETE. Exits with 1 if more than
100 MB are left at the end. Fifty cycles take three minutes.
"""

import argparse
import http.client
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from benchmarks.servers import GLOCAL, Server, free_port, running

_GRAPH: Final = "/graphs?graph=http://example.org/g"
_MAX_GROWTH_MB: Final = 100
_CYCLES_BETWEEN_LINES: Final = 5
# The previous parent may need a moment to end.
_REST_SECONDS: Final = 2


def quads_of_cycle(cycle: int, count: int) -> bytes:
    """Return N-Triples whose terms differ from those of all other cycles."""
    subject = f"http://example.org/{cycle}/"
    return "".join(
        f'<{subject}{number}> <{subject}p{number % 9}> "{number} of {cycle}" .\n'
        for number in range(count)
    ).encode()


def change(server: Server, token: str, method: str, body: bytes = b"") -> float:
    """Send a change that must succeed; return the seconds that it took."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/n-triples"}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        start = time.perf_counter()
        connection.request(method, _GRAPH, body, headers)
        response = connection.getresponse()
        seconds, answer = time.perf_counter() - start, response.read()
    if response.status not in (201, 204):
        raise SystemExit(f"{method} failed: {answer.decode()}")
    return seconds


def write(line: str) -> None:
    """Write a line of the report at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the cycles, and judge the memory at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--quads", type=int, default=150_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        token_file, port = Path(folder) / "token", free_port()
        token = token_urlsafe()
        token_file.write_text(token, encoding="ascii")
        command = [GLOCAL, "serve", "--scratch", "--writable", "--token-file", str(token_file)]
        with running([*command, "--port", str(port)], port) as server:
            growth = _measure(server, token, chosen.cycles, chosen.quads)
    raise SystemExit(int(growth > _MAX_GROWTH_MB))


def _measure(server: Server, token: str, cycles: int, quads: int) -> float:
    time.sleep(_REST_SECONDS)
    start, longest = server.memory_mebibytes(), {"PUT": 0.0, "DELETE": 0.0}
    write(f"| cycles of {quads:,} quads | memory, MiB |\n| --- | --- |\n| 0 | {start:.0f} |")
    for cycle in range(1, cycles + 1):
        body = quads_of_cycle(cycle, quads)
        longest["PUT"] = max(longest["PUT"], change(server, token, "PUT", body))
        longest["DELETE"] = max(longest["DELETE"], change(server, token, "DELETE"))
        if cycle % _CYCLES_BETWEEN_LINES == 0 or cycle == cycles:
            time.sleep(_REST_SECONDS)
            write(f"| {cycle} | {server.memory_mebibytes():.0f} |")
    write(", ".join(f"longest {method}: {each:.2f} s" for method, each in longest.items()))
    return (server.memory_mebibytes() - start) * 2**20 / 1e6


if __name__ == "__main__":
    main()
