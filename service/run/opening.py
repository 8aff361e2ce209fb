"""Load everything that is served of a release or other store, within this process's limits."""

import os
from importlib.metadata import version

from kg.content import Content
from kg.describe.json_ld_context import read_contexts
from kg.describe.json_ld_frames import read_frames
from kg.store.quad_store import Store
from kg.store.saved_queries import read_every_query
from service.http.metrics import Metrics
from service.pages.ontology_files import read_link_files, read_ontology_files, read_rules
from service.queries.admission import Admission, AdmissionLimits
from service.queries.clients import BudgetLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import opens_from_disk_first
from service.run.first_parent import query_limits
from service.served import ServedRelease
from service.settings import Settings


def load_served(
    store: Store,
    settings: Settings,
    content: Content | None = None,
    *,
    admission: Admission | None = None,
) -> ServedRelease:
    """Load everything that is served of this store; its processes are not started yet.

    `content` is served instead of the one that the release carries. `admission` is that of the
    release before, so that limits hold for both together. Raises BrokenRelease if a file
    of that was changed, and MalformedFile if a saved query or ontology file cannot be read.
    """
    content = content or store.content
    # Read once here, so that no request waits for it.
    _ = store.views
    contexts = read_contexts(content.ontology)
    queries, federated_queries = read_every_query(content)
    admission = admission or Admission(admission_limits(settings))
    return ServedRelease(
        settings=settings,
        store=store,
        is_on_disk=opens_from_disk_first(store.manifest, settings.max_quads_in_memory),
        content=content,
        queries=queries,
        federated_queries=federated_queries,
        contexts=contexts,
        frames=read_frames(content.ontology / "frames", list(contexts.values())[-1]),
        ontology_files=read_ontology_files(content.ontology),
        rules=read_rules(content.ontology),
        link_files=read_link_files(content.links),
        processes=query_processes(settings, admission),
        evaluators=evaluator_processes(settings, admission),
        metrics=Metrics(),
        service_version=version("glocal-kg"),
    )


def query_processes(settings: Settings, admission: Admission) -> QueryProcesses:
    """Return query processes with the limits of these settings, not yet started."""
    return QueryProcesses(
        query_limits(settings),
        admission,
        spare=settings.spare_query_processes,
        waiting_changes=settings.max_waiting_updates,
    )


def evaluator_processes(settings: Settings, admission: Admission) -> QueryProcesses:
    """Return evaluator processes with the same limits; one for each processor is kept ready."""
    return QueryProcesses(query_limits(settings), admission, spare=os.cpu_count() or 1)


def admission_limits(settings: Settings) -> AdmissionLimits:
    """Return the limits on all jobs together, and on those of each client."""
    return AdmissionLimits(
        running=settings.max_running_queries,
        running_per_client=settings.max_running_queries_per_client,
        waiting=settings.max_waiting_queries,
        waiting_seconds=settings.max_waiting_seconds,
        budget=BudgetLimits(
            seconds=settings.max_client_processor_seconds,
            seconds_per_minute=settings.client_processor_seconds_per_minute,
            is_strict=settings.strict_client_budgets,
        ),
    )
