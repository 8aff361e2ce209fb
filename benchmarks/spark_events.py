"""Read the event logs of Spark: what jobs and tasks took and moved."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SECONDS_PER_NANOSECOND: Final = 1e-9


@dataclass
class Totals:
    """Sums over tasks; `largest` is the most rows that one task read from others.

    Spilled bytes are those on disk. Bytes that are moved are those written for other tasks.
    """

    jobs: int = 0
    cpu_seconds: float = 0.0
    bytes_moved: int = 0
    bytes_spilled: int = 0
    failed_tasks: int = 0
    largest: int = 0


def settings_of(log: Path) -> dict[str, str]:
    """Return the settings with which Spark writes its events into a folder, which must exist."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }


def totals_by_group(log: Path) -> dict[str, Totals]:
    """Return the sums over the tasks of each group of jobs; jobs without a group have ''."""
    totals: dict[str, Totals] = {}
    groups: dict[int, str] = {}
    for event in _events(log):
        if event["Event"] == "SparkListenerJobStart":
            group = event["Properties"].get("spark.jobGroup.id", "")
            totals.setdefault(group, Totals()).jobs += 1
            groups |= dict.fromkeys(event["Stage IDs"], group)
        elif event["Event"] == "SparkListenerTaskEnd":
            own = totals[groups[event["Stage ID"]]]
            own.failed_tasks += event["Task End Reason"]["Reason"] != "Success"
            if metrics := event.get("Task Metrics"):
                _add(own, metrics)
    return totals


def _add(totals: Totals, metrics: dict[str, Any]) -> None:
    totals.cpu_seconds += metrics["Executor CPU Time"] * _SECONDS_PER_NANOSECOND
    totals.bytes_moved += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
    totals.bytes_spilled += metrics["Disk Bytes Spilled"]
    totals.largest = max(totals.largest, metrics["Shuffle Read Metrics"]["Total Records Read"])


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(log.iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
