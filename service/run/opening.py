"""Load everything that is served of a release or other store, within this process's limits."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from kg.describe.json_ld_context import read_contexts
from kg.describe.json_ld_frames import read_frames
from kg.paths import newest_context_file
from kg.store.quad_store import Store
from kg.store.saved_queries import read_queries
from service.http.observation import Metrics, RequestLog
from service.pages.ontology_files import read_link_files, read_ontology_files, read_rules
from service.queries.messages import QueryLimits
from service.queries.pool import AdmissionLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import ParentSource, opens_from_disk_first
from service.served import ExplanationLimiter, ReleaseExplainer, ServedRelease, WhatIfEngine
from service.settings import Settings, share_of_process


@dataclass(frozen=True)
class ServedFolders:
    """The folders served beside a release: saved queries, the ontology, link files (SSSOM)."""

    queries: Path
    ontology: Path
    links: Path

    @property
    def context(self) -> Path:
        """The file of the newest JSON-LD context."""
        return newest_context_file(self.ontology)


def load_served(
    store: Store,
    files: ServedFolders,
    settings: Settings,
    request_log: RequestLog | None = None,
    start_parent: ParentSource | None = None,
) -> ServedRelease:
    """Load everything that is served of this store; query processes are not started yet.

    `start_parent` starts the parent of the query processes, by default as a child of this process.

    Raises:
        MalformedFile: a saved query or a file of the ontology cannot be read.
    """
    rules, contexts = files.ontology / "rules", read_contexts(files.ontology)
    return ServedRelease(
        settings=settings,
        store=store,
        is_on_disk=opens_from_disk_first(store.manifest, settings.max_quads_in_memory),
        queries=read_queries(files.queries),
        federated_queries=read_queries(files.queries / "federated", are_federated=True),
        contexts=contexts,
        frames=read_frames(files.ontology / "frames", list(contexts.values())[-1]),
        ontology_files=read_ontology_files(files.ontology),
        rules=read_rules(files.ontology),
        link_files=read_link_files(files.links),
        processes=query_processes(settings, start_parent),
        metrics=Metrics(),
        request_log=request_log,
        explanations=ExplanationLimiter(
            share_of_process(settings, settings.max_running_explanations)
        ),
        reasons=ReleaseExplainer(store, rules),
        suppositions=WhatIfEngine(store, rules),
        service_version=version("glocal-kg"),
    )


def query_processes(settings: Settings, start_parent: ParentSource | None = None) -> QueryProcesses:
    """Return query processes with the limits of these settings, not yet started."""
    return QueryProcesses(
        query_limits(settings),
        admission_limits(settings),
        spare=share_of_process(settings, settings.spare_query_processes),
        lower_after_seconds=settings.slow_query_seconds,
        waiting_changes=settings.max_waiting_updates,
        start_parent=start_parent,
    )


def query_limits(settings: Settings) -> QueryLimits:
    """Return the limits of one query, which are the same in every process."""
    return QueryLimits(
        seconds=settings.max_query_seconds,
        memory_bytes=settings.max_query_mebibytes * 2**20,
        rows=settings.max_result_rows,
        result_bytes=settings.max_result_mebibytes * 2**20,
    )


def admission_limits(settings: Settings) -> AdmissionLimits:
    """Return the limits on queries in one HTTP process: its share of those of the service."""
    return AdmissionLimits(
        running=share_of_process(settings, settings.max_running_queries),
        running_per_client=share_of_process(settings, settings.max_running_queries_per_client),
        waiting=share_of_process(settings, settings.max_waiting_queries),
        waiting_seconds=settings.max_waiting_seconds,
    )
