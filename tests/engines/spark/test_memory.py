"""The memory that a run on Spark takes."""

from typing import Any, Final

from pyspark.sql import functions as F  # noqa: N812

from kg.spark.term_codes import small_table

_TABLES: Final = 20
# A page of 2 MiB and what a plan takes; pages of the default size are 16 MiB.
_MOST_BYTES_OF_A_TABLE: Final = 4 * 2**20


def used_heap(spark: Any) -> int:
    """Return the bytes that Java's heap holds after a collection of garbage."""
    java = spark.sparkContext._jvm.java.lang
    java.System.gc()
    runtime = java.Runtime.getRuntime()
    return runtime.totalMemory() - runtime.freeMemory()


def test_a_table_that_executors_have_whole_takes_little_memory(spark: Any) -> None:
    joined = spark.range(1)
    before = used_heap(spark)
    for number in range(1, _TABLES + 1):
        # Spark would use a table again.
        table = small_table(spark, [(0,), (number,)], "id long")
        joined = joined.join(F.broadcast(table), "id")
    assert joined.collect() == [(0,)]

    assert used_heap(spark) - before < _TABLES * _MOST_BYTES_OF_A_TABLE
