"""Measure the time of a batch of names at /reconcile, over HTTP on loopback.

    .venv/bin/python benchmarks/reconciliation.py

Prints the time of the first response, which includes building the index, and the minimum and median
of several batches: names as written, and names with a typo in each. Needs a release
(`glocal build`).
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
from kg.store.release_folder import find_release
from service.run.app import create_app
from service.settings import Settings

ROUNDS = 15
SIZE = 100


def main() -> None:
    """Serve the newest release, send batches and print the times."""
    index = NameIndex.from_store(Store.open(find_release(None)))
    labels = [
        entity.label("zh" if number % 2 else "en")
        for number, entity in enumerate(index.entities.values())
    ]
    names = labels[:: len(labels) // SIZE][:SIZE]
    typos = [name[:-2] + name[-1] + name[-2] if len(name) > 3 else name + "x" for name in names]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(Settings()), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/reconcile"
        say(f"first response, with the index: {milliseconds(address, names[:1]):.0f} ms")
        for label, batch in (("names as written", names), ("names with a typo", typos)):
            times = [milliseconds(address, batch) for _ in range(ROUNDS)]
            median = statistics.median(times)
            say(f"{SIZE} {label}: minimum {min(times):.0f} ms, median {median:.0f} ms")
        server.should_exit = True
        thread.join()


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def milliseconds(address: str, names: list[str]) -> float:
    """Send one batch and return the time until the whole response has arrived."""
    batch = json.dumps({f"q{number}": {"query": name} for number, name in enumerate(names)})
    body = urllib.parse.urlencode({"queries": batch}).encode()
    start = time.perf_counter()
    with urllib.request.urlopen(address, body) as response:
        response.read()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
