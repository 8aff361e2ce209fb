"""A release, or any store -> what is served of it.

The limits of the settings, each HTTP process keeping to its share of what is one service's.
"""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from kg.describe.json_ld_context import read_contexts
from kg.describe.json_ld_frames import read_frames
from kg.paths import newest_context
from kg.store.quad_store import Store
from kg.store.saved_queries import read_queries
from service.http.observation import Metrics, RequestLog
from service.pages.ontology_files import read_link_files, read_ontology_files, read_rules
from service.queries.messages import Limits
from service.queries.pool import Room
from service.queries.processes import QueryProcesses
from service.queries.snapshot import Parents, begins_on_disk
from service.served import Reasons, RunningExplanations, Served, Suppositions
from service.settings import Settings, share


@dataclass(frozen=True)
class Files:
    """The folders of what is served beside a release: saved queries, the ontology, SSSOM files."""

    queries: Path
    ontology: Path
    links: Path

    @property
    def context(self) -> Path:
        """The newest JSON-LD context."""
        return newest_context(self.ontology)


def serve(
    store: Store,
    files: Files,
    settings: Settings,
    request_log: RequestLog | None = None,
    parents: Parents | None = None,
) -> Served:
    """What is served of this store; its query processes are not started.

    Args:
        store: a release, or other quads.
        files: what is served beside it.
        settings: the limits.
        request_log: where each request leaves a line, if anywhere.
        parents: where the parent of the query processes comes from; it is started by default.

    Raises:
        MalformedFile: a saved query or a file of the ontology cannot be read.
    """
    rules, contexts = files.ontology / "rules", read_contexts(files.ontology)
    return Served(
        settings=settings,
        store=store,
        is_on_disk=begins_on_disk(store.release, settings.max_quads_in_memory),
        queries=read_queries(files.queries),
        federated_queries=read_queries(files.queries / "federated", is_run_here=False),
        contexts=contexts,
        frames=read_frames(files.ontology / "frames", list(contexts.values())[-1]),
        ontology_files=read_ontology_files(files.ontology),
        rules=read_rules(files.ontology),
        link_files=read_link_files(files.links),
        processes=query_processes(settings, parents),
        metrics=Metrics(),
        request_log=request_log,
        explanations=RunningExplanations(share(settings, settings.max_running_explanations)),
        reasons=Reasons(store, rules),
        suppositions=Suppositions(store, rules),
        service_version=version("glocal-kg"),
    )


def serve_next(
    before: Served, release: Path, files: Files, parents: Parents | None = None
) -> Served:
    """What is served of the release in this folder, after another one.

    Raises:
        UnknownName, BrokenRelease: there is no release in it.
        MalformedFile: see `serve`.
    """
    here = serve(Store.open(release), files, before.settings, before.request_log, parents)
    return replace(here, metrics=before.metrics, explanations=before.explanations)


def query_processes(settings: Settings, parents: Parents | None = None) -> QueryProcesses:
    """Query processes with the limits of these settings, not yet started."""
    return QueryProcesses(
        limits_of(settings),
        room_of(settings),
        spare=share(settings, settings.spare_query_processes),
        lower_after_seconds=settings.slow_query_seconds,
        waiting_changes=settings.max_waiting_updates,
        parents=parents,
    )


def limits_of(settings: Settings) -> Limits:
    """What one query may take, wherever it runs."""
    return Limits(
        seconds=settings.max_query_seconds,
        memory_bytes=settings.max_query_mebibytes * 2**20,
        rows=settings.max_result_rows,
        result_bytes=settings.max_result_mebibytes * 2**20,
    )


def room_of(settings: Settings) -> Room:
    """How many queries one HTTP process runs, and lets wait."""
    return Room(
        running=share(settings, settings.max_running_queries),
        running_per_client=share(settings, settings.max_running_queries_per_client),
        waiting=share(settings, settings.max_waiting_queries),
        waiting_seconds=settings.max_waiting_seconds,
    )
