"""What all HTTP processes count, added up: each leaves its counts in a file once a second."""

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
# All processes say the same of these.
_NO_SUMS: Final = frozenset({"glocal_release_switches", "glocal_releases_refused"})


@dataclass(frozen=True)
class SharedCounts:
    """The counts of all HTTP processes, as the one of this name sees them."""

    folder: Path
    name: str

    async def keep(self, exposition: Callable[[], bytes]) -> NoReturn:
        """Write its own counts, in Prometheus's text format, again and again."""
        unfinished = self.folder / f"{self.name}.unfinished"
        while True:
            # Where the disk is full, the counts of before stand until it is not.
            with suppress(OSError):
                unfinished.write_bytes(exposition())
                unfinished.replace(self.folder / f"{self.name}{_LIVE}")
            await asyncio.sleep(_SECONDS_BETWEEN_WRITES)

    def added(self, own: "Iterable[Metric]") -> "Iterable[Metric]":
        """Its own counts and those of all others, which are up to a second old.

        What one that has ended had counted stays counted; what it had at the time does not.
        """
        # Not at the start: see `exposition`.
        from prometheus_client.parser import text_string_to_metric_families

        found = {metric.name: metric for metric in own}
        for text, is_live in self._others():
            for other in text_string_to_metric_families(text):
                metric = found.get(other.name)
                if metric is None or metric.name in _NO_SUMS:
                    continue
                if is_live or metric.type != "gauge":
                    _add(metric, other.samples)
        return found.values()

    def _others(self) -> Iterator[tuple[str, bool]]:
        """The text of each, and whether it is there still."""
        # It goes with the supervisor.
        for path in self.folder.iterdir() if self.folder.exists() else ():
            if path.suffix in (_LIVE, _ENDED) and path.stem != self.name:
                # It may end in this moment.
                with suppress(FileNotFoundError):
                    yield path.read_text("utf-8"), path.suffix == _LIVE


def end_counts(folder: Path, name: str) -> None:
    """Note that the process of this name has ended."""
    with suppress(FileNotFoundError):
        (folder / f"{name}{_LIVE}").replace(folder / f"{name}{_ENDED}")


def _add(metric: "Metric", samples: "Iterable[Sample]") -> None:
    places = {_labelled(sample): at for at, sample in enumerate(metric.samples)}
    for sample in samples:
        at = places.get(_labelled(sample))
        if at is None:
            metric.samples.append(sample)
        else:
            value = metric.samples[at].value + sample.value
            metric.samples[at] = metric.samples[at]._replace(value=value)


def _labelled(sample: "Sample") -> tuple[str, frozenset[tuple[str, str]]]:
    return sample.name, frozenset(sample.labels.items())
