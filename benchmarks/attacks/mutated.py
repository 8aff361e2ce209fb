"""2,000 mutated files of every syntax of RDF, through all that reads files from outside."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.attacks.bout import scratch_arguments
from benchmarks.attacks.bystander import Bystander, upload
from benchmarks.attacks.checks import Checks, answer_to
from benchmarks.attacks.commands import Commands, Outcome
from benchmarks.attacks.mutants import mutants
from benchmarks.attacks.report import Case
from benchmarks.attacks.responses import Malformed, read_responses
from benchmarks.attacks.victim import serving, start, wait_until_ready
from benchmarks.servers import GLOCAL
from kg.paths import CONTENT_FILE, CONTENT_FOLDER

_FILES: Final = 2000
_AT_ONCE: Final = 2
_PROCESSES: Final = 40
_STARTS: Final = 40
_CHECKED_AT_ONCE: Final = 100
_LIMIT_SECONDS: Final = 120
_LIMITS: Final = ("--max-triples", "20000", "--max-seconds", "10")
_CODES: Final = {
    "reason": (0, 1, 2),
    "entails": (0, 1, 2, 3, 4),
    "check": (0, 1, 2),
    "serve": (1, 2),
}
_MEDIA_TYPES: Final = {
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "ttl": "text/turtle",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
_CURATED: Final = ("nt", "nq", "ttl", "trig")
_FOLDERS: Final = ("ontology", "queries", "kg/curated")
_ANSWERS: Final = frozenset({200, 201, 204, 400, 413, 415, 422})


def run_commands(_release: Path, folder: Path) -> list[Case]:
    """Give each file to `glocal reason` and `glocal entails`, and some to a process of its own."""
    paths = list(write_mutants(folder, _FILES))
    plain = folder / "plain.ttl"
    plain.write_text("<http://e.example/a> a <http://e.example/C> .", encoding="ascii")
    commands = [
        [name, *each, *_LIMITS]
        for number, path in enumerate(map(str, paths))
        for name, each in (
            ("reason", [path, "--ontology", path, "--out", str(folder / f"out-{number}.nq")]),
            ("entails", [path, str(plain)] if number % 2 else [str(plain), path]),
        )
    ]
    halves = [commands[first::_AT_ONCE] for first in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = [one for half in pool.map(_run_all, halves) for one in half]
        step = len(commands) // _PROCESSES + 1
        alone = list(pool.map(run_alone, commands[::step]))
    return [
        *_cases(
            f"{len(commands):,} commands in one process",
            [command for half in halves for command in half],
            outcomes,
        ),
        *_cases(f"{len(alone)} in processes of their own", commands[::step], alone),
    ]


def check_contents(_release: Path, folder: Path) -> list[Case]:
    """Give the files to `glocal check` as curated files, those that it can read apart."""
    paths = [path for path in write_mutants(folder, _FILES) if path.name.split(".")[1] in _CURATED]
    with Commands() as running:
        readable = [path for path in paths if running.run(["reason", str(path)]).code == 0]
    contents = [
        _write_content(folder / f"content-{kind}-{first}", chosen[first : first + _CHECKED_AT_ONCE])
        for kind, chosen in enumerate([readable, sorted({*paths} - {*readable})])
        for first in range(0, len(chosen), _CHECKED_AT_ONCE)
    ]
    commands = [["check", "--content", str(content)] for content in contents]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(run_alone, commands))
    return _cases(f"{len(paths):,} files in {len(contents)} contents", commands, outcomes)


def serve_files(_release: Path, folder: Path) -> list[Case]:
    """Send each file to a scratch store, and start a service with some of them."""
    counts: Counter[str] = Counter()
    faults = []
    with serving(scratch_arguments(folder), folder) as victim:
        bystander = Bystander(victim)
        for number, (extension, content) in enumerate(mutants(_FILES)):
            answer = answer_to(victim.port, _upload(extension, content))
            counts[answer.kind] += 1
            try:
                read_responses(answer.received)
            except Malformed as error:
                faults.append(f"{number}.{extension}: {error}")
            if answer.status not in _ANSWERS:
                faults.append(f"{number}.{extension}: {answer.kind} {answer.received[-200:]!r}")
        seen = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(counts.items()))
        uploads = Case(f"{_FILES:,} uploads", "no fault", f"{seen}; {faults[:5]}", not faults)
        return [uploads, *bystander.cases(), *_start_services(folder)]


def _upload(extension: str, content: bytes) -> bytes:
    syntax, _, packed = extension.partition(".")
    method, query = ("POST", "") if syntax in ("nq", "trig") else ("PUT", "?graph=urn:m")
    coding = {"Content-Encoding": "gzip"} if packed else {}
    return upload(method, query, content, _MEDIA_TYPES[syntax], **coding)


def _start_services(folder: Path) -> list[Case]:
    paths = list(write_mutants(folder, _FILES))[:: _FILES // _STARTS + 1]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(_serve_file, paths))
    commands = [["serve", "--scratch", str(path)] for path in paths]
    return _cases(f"{len(paths)} starts with a file", commands, outcomes)


def _serve_file(path: Path) -> Outcome:
    """Start a service with this file, and end it if it is ready, which counts as exit code 0."""
    log_folder = path.with_name(f"{path.name}-log")
    log_folder.mkdir()
    victim = start(["--scratch", str(path), "--entailment", "owl-rl"], log_folder)
    try:
        is_ready = wait_until_ready(victim)
    finally:
        failures = victim.stop()
    output = victim.log.read_text("utf-8", "replace") if victim.log else ""
    return Outcome(0 if is_ready else victim.process.returncode, "\n".join([output, *failures]))


def write_mutants(folder: Path, count: int) -> Iterator[Path]:
    """Write so many mutated files into a folder."""
    for number, (extension, content) in enumerate(mutants(count)):
        path = folder / f"mutant-{number}.{extension}"
        path.write_bytes(content)
        yield path


def run_alone(arguments: Sequence[str]) -> Outcome:
    """Run a command in a process of its own."""
    try:
        done = subprocess.run(
            [GLOCAL, *arguments], capture_output=True, timeout=_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(None, "")
    return Outcome(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


def _run_all(arguments: Sequence[Sequence[str]]) -> list[Outcome]:
    with Commands() as commands:
        return [commands.run(each) for each in arguments]


def _cases(name: str, commands: Sequence[Sequence[str]], outcomes: Sequence[Outcome]) -> list[Case]:
    """Return a case for all of these commands, and one for each fault."""
    faults = [
        Case(f"glocal {' '.join(command[:3])}", "no fault", fault, is_as_expected=False)
        for command, outcome in zip(commands, outcomes, strict=True)
        if (fault := outcome.fault({0, *_CODES[command[0]]}))
    ]
    codes = [outcome.code for outcome in outcomes]
    counts = ", ".join(f"{codes.count(code)} × {code}" for code in sorted(set(codes), key=str))
    return [Case(name, "no fault", f"{len(faults)} faults; {counts}", not faults), *faults]


def _write_content(folder: Path, paths: Sequence[Path]) -> Path:
    for part in _FOLDERS:
        shutil.copytree(CONTENT_FOLDER / part, folder / part)
    shutil.copy(CONTENT_FOLDER / CONTENT_FILE, folder)
    for path in paths:
        shutil.copy(path, folder / "kg/curated/background")
    return folder


CHECKS: Final = (
    Checks("mutated-commands", "2,000 mutated files for reason and entails", run_commands),
    Checks("mutated-contents", "mutated curated files for check", check_contents),
    Checks("mutated-uploads", "2,000 mutated files for a scratch store", serve_files),
)
