from service.queries.pool import Room
from service.run.opening import limits_of, room_of
from service.settings import Settings


def test_each_process_has_its_share_and_a_query_the_whole_limit() -> None:
    settings = Settings(workers=3, max_running_queries=64, max_waiting_queries=9)

    assert room_of(settings) == Room(22, 6, 3, settings.max_waiting_seconds)
    assert limits_of(settings) == limits_of(Settings())


def test_one_process_has_all_of_it() -> None:
    assert room_of(Settings()) == Room(64, 16, 256, 5)
