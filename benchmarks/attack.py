"""Attack the service in every way that once worked, and print what it did to honest clients.

    .venv/bin/python benchmarks/attack.py [--only NAME …] [--seconds 10] [--json FILE]

Each attack starts a service of its own with default settings (`glocal serve`, on 127.0.0.1 only) of
the newest release, which is built if there is none. An honest client sends a cheap ASK every 20 ms,
first while nobody attacks, then while attackers of the lowest priority do what they can, each from
addresses in 127.0.0.0/8, by which the service tells clients apart. All of it takes a quarter of an
hour. Linux only.

Prints one line for each attack. It held if
- the 99th percentile of the ASKs is at most 100 ms,
- every ASK got its correct answer,
- no answer was a 5xx, except 503 with Retry-After, and 504 for a query at its time limit,
- every request was answered or its connection closed,
- memory, kept answers not counted, is within 50 MiB of before after 10 s,
- the log has no traceback, and SIGTERM ends the service with all its processes.
Some attacks have targets of their own, such as a longest ASK. Exits with 1 if any was missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.attacks import (
    curation,
    federation,
    floods,
    foreign_sites,
    framing,
    fuzz,
    killing,
    malformed,
    mutated,
    protocol,
    raw,
    readers,
    releases,
    runaways,
    siege,
    uploads,
    whatifs,
)
from benchmarks.attacks.bout import Attack, fight
from benchmarks.attacks.checks import Checks
from benchmarks.attacks.report import Line, as_table, line_of_cases
from benchmarks.attacks.victim import AttackFailed
from benchmarks.servers import GLOCAL
from kg.paths import releases_folder

_BOUTS: Final = (
    *malformed.ATTACKS,
    *whatifs.ATTACKS,
    *readers.ATTACKS,
    *uploads.ATTACKS,
    *fuzz.ATTACKS,
    *runaways.ATTACKS,
    *floods.ATTACKS,
    *federation.ATTACKS,
    *siege.ATTACKS,
)
_CHECKS: Final = (
    *releases.CHECKS,
    foreign_sites.CHECKS,
    curation.CHECKS,
    *protocol.CHECKS,
    *framing.CHECKS,
    raw.CHECKS,
    *mutated.CHECKS,
)
# Starts and ends an attack: the folder of the release, an empty folder, and the options.
Run = Callable[[Path, Path, argparse.Namespace], Line]


def _fight(attack: Attack, release: Path, folder: Path, options: argparse.Namespace) -> Line:
    return fight(attack, release, folder, seconds=options.seconds, idle=options.idle)


def _check(checks: Checks, release: Path, folder: Path, _options: argparse.Namespace) -> Line:
    return line_of_cases(checks.name, checks.run(release, folder))


def _kill(release: Path, folder: Path, options: argparse.Namespace) -> Line:
    return killing.kill_under_siege(release, folder, kills=options.kills, idle=options.idle)


# Each attack by its name: its summary, and how it is run.
_ATTACKS: Final[dict[str, tuple[str, Run]]] = {
    **{one.name: (one.summary, partial(_check, one)) for one in _CHECKS},
    **{one.name: (one.summary, partial(_fight, one)) for one in _BOUTS},
    killing.NAME: ("SIGKILL for any of its processes under that siege", _kill),
}


def main() -> None:
    """Run the chosen attacks, print the table, and exit with 1 if a target was missed."""
    options = _read_options()
    release = _find_release(options.release)
    start, lines = time.monotonic(), []
    _tell(f"{os.cpu_count()} cores, load average before the start {os.getloadavg()[0]:.1f}")
    for name in options.only or _ATTACKS:
        summary, run = _ATTACKS[name]
        _tell(f"{name}: {summary} …")
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                lines.append(run(release, Path(folder), options))
            except AttackFailed as error:
                lines.append(Line(name, "", [str(error)]))
        verdict = "missed" if lines[-1].failures else "held"
        _tell(f"{name}: {verdict}, after {time.monotonic() - began:.0f} s")
        for failure in lines[-1].failures:
            _tell(f"    {failure}")
    sys.stdout.write(as_table(lines))
    if options.json:
        figures = [line.as_json() for line in lines]
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    missed = sum(bool(line.failures) for line in lines)
    _tell(f"{missed} of {len(lines)} attacks missed a target, {time.monotonic() - start:.0f} s")
    sys.exit(1 if missed else 0)


def _read_options() -> argparse.Namespace:
    description, _, targets = (__doc__ or "").partition("Prints one line")
    names = "\n".join(f"  {name:22} {summary}" for name, (summary, _) in _ATTACKS.items())
    parser = argparse.ArgumentParser(
        description=description,
        epilog=f"Prints one line{targets}\nattacks:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=_ATTACKS, help="run only these attacks"
    )
    parser.add_argument(
        "--seconds", type=float, default=10, help="for which most attacks send requests; default 10"
    )
    parser.add_argument(
        "--idle", type=float, default=4, help="seconds before each attack; default 4"
    )
    parser.add_argument(
        "--kills", type=int, default=200, help="number of processes to kill in all; default 200"
    )
    parser.add_argument("--release", type=Path, help="folder of a release; by default the newest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    return parser.parse_args()


def _find_release(chosen: Path | None) -> Path:
    """Return the folder of the chosen release, or of the newest one; build it if there is none."""
    newest = releases_folder() / "newest"
    if chosen is None and not newest.exists():
        _tell("There is no release yet; building one …")
        subprocess.run([GLOCAL, "build"], check=True, stdout=subprocess.DEVNULL)
    return (chosen or newest).resolve()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
