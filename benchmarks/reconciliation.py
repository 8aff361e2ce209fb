"""How long a batch of names takes at /reconcile, over HTTP on loopback.

    .venv/bin/python benchmarks/reconciliation.py

Prints the first answer (which makes the index) and the best and middle of several batches: names as
they are written, and names with a slip of the pen in each. Needs a release (`glocal build`).
"""

import json
import socket
import statistics
import sys
import threading
import time
import urllib.parse
import urllib.request

import uvicorn

from kg.linking.name_index import NameIndex
from kg.store.quad_store import Store
from kg.store.release_folder import find
from service.run.app import create_app
from service.settings import Settings

ROUNDS = 15
SIZE = 100


def main() -> None:
    """Serve the newest release, ask, print."""
    index = NameIndex.of(Store.open(find(None)))
    labels = [one.label("zh" if n % 2 else "en") for n, one in enumerate(index.entities.values())]
    right = labels[:: len(labels) // SIZE][:SIZE]
    slips = [name[:-2] + name[-1] + name[-2] if len(name) > 3 else name + "x" for name in right]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(Settings()), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/reconcile"
        say(f"first answer, with the index: {milliseconds(address, right[:1]):.0f} ms")
        for what, names in (("names as written", right), ("names with a slip", slips)):
            taken = [milliseconds(address, names) for _ in range(ROUNDS)]
            middle = statistics.median(taken)
            say(f"{SIZE} {what}: {min(taken):.0f} ms at best, {middle:.0f} ms in the middle")
        server.should_exit = True
        thread.join()


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def milliseconds(address: str, names: list[str]) -> float:
    """How long one batch takes, from sending to the whole answer."""
    batch = json.dumps({f"q{number}": {"query": name} for number, name in enumerate(names)})
    body = urllib.parse.urlencode({"queries": batch}).encode()
    start = time.perf_counter()
    with urllib.request.urlopen(address, body) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
