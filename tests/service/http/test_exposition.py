from pathlib import Path

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from service.http.exposition import add_others

OTHER = """# HELP asked_total Requests.
# TYPE asked_total counter
asked_total{kind="sparql"} 5.0
asked_total{kind="id"} 2.0
# HELP running Queries.
# TYPE running gauge
running 3.0
# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{kind="id",le="0.5"} 1.0
seconds_bucket{kind="id",le="+Inf"} 2.0
seconds_count{kind="id"} 2.0
seconds_sum{kind="id"} 0.75
# HELP glocal_release_switches_total Switches.
# TYPE glocal_release_switches_total counter
glocal_release_switches_total 4.0
"""


def own() -> list[Metric]:
    asked = CounterMetricFamily("asked", "Requests.", labels=["kind"])
    asked.add_metric(["sparql"], 7)
    seconds = HistogramMetricFamily("seconds", "How long.", labels=["kind"])
    seconds.add_metric(["id"], [("0.5", 1), ("+Inf", 1)], 0.25)
    switches = CounterMetricFamily("glocal_release_switches", "Switches.", value=4)
    return [asked, GaugeMetricFamily("running", "Queries.", value=1), seconds, switches]


def sums(folder: Path) -> dict[tuple[str, ...], float]:
    """Return each sample by name and labels, summed by the process called 1."""
    families = add_others(own(), folder / "1.live-metrics")
    return {
        (one.name, *one.labels.values()): one.value for family in families for one in family.samples
    }


def test_counts_of_others_are_added_and_its_own_file_is_not(tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / f"{name}.live-metrics").write_text(OTHER, encoding="utf-8")

    found = sums(tmp_path)

    assert found["asked_total", "sparql"] == 12
    assert found["asked_total", "id"] == 2
    assert found["running",] == 4
    assert [found["seconds_bucket", "id", bound] for bound in ("0.5", "+Inf")] == [2, 3]
    assert (found["seconds_sum", "id"], found["seconds_count", "id"]) == (1, 3)
    assert found["glocal_release_switches_total",] == 4


def test_of_one_that_has_ended_what_it_counted_stays_and_what_ran_is_gone(tmp_path: Path) -> None:
    (tmp_path / "2.ended-metrics").write_text(OTHER, encoding="utf-8")

    found = sums(tmp_path)
    assert (found["asked_total", "sparql"], found["running",]) == (12, 1)


def test_without_the_folder_of_the_others_its_own_metrics_are_left(tmp_path: Path) -> None:
    found = sums(tmp_path / "gone with the supervisor")

    assert (found["asked_total", "sparql"], found["running",]) == (7, 1)
