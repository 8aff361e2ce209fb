"""The metrics of all HTTP processes, summed: each writes its own to a file once a second."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.samples import Sample

_SECONDS_BETWEEN_WRITES: Final = 1.0
_LIVE, _ENDED = ".live", ".ended"
# These have the same value in every process, so they are not summed.
_NOT_SUMMED: Final = frozenset({"glocal_release_switches", "glocal_releases_refused"})


@dataclass(frozen=True)
class SharedMetrics:
    """The metrics of all HTTP processes, in files in `folder`; `name` is that of this process."""

    folder: Path
    name: str

    async def write_regularly(self, exposition: Callable[[], bytes]) -> NoReturn:
        """Write this process's metrics in the Prometheus text format, once a second."""
        unfinished = self.folder / f"{self.name}.unfinished"
        while True:
            # While the disk is full, the previous file stays.
            with suppress(OSError):
                unfinished.write_bytes(exposition())
                unfinished.replace(self.folder / f"{self.name}{_LIVE}")
            await asyncio.sleep(_SECONDS_BETWEEN_WRITES)

    def sum_with(self, own: "Iterable[Metric]") -> "Iterable[Metric]":
        """Add the other processes' metrics, up to a second old, to this process's own.

        The counters of processes that have ended still count; their gauges do not.
        """
        # Imported only here: it takes 50 ms, and only /metrics needs it.
        from prometheus_client.parser import text_string_to_metric_families

        metrics = {metric.name: metric for metric in own}
        for text, is_live in self._read_others():
            for other in text_string_to_metric_families(text):
                metric = metrics.get(other.name)
                if metric is None or metric.name in _NOT_SUMMED:
                    continue
                if is_live or metric.type != "gauge":
                    _add(metric, other.samples)
        return metrics.values()

    def _read_others(self) -> Iterator[tuple[str, bool]]:
        """Yield the metrics of each other process as text, and whether it still runs."""
        # The folder disappears with the supervisor.
        for path in self.folder.iterdir() if self.folder.exists() else ():
            if path.suffix in (_LIVE, _ENDED) and path.stem != self.name:
                # The process may end in this moment, and its file be renamed.
                with suppress(FileNotFoundError):
                    yield path.read_text("utf-8"), path.suffix == _LIVE


def mark_ended(folder: Path, name: str) -> None:
    """Mark the metrics of the process with this name as those of an ended process."""
    with suppress(FileNotFoundError):
        (folder / f"{name}{_LIVE}").replace(folder / f"{name}{_ENDED}")


def _add(metric: "Metric", samples: "Iterable[Sample]") -> None:
    indexes = {_key(sample): index for index, sample in enumerate(metric.samples)}
    for sample in samples:
        index = indexes.get(_key(sample))
        if index is None:
            metric.samples.append(sample)
        else:
            value = metric.samples[index].value + sample.value
            metric.samples[index] = metric.samples[index]._replace(value=value)


def _key(sample: "Sample") -> tuple[str, frozenset[tuple[str, str]]]:
    return sample.name, frozenset(sample.labels.items())
