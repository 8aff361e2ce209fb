"""A cluster of a master and two workers, started as in `docs/operators/compose-spark.yaml`."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyspark
import pytest

from benchmarks import governance

_CLASS = Path(pyspark.__file__).with_name("bin") / "spark-class"
_HOST = "127.0.0.1"
_START_SECONDS = 300
_COMMAND = [sys.executable, "-c", "from kg.cli import app; app()", "reason"]
# Workers need Python for its filter.
_RULE = """PREFIX : <https://example.org/governance#>
CONSTRUCT { ?city a :LargeCity } WHERE { ?city :population ?people FILTER(?people > 5000000) }
"""


@pytest.fixture
def master(tmp_path: Path) -> Iterator[str]:
    """The address of a master that has two workers."""
    with socket.socket() as taken:
        taken.bind((_HOST, 0))
        port = taken.getsockname()[1]
    address = f"spark://{_HOST}:{port}"
    log = tmp_path / "cluster.log"
    own = ["org.apache.spark.deploy.master.Master", "--port", str(port)]
    worker = ["org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1g"]
    commands = [own, *([*worker, "--work-dir", str(tmp_path / f"w{i}"), address] for i in "ab")]
    with ExitStack() as running, log.open("w") as errors:
        for name, *options in commands:
            arguments = [str(_CLASS), name, "--host", _HOST, "--webui-port", "0", *options]
            process = subprocess.Popen(arguments, stdout=errors, stderr=subprocess.STDOUT)
            running.callback(process.wait)
            running.callback(process.terminate)
        end = time.monotonic() + _START_SECONDS
        while log.read_text("utf-8").count("Registering worker") < 2:
            assert time.monotonic() < end, log.read_text("utf-8")
            time.sleep(0.2)
        yield address


def test_a_cluster_derives_the_same(
    master: str, tmp_path: Path, derived_in_one_process: Callable[..., set[str]]
) -> None:
    governance.write(2_000, tmp_path)
    facts, ontology = tmp_path / "facts.nt", tmp_path / "ontology.ttl"
    rules, out = tmp_path / "rules", tmp_path / "out.nt"
    rules.mkdir()
    (rules / "large-city.rq").write_text(_RULE)
    folders = ["--out", str(out), "--work", str(tmp_path / "work")]
    options = ["--ontology", str(ontology), "--rules", str(rules), "--on", master, *folders]

    done = subprocess.run(
        [*_COMMAND, str(facts), *options],
        env={**os.environ, "SPARK_LOCAL_IP": _HOST},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    lines = {line for part in out.glob("part-*") for line in part.read_text("utf-8").splitlines()}
    assert lines == derived_in_one_process([facts], [ontology], rules=rules)
    assert any("LargeCity" in line for line in lines)
    executors = [path for name in "ab" for path in (tmp_path / f"w{name}").glob("app-*/*/stderr")]
    assert len(executors) == 2
