"""B6 and B8: releases that were tampered with, and surroundings in which no service can run."""

import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.attacks.checks import Checks, expect_status, get
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import Victim, serving, start

_LIMIT_SECONDS: Final = 20.0
_SECONDS_BETWEEN: Final = 0.05
_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")
# A signal would give a negative code.
_REFUSED: Final = r"exit code [1-9]\d*"
_NESTED: Final = 100_000
_ASK: Final = "/sparql?query=ASK%7B%7D"
_TRACEBACK: Final = b"Traceback (most recent call last)"
# All of them name the cause; any of them will do.
_DESCRIPTOR_WORDS: Final = (b"descriptor", b"open files", b"ulimit")


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _edit_hash(path: Path) -> None:
    """Change one digit of the first hash in a file."""
    text = path.read_text(encoding="utf-8")
    position = text.index(next(iter(_HASH.findall(text))))
    changed = "1" if text[position] == "0" else "0"
    path.write_text(text[:position] + changed + text[position + 1 :], encoding="utf-8")


# What is done to the first file of this pattern in the release.
_TAMPERINGS: Final[tuple[tuple[str, str, Callable[[Path], None]], ...]] = (
    ("an empty dump", "glocal.nq.gz", _empty),
    ("a cut dump", "glocal.nq.gz", _cut),
    ("a bit in a dump", "glocal.trig.gz", flip),
    ("a bit in void.ttl", "void.ttl", flip),
    ("no SHA256SUMS", "SHA256SUMS", Path.unlink),
    ("a hash in SHA256SUMS", "SHA256SUMS", _edit_hash),
    ("a hash in release.json", "release.json", _edit_hash),
    ("a bit in the store", "store/*.sst", flip),
    ("a cut file of the store", "store/*.sst", _cut),
    ("a bit in the rules", "content/compiled.rq", flip),
    ("no saved queries", "content/queries", shutil.rmtree),
)


def serve_tampered(release: Path, folder: Path) -> list[Case]:
    """Start the service on copies of the release, each with one change; all must be refused."""
    cases = []
    for name, pattern, tamper in _TAMPERINGS:
        copy = _copy(release, folder)
        tamper(next(iter(sorted(copy.glob(pattern)))))
        cases.append(_is_refused(name, copy, folder))
    return cases


def serve_in_bad_surroundings(release: Path, folder: Path) -> list[Case]:
    """Serve without a manifest, without the folder and with few file descriptors."""
    cases = []
    for name, manifest in (("release.json is {}", "{}"), ("100,000 brackets", "[" * _NESTED)):
        copy = _copy(release, folder)
        (copy / "release.json").write_text(manifest, encoding="ascii")
        cases.append(_is_refused(name, copy, folder))
    copy = _copy(release, folder)
    with serving(["--release", str(copy)], folder) as victim:
        shutil.rmtree(copy)
        cases.append(expect_status("the folder is deleted: ASK", get(victim.port, _ASK), 200))
        for path in ("/dumps", "/catalog", "/dumps/glocal.nq.gz", "/void", "/links", "/id/London"):
            answer = get(victim.port, path)
            is_clean = answer.status != 500 and answer.kind != "503 without Retry-After"
            cases.append(Case(f"the folder is deleted: {path}", "no 500", answer.kind, is_clean))
    return [*cases, _serve_with_few_descriptors(release, folder)]


def _serve_with_few_descriptors(release: Path, folder: Path) -> Case:
    """Serve with 64 file descriptors; that works, or is refused with the reason."""
    limited = ["bash", "-c", 'ulimit -n 64; exec "$@"', "bash"]
    victim, seen = _start_and_wait(["--release", str(release)], folder, limited)
    log = victim.log.read_bytes() if victim.log else b""
    has_reason = any(word in log for word in _DESCRIPTOR_WORDS) and _TRACEBACK not in log
    is_clean = seen == "served" or (re.fullmatch(_REFUSED, seen) is not None and has_reason)
    return Case("ulimit -n 64", "served, or refused with the reason", seen, is_clean)


def _copy(release: Path, folder: Path) -> Path:
    copy = folder / "release"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(release, copy)
    return copy


def _is_refused(name: str, release: Path, folder: Path) -> Case:
    victim, seen = _start_and_wait(["--release", str(release)], folder)
    log = victim.log.read_bytes() if victim.log else b""
    if _TRACEBACK in log:
        seen += ", with a traceback"
    elif not log.strip():
        seen += ", without a word"
    is_refused = re.fullmatch(_REFUSED, seen) is not None
    return Case(name, "a message and an exit code above 0", seen, is_refused)


def _start_and_wait(
    arguments: Sequence[str], folder: Path, prefix: Sequence[str] = ()
) -> tuple[Victim, str]:
    """Start a service, wait until it serves or has ended, and end it; return what it did."""
    victim = start(arguments, folder, prefix=prefix)
    end = time.monotonic() + _LIMIT_SECONDS
    seen = "neither served nor ended"
    try:
        while time.monotonic() < end:
            if (code := victim.process.poll()) is not None:
                seen = f"exit code {code}"
                break
            if get(victim.port, "/readyz").status == 200:
                seen = "served" if get(victim.port, _ASK).status == 200 else "ready, but no ASK"
                break
            time.sleep(_SECONDS_BETWEEN)
    finally:
        victim.stop()
    return victim, seen


CHECKS: Final = (
    Checks("b6-tampered", "releases that were tampered with", serve_tampered),
    Checks(
        "b8-surroundings",
        "malformed manifests, a folder deleted under the service, 64 file descriptors",
        serve_in_bad_surroundings,
    ),
)
