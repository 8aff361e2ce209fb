"""The same attacks on a bare server: what no service on this machine could prevent.

    .venv/bin/python benchmarks/floor.py [--only NAME …] [--seconds 10] [--idle 4] [--rounds 3]

The server is uvicorn with one function: it evaluates the honest ASKs by pyoxigraph, in the same
process and without limits, reads other bodies and throws them away, and answers them with 404. For
each other query it forks a process that computes for ten seconds under the scheduling policy
SCHED_IDLE, at most 64 at once. It prints the median over the rounds for each attack. Linux only.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.attacks import floods, fuzz, readers, runaways, whatifs
from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import BOUND_SECONDS, Target
from benchmarks.attacks.companions import Companion, keep_asking, run_niced
from benchmarks.attacks.report import Times
from benchmarks.attacks.victim import http_status
from benchmarks.servers import free_port

_SETTLING_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 40.0
_ATTACKS: Final = {
    attack.name: attack
    for module in (whatifs, readers, fuzz, runaways, floods)
    for attack in module.ATTACKS
}
_BARE: Final = """
import asyncio, os, signal, sys, urllib.parse
import pyoxigraph, uvicorn
store = pyoxigraph.Store()
running = set()
async def compute(parent=os.getpid()):
    if len(running) >= 64:
        return 503
    pid = os.fork()
    if pid == 0:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        while os.getppid() == parent:
            sum(range(100_000))
        os._exit(0)
    running.add(pid)
    try:
        await asyncio.sleep(10)
    finally:
        running.discard(pid)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return 504
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    pairs = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
    query, status, body, kind = pairs.get("query", [""])[0], 404, b"{}", b"application/json"
    if query.startswith("ASK {"):
        answer = store.query(query).serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        status, body = 200, answer
    elif query:
        status = await compute()
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="critical", lifespan="off")
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=_ATTACKS, default=[*_ATTACKS], metavar="NAME")
    parser.add_argument("--seconds", type=float, default=10, help="of each attack; default 10")
    parser.add_argument("--idle", type=float, default=4, help="seconds before it; default 4")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    options = parser.parse_args()
    sys.stdout.write("| attack | ASK idle: p99, ms | under attack: p50, p99, max, ms |\n")
    sys.stdout.write("| --- | --- | --- |\n")
    for name in options.only:
        attack = _ATTACKS[name]
        rounds = [_attack(attack, options.seconds, options.idle) for _ in range(options.rounds)]
        idle, attacked = zip(*rounds, strict=True)
        times = (
            f"{1000 * statistics.median(each):.1f}"
            for each in (
                [one.p50 for one in attacked],
                [one.p99 for one in attacked],
                [one.longest for one in attacked],
            )
        )
        idle_p99 = 1000 * statistics.median(one.p99 for one in idle)
        sys.stdout.write(f"| {name} | {idle_p99:.1f} | {', '.join(times)} |\n")
        sys.stdout.flush()


def _attack(attack: Attack, seconds: float, idle_seconds: float) -> tuple[Times, Times]:
    """Return the times of the honest ASKs before and during the attack."""
    with _bare_server() as port:
        asking = Companion(keep_asking, port, is_newcomer=attack.is_newcomer)
        time.sleep(_SETTLING_SECONDS)
        idle_from = time.monotonic()
        time.sleep(idle_seconds)
        attack_from = time.monotonic()
        target = Target(port, seconds * attack.share_of_seconds)
        sending = Companion(run_niced, attack.send, target)
        sending.wait(target.seconds + BOUND_SECONDS + _GRACE_SECONDS)
        attack_until = time.monotonic()
        sending.kill()
        asks = asking.finish()
    return (
        Times.of(one for one in asks if idle_from <= one.at < attack_from),
        Times.of(one for one in asks if attack_from <= one.at < attack_until),
    )


@contextmanager
def _bare_server() -> Iterator[int]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", _BARE, str(port)]) as process:
        try:
            while process.poll() is None and not http_status(port, "/"):
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
