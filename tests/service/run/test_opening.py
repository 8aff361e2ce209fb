from service.queries.pool import AdmissionLimits
from service.run.first_parent import query_limits
from service.run.opening import admission_limits
from service.settings import Settings


def test_each_process_has_its_share_and_a_query_the_whole_limit() -> None:
    settings = Settings(workers=3, max_running_queries=64, max_waiting_queries=9)

    assert admission_limits(settings) == AdmissionLimits(22, 6, 3, settings.max_waiting_seconds)
    assert query_limits(settings) == query_limits(Settings())


def test_one_process_has_all_of_it() -> None:
    assert admission_limits(Settings()) == AdmissionLimits(64, 16, 256, 5)
