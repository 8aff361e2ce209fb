import pytest
from pydantic import ValidationError

from service.settings import Settings


def test_every_setting_says_what_it_is_for() -> None:
    described = {name: field.description for name, field in Settings.model_fields.items()}

    assert set(described) == {
        "release",
        "release_check_seconds",
        "workers",
        "host",
        "port",
        "max_query_characters",
        "max_address_characters",
        "max_query_seconds",
        "max_query_mebibytes",
        "max_result_rows",
        "max_result_mebibytes",
        "max_patch_bytes",
        "max_running_queries",
        "max_running_queries_per_client",
        "max_waiting_queries",
        "max_waiting_seconds",
        "max_sending_seconds",
        "slow_query_seconds",
        "spare_query_processes",
        "max_quads_in_memory",
        "max_running_explanations",
        "context_iri",
        "cache_mebibytes",
        "max_kept_kibibytes",
        "max_ending_seconds",
        "log_format",
        "log_requests",
        "log_queries",
    }
    assert all(text and text.endswith(".") for text in described.values())


def test_the_environment_sets_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOCAL_PORT", "8123")

    assert Settings().port == 8123


def test_a_setting_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOCAL_PORT", "70000")

    with pytest.raises(ValidationError, match="port"):
        Settings()
