from pathlib import Path

from service.settings import Settings
from service.workers.start import Start


def test_what_is_told_is_what_is_heard() -> None:
    services = ("http://127.0.0.1:9001",)
    settings = Settings(release=Path("/releases/1"), workers=3, services=services)
    start = Start(settings, "7", Path("/counts"), generation=2, switches=1, refused_releases=4)

    assert Start.decode(start.encode()) == start
