"""Time how much later a server answers if it is not asked without a pause.

    python -m benchmarks.pauses http://127.0.0.1:8890/sparql --release DIR

The mix goes to the server directly, by one client, without a pause between two queries and with one
of a millisecond, which is about what a service before it takes for itself. So the difference is in
what `pass_through` says of the service, but is the server's. No query is sent twice.
"""

import argparse
import statistics
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import Store

from benchmarks.mixes import PAPER, ROWS, is_graph
from benchmarks.pass_through import directly
from kg.store.release_folder import STORE_FOLDER

_PAUSES: Final = (0.0, 0.001)
_ROUNDS: Final = 4
_QUERIES_OF_A_KIND: Final = 60


def main() -> None:
    """Print the median response time of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--release", type=Path, required=True)
    given = parser.parse_args()
    store = Store.read_only(str(given.release / STORE_FOLDER))
    queries = [one for one in PAPER.draw(store, _QUERIES_OF_A_KIND) if not is_graph(one)]
    place = directly(given.address)
    connection = HTTPConnection("127.0.0.1", place.port)
    seconds: dict[float, list[float]] = {pause: [] for pause in _PAUSES}
    for number in range(_ROUNDS):
        for pause, found in seconds.items():
            for query in queries:
                time.sleep(pause)
                text = urlencode({"query": f"{query} # {number} {pause}"})
                start = time.perf_counter()
                connection.request("GET", f"{place.path}&{text}", headers={"Accept": ROWS})
                connection.getresponse().read()
                found.append(time.perf_counter() - start)
    for pause, found in seconds.items():
        median = 1000 * statistics.median(found)
        sys.stdout.write(f"a pause of {1000 * pause:.0f} ms: {median:.2f} ms at the median\n")


if __name__ == "__main__":
    main()
