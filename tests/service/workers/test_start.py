from pathlib import Path

from service.settings import Settings
from service.workers.start import Start


def test_what_is_told_is_what_is_heard() -> None:
    settings = Settings(release=Path("/releases/1"), workers=3, max_query_seconds=2.5)
    start = Start(settings, "7", Path("/counts"), generation=2, switches=1, refused_releases=4)

    assert Start.decode(start.encode()) == start
