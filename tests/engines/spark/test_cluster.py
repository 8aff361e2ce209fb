"""A cluster of a master and two workers, started as in `docs/operators/compose-spark.yaml`."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

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
    own = ["org.apache.spark.deploy.master.Master", "--port", str(port)]
    worker = ["org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1g"]
    commands = [own, *([*worker, "--work-dir", str(tmp_path / f"w{i}"), address] for i in "ab")]
    lines, registered = list[str](), threading.Semaphore(0)

    def read(log: IO[str]) -> None:
        for line in log:
            lines.append(line)
            if "Registering worker" in line:
                registered.release()

    with ExitStack() as running:
        for name, *options in commands:
            arguments = [str(_CLASS), name, "--host", _HOST, "--webui-port", "0", *options]
            process = running.enter_context(
                subprocess.Popen(
                    arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
                )
            )
            reader = threading.Thread(target=read, args=[process.stdout])
            reader.start()
            running.callback(reader.join)
            running.callback(process.terminate)
        for _ in "ab":
            assert registered.acquire(timeout=_START_SECONDS), "".join(lines)
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
