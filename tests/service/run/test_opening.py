from service.queries.admission import AdmissionLimits
from service.queries.clients import BudgetLimits
from service.run.first_parent import query_limits
from service.run.opening import admission_limits, memory_bound_bytes
from service.settings import Settings


def test_each_process_has_its_share_and_a_query_the_whole_limit() -> None:
    settings = Settings(
        workers=3, max_running_queries=64, max_waiting_queries=9, max_memory_mebibytes=300
    )

    budget = BudgetLimits(20, 20)
    waiting_seconds = settings.max_waiting_seconds
    assert admission_limits(settings) == AdmissionLimits(22, 6, 3, waiting_seconds, budget=budget)
    assert memory_bound_bytes(settings) == 100 * 2**20
    assert query_limits(settings) == query_limits(Settings())


def test_one_process_has_all_of_it() -> None:
    assert admission_limits(Settings()) == AdmissionLimits(
        64, 16, 256, 5, budget=BudgetLimits(60, 60)
    )
