"""Start Spark, or say what is missing."""

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from typing import Any, Final

from kg.errors import MalformedParameter
from kg.spark.errors import SparkUnavailable

# The master for `--on spark`: all cores of this machine.
LOCAL: Final = "local[*]"
_MASTERS: Final = ("spark://", "local", "yarn", "k8s://")
_PARTITIONS_PER_CORE: Final = 4
# An interrupt may come between two jobs, so the next one is cancelled, too.
_SECONDS_BETWEEN_CANCELS: Final = 0.1
_DEFAULTS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.enabled": "true",
    # Partitions with a hub are split, and each part is joined with a copy of the other side.
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.adaptive.skewJoin.skewedPartitionFactor": "3",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "32m",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32m",
    # Joins that are small are made so by this program, which knows the number of rows; Spark only
    # estimates it, and an estimate that is too low ends in a lack of memory.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "4m",
    # Each executor holds every small table in a page of its own, and a run has some dozens of them.
    # With the 16 bytes that Java adds, a page fills two regions of its heap. Spark would choose
    # pages of 16 MiB for a driver of 1 GiB.
    "spark.buffer.pageSize": "2097136b",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
}


def master_of(text: str) -> str:
    """Return Spark's master for the value of `--on`: `spark` is all cores of this machine.

    Raises SparkUnavailable if it is neither that nor an address of a master.
    """
    if text == "spark":
        return LOCAL
    if not text.startswith(_MASTERS):
        remedy = "spark, spark://HOST:PORT, local[CORES], yarn or k8s://URL"
        raise SparkUnavailable(f"'{text}' is not the address of a master", remedy=remedy)
    return text


def read_settings(texts: Sequence[str]) -> dict[str, str]:
    """Return the settings in `NAME=VALUE`; raise MalformedParameter for another form."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.startswith("spark.") and equals):
            raise MalformedParameter("--spark-setting", f"expected spark.NAME=VALUE, got '{text}'")
        settings[name] = value
    return settings


@contextmanager
def spark_session(master: str, settings: Mapping[str, str]) -> Iterator[Any]:
    """Start Spark, with settings of Spark itself that override the defaults, and end it.

    The first interrupt cancels the running jobs; a second one ends the command at once. Raises
    SparkUnavailable.
    """
    _require_packages()
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    # The processes on this machine that evaluate filters have the same packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("glocal reason").master(master)
    for name, value in {**_DEFAULTS, **settings}.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        remedy = "a Java that Spark supports, 17 or 21: apt-get install openjdk-21-jre-headless"
        raise SparkUnavailable(f"Java does not start: {error}", remedy=remedy) from error
    except Exception as error:
        if type(error).__name__ not in {"Py4JJavaError", "Py4JNetworkError"}:
            raise
        first = str(error).partition("\n")[0]
        raise SparkUnavailable(first, remedy=f"a master that answers at {master}") from error
    try:
        if "spark.sql.shuffle.partitions" not in settings:
            partitions = _PARTITIONS_PER_CORE * spark.sparkContext.defaultParallelism
            spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        with _cancelling_on_interrupt(spark.sparkContext):
            yield spark
    finally:
        spark.stop()


@contextmanager
def _cancelling_on_interrupt(context: Any) -> Iterator[None]:
    """Let an interrupt cancel the jobs, and raise KeyboardInterrupt where they end.

    Raised at once, as Spark's own handler does, it would break the connection with Java that
    cleaning up needs. The last call ends before Spark is stopped, since it would fail afterwards.
    """
    if current_thread() is not main_thread():
        yield
        return
    is_interrupted, is_over = Event(), Event()

    def cancel() -> None:
        while not is_over.wait(_SECONDS_BETWEEN_CANCELS):
            context.cancelAllJobs()

    canceller = Thread(target=cancel, daemon=True)

    def interrupt(*_: object) -> None:
        if is_interrupted.is_set():
            raise KeyboardInterrupt
        is_interrupted.set()
        canceller.start()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except Exception as error:
        if is_interrupted.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        is_over.set()
        if canceller.is_alive():
            canceller.join()
        signal.signal(signal.SIGINT, before)


def _require_packages() -> None:
    if importlib.util.find_spec("pyspark") is None:
        raise SparkUnavailable(
            "the package pyspark is not installed", remedy="pip install 'glocal-kg[spark]'"
        )
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=os.path.join(home, "bin") if home else None)  # noqa: PTH118
    if program is None:
        reason = f"JAVA_HOME is {home}, which has no bin/java" if home else "Java is not installed"
        raise SparkUnavailable(
            reason, remedy="Java 17 or 21; on Debian: apt-get install openjdk-21-jre-headless"
        )
