"""Locations: paths and addresses of the file systems that Hadoop knows."""

from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from kg.errors import MalformedInput

# What a call of Java raises, as it is or translated by Spark.
JAVA_ERRORS: Final = (Py4JError, PySparkException)


def first_line(error: BaseException) -> str:
    """Return what an error of Java says, without its stack."""
    cause = getattr(error, "java_exception", None)
    return str(cause.toString() if cause is not None else error).partition("\n")[0]


def require_file_system(spark: SparkSession, location: str) -> None:
    """Raise MalformedInput if the file system of a location is unknown or does not answer."""
    _exists(spark, location)


def require_absent(spark: SparkSession, location: str) -> None:
    """Raise MalformedInput if something is at the location already."""
    if _exists(spark, location):
        raise MalformedInput(f"{location}: exists already; Spark writes a new folder there")


def remove(spark: SparkSession, location: str) -> None:
    """Delete what is at the location, if anything is."""
    path, file_system = _open(spark, location)
    file_system.delete(path, True)


def _exists(spark: SparkSession, location: str) -> bool:
    try:
        path, file_system = _open(spark, location)
        return bool(file_system.exists(path))
    except JAVA_ERRORS as error:
        remedy = "it may need a package, as --spark-setting spark.jars.packages=… loads one"
        reason = f"the file system does not open ({first_line(error)})"
        raise MalformedInput(f"{location}: {reason}; {remedy}") from error


def _open(spark: SparkSession, location: str) -> tuple[Any, Any]:
    context: Any = spark.sparkContext
    # Of a pattern such as parts/*.nt, the part before it names the file system.
    path = context._jvm.org.apache.hadoop.fs.Path(location)
    return path, path.getFileSystem(context._jsc.hadoopConfiguration())
