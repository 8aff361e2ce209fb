"""`glocal reason --on` as a process of its own."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse, serialize

from benchmarks import governance
from kg.namespaces import GLOCAL, GRAPH
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import premises_of
from kg.spark.standings import world_iri

EX = "http://example.org/"
_COMMAND = [sys.executable, "-c", "from kg.cli import app; app()", "reason", "--on", "local[2]"]
_ONTOLOGY = f"""@prefix : <{EX}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:City rdfs:subClassOf :Actor . :leads rdfs:subPropertyOf :memberOf .
:memberOf rdfs:domain :City ."""
_QUADS = f"""@prefix : <{EX}> . @prefix g: <{GLOCAL}> .
{GRAPH["meta"]} {{ :fact g:hasStatus g:Fact . :thesis g:hasStatus g:Thesis .
  :claim g:hasStatus g:Claim ; g:heldBy :holder . :plan g:hasStatus g:Plan }}
:fact {{ :a :leads :n }} :thesis {{ :b :leads :n . :a :memberOf :n }}
:claim {{ :c :leads :n . :b :memberOf :n }} :plan {{ :d a :City }}"""

# The call that cancels goes on only once somebody waits for its thread, or Spark has stopped.
_CANCEL_LATE = """
import signal
from threading import Event, Thread
from pyspark import SparkContext
from kg.spark.session import spark_session

begun, may_go_on, is_over = Event(), Event(), Event()
cancel, join, stop = SparkContext.cancelAllJobs, Thread.join, SparkContext.stop

def cancel_late(context):
    begun.set()
    may_go_on.wait()
    try:
        cancel(context)
        print("cancelled", flush=True)
    finally:
        is_over.set()

def join_and_tell(thread, *options):
    may_go_on.set()
    join(thread, *options)

def stop_and_tell(context):
    stop(context)
    print("stopped", flush=True)
    may_go_on.set()

with spark_session("local[1]", {}):
    SparkContext.cancelAllJobs, SparkContext.stop = cancel_late, stop_and_tell
    signal.raise_signal(signal.SIGINT)
    begun.wait()
    Thread.join = join_and_tell
is_over.wait()
"""


def test_bases_are_derived_on_the_command_line(tmp_path: Path) -> None:
    data, onto, out = tmp_path / "data.nq", tmp_path / "onto.ttl", tmp_path / "out.nq"
    quads = list(parse(_QUADS, RdfFormat.TRIG))
    serialize(quads, str(data), RdfFormat.N_QUADS)
    onto.write_text(_ONTOLOGY)
    options = ["--bases", "--ontology", str(onto), "--out", str(out)]

    subprocess.run([*_COMMAND, str(data), *options], check=True, capture_output=True)

    written = [
        quad for part in out.glob("part-*") for quad in parse(path=part, format=RdfFormat.N_QUADS)
    ]
    expected = derive(premises_of(quads), compile_axioms(parse(_ONTOLOGY, RdfFormat.TURTLE)).rules)
    names = {Quad(*each.triple, GRAPH[_graph(each.standing)]) for each in expected.derivations}
    assert len(names) > 10
    assert set(written) == names


def _graph(standing) -> str:  # type: ignore[no-untyped-def]
    base = standing.base.name.lower()
    if standing.world is None:
        return f"derived-{base}"
    name = world_iri(standing.world).value.rpartition("/")[2].rpartition("#")[2]
    return (
        f"follows-from-{name}-{base}" if standing.world.holder else f"derived-{name.lower()}-{base}"
    )


def test_an_interrupt_ends_the_run_and_leaves_nothing(tmp_path: Path) -> None:
    governance.write(20_000, tmp_path)
    out, work = tmp_path / "out.nt", tmp_path / "work"
    options = ["--ontology", str(tmp_path / "ontology.ttl"), "--out", str(out), "--work", str(work)]
    progress = tmp_path / "progress.txt"
    with progress.open("w") as errors:
        process = subprocess.Popen([*_COMMAND, str(tmp_path / "facts.nt"), *options], stderr=errors)
        while "round 1:" not in progress.read_text() and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)

    assert code == 130
    assert "Traceback" not in progress.read_text()
    assert not out.exists()
    assert list(work.iterdir()) == []


def test_spark_stops_after_the_last_call_that_cancels_its_jobs() -> None:
    command = [sys.executable, "-c", _CANCEL_LATE]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)

    assert ended.stdout.splitlines()[-2:] == ["cancelled", "stopped"]
    assert "Traceback" not in ended.stderr
