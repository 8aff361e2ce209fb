"""The limits of the settings, each HTTP process keeping to its share of what is one service's."""

from service.queries.messages import Limits
from service.queries.pool import Room
from service.settings import Settings, share


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
