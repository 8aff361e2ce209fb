"""Tamper with copies of a release, and count how many are refused.

    .venv/bin/python benchmarks/tamper.py [--release DIR] [--copies 100]

Each copy differs from the release in one thing: a byte, the length, the presence or the place of
one file of any kind, or a hash. No hash is computed anew, except for the last row. The verifier has
to refuse all copies; some of them are also served by `glocal serve`, from the start and by a switch
while it runs. Exits with 1 if any copy is accepted. Takes a minute.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from benchmarks.servers import GLOCAL, Server, a_release, free_port, glocal
from kg.errors import BrokenRelease
from kg.store.release_checks import CHECKSUM_FILE, hash_of_checksums, write_checksums
from kg.store.release_folder import MANIFEST_FILE, verify_release

_SERVED: Final = 6
_STARTS: Final = 7
_PATIENCE_SECONDS: Final = 30
_SECONDS_BETWEEN: Final = 0.02


def main() -> None:
    """Tamper, verify and serve; print a table, and fail if a copy was accepted."""
    parser = argparse.ArgumentParser(description="Tamper with copies of a release.")
    parser.add_argument("--release", type=Path, help="folder of a release; by default one is built")
    parser.add_argument("--copies", type=int, default=100, help="number of copies to tamper with")
    options = parser.parse_args()
    with a_release(options.release) as release:
        seconds = median(_seconds_of(lambda: verify_release(release)) for _ in range(_STARTS))
        accepted = [act for act in range(options.copies) if not _is_refused(release, act)]
        starts = [_is_refused_at_start(release, seed) for seed in range(_SERVED)]
        switches = _refused_switches(release, _SERVED)
        pinned = [_is_refused_by_pin(release, seed) for seed in range(_SERVED)]
        first_answers = [_first_answer_seconds(release) for _ in range(_STARTS)]
    rows = [
        ("verifying the release", f"{seconds:.2f} s"),
        ("start to first answer", f"{median(first_answers):.2f} s"),
        ("refused by the verifier", f"{options.copies - len(accepted)} of {options.copies}"),
        ("refused at the start, with code 1 and a remedy", f"{sum(starts)} of {_SERVED}"),
        ("refused by a switch; served on", f"{switches} of {_SERVED}"),
        ("all hashes computed anew, refused by --expect", f"{sum(pinned)} of {_SERVED}"),
    ]
    lines = ["| measurement | result |", "| --- | --- |", *(f"| {a} | {b} |" for a, b in rows)]
    sys.stdout.write("\n".join(lines) + "\n")
    if accepted or not all(starts) or switches < _SERVED or not all(pinned):
        sys.exit(f"Failed. Accepted copies: {accepted}")


def tamper(release: Path, generator: Random) -> str:
    """Change one thing about a release, and return what it was."""
    kinds: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        place = path.relative_to(release)
        kinds[place.parts[0] + path.suffix if len(place.parts) > 1 else place.name].append(path)
    path = generator.choice(kinds[generator.choice(sorted(kinds))])
    act = generator.choice(_ACTS if path.stat().st_size else _ACTS_ON_EMPTY_FILES)
    act(path, release, generator)
    return f"{act.__name__.strip('_')}: {path.relative_to(release)}"


def _flip_a_byte(path: Path, _: Path, generator: Random) -> None:
    content = bytearray(path.read_bytes())
    content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    path.write_bytes(content)


def _truncate(path: Path, _: Path, generator: Random) -> None:
    os.truncate(path, generator.randrange(path.stat().st_size))


def _lengthen(path: Path, _: Path, __: Random) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def _empty(path: Path, _: Path, __: Random) -> None:
    path.write_bytes(b"")


def _delete(path: Path, _: Path, __: Random) -> None:
    path.unlink()


def _exchange(path: Path, release: Path, generator: Random) -> None:
    content = path.read_bytes()
    files = sorted(file for file in release.rglob("*") if file.is_file())
    other = generator.choice([file for file in files if file.read_bytes() != content])
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)


def _rename(path: Path, _: Path, __: Random) -> None:
    path.rename(path.with_name(f"{path.name}~"))


def _add_a_file(path: Path, _: Path, __: Random) -> None:
    path.with_name(f"{path.stem}-2{path.suffix}").write_bytes(path.read_bytes())


def _link(path: Path, release: Path, _: Random) -> None:
    other = release.parent / "elsewhere"
    path.replace(other)
    path.symlink_to(other)


def _edit_a_hash(_: Path, release: Path, generator: Random) -> None:
    file = release / generator.choice([CHECKSUM_FILE, MANIFEST_FILE])
    lines = file.read_text("utf-8").splitlines(keepends=True)
    hashes = [at for at, line in enumerate(lines) if _digits(line)]
    at = generator.choice(hashes)
    digits = _digits(lines[at])
    lines[at] = lines[at].replace(digits, f"{(int(digits, 16) + 1) % 2**256:064x}")
    file.write_text("".join(lines), encoding="utf-8")


def _digits(line: str) -> str:
    """Return the hash in a line; empty if there is none."""
    words = line.replace('"', " ").replace(",", " ").split()
    hexadecimal = set("0123456789abcdef")
    return next((word for word in words if len(word) == 64 and set(word) <= hexadecimal), "")


_ACTS_ON_EMPTY_FILES: Final[tuple[Callable[[Path, Path, Random], None], ...]] = (
    *(_lengthen, _delete, _exchange, _rename, _add_a_file, _link, _edit_a_hash),
)
_ACTS: Final = (*_ACTS_ON_EMPTY_FILES, _flip_a_byte, _truncate, _empty)


@contextmanager
def _copied(release: Path) -> Iterator[Path]:
    """Yield a copy of the release."""
    with tempfile.TemporaryDirectory() as place:
        yield shutil.copytree(release, Path(place) / "release")


@contextmanager
def _tampered(release: Path, seed: int) -> Iterator[Path]:
    """Yield a copy of the release that was tampered with."""
    with _copied(release) as copy:
        tamper(copy, Random(seed))  # noqa: S311 (not used for security)
        yield copy


def _is_refused(release: Path, seed: int) -> bool:
    with _tampered(release, seed) as copy:
        try:
            verify_release(copy)
        except BrokenRelease:
            return True
    return False


def _is_refused_at_start(release: Path, seed: int) -> bool:
    with _tampered(release, seed) as copy:
        return _ends_with_remedy(copy)


def _ends_with_remedy(copy: Path, *options: str) -> bool:
    """Return whether `glocal serve` ends with code 1 and a remedy, without a traceback."""
    command = [GLOCAL, "serve", "--release", str(copy), f"--port={free_port()}", *options]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    is_clean = "Traceback" not in ended.stderr and "Remedy: " in ended.stderr
    return ended.returncode == 1 and is_clean


def _is_refused_by_pin(release: Path, seed: int) -> bool:
    """Return whether a copy with new hashes is refused by its pin, and by nothing else."""
    with _copied(release) as copy:
        files = [path for path in copy.rglob("*") if path.suffix in {".ttl", ".sst", ".gz"}]
        _lengthen(sorted(files)[seed], copy, Random())  # noqa: S311
        write_checksums(copy)
        verify_release(copy)
        return _ends_with_remedy(copy, f"--expect={hash_of_checksums(release)}")


def _refused_switches(release: Path, times: int) -> int:
    """Return how many copies a running service refuses, while it serves the release."""
    refused = 0
    with tempfile.TemporaryDirectory() as place:
        link = Path(place) / "newest"
        link.symlink_to(release.resolve())
        with glocal(link, release_check_seconds=0.05) as service:
            for seed in range(times):
                with _tampered(release, seed) as copy:
                    _turn(link, copy)
                    state = _await_refusal(service, seed + 1)
                    _turn(link, release.resolve())
                answer = _get(service, "/sparql?query=ASK%7B%7D")
                refused += state["switches"] == 0 and bool(answer)
    return refused


def _turn(link: Path, folder: Path) -> None:
    link.with_name("next").symlink_to(folder)
    link.with_name("next").replace(link)


def _await_refusal(service: Server, times: int) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        state: dict[str, Any] = json.loads(_get(service, "/readyz"))
        if state["refused"] >= times or state["switches"]:
            return state
        time.sleep(_SECONDS_BETWEEN)
    raise SystemExit(f"The service has not refused a release within {_PATIENCE_SECONDS} s")


def _get(service: Server, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}{path}") as response:
        body: bytes = response.read()
        return body


def _first_answer_seconds(release: Path) -> float:
    start = time.perf_counter()
    with glocal(release) as service:
        _get(service, "/sparql?query=ASK%7B%7D")
        return time.perf_counter() - start


def _seconds_of(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
