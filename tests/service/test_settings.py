import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings


def test_every_setting_says_what_it_is_for() -> None:
    described = {name: field.description for name, field in Settings.model_fields.items()}

    assert len(described) > 30
    assert all(text and text.endswith(".") for text in described.values())


def test_the_environment_sets_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOCAL_PORT", "8123")

    assert Settings().port == 8123


@pytest.mark.parametrize("url", ["", "http://[::1]:8000", "https://example.org/a/glocal/"])
def test_a_public_address_is_a_plain_one(url: str) -> None:
    assert Settings(public_url=url).public_url == url
    with pytest.raises(ValidationError, match="public_url"):
        Settings(public_url=f"{url}?x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("max_query_seconds", "inf"),
        ("max_query_seconds", "1e20"),
        ("max_sending_seconds", "inf"),
        ("max_query_mebibytes", "1" + 13 * "0"),
    ],
)
def test_a_setting_out_of_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GLOCAL_{name.upper()}", value)

    with pytest.raises(ValidationError, match=name):
        Settings()


def test_the_documentation_names_the_defaults_of_limits() -> None:
    text = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
    named = re.findall(r"\| `GLOCAL_(\w+)` \| ([\d.,]+) \|", text)

    defaults = {name: Settings.model_fields[name.lower()].default for name, _ in named}

    assert len(named) >= 6
    assert {name: float(value.replace(",", "")) for name, value in named} == defaults


def test_endpoints_in_the_environment_have_spaces_or_commas_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLOCAL_SERVICES", "https://query.wikidata.org, http://127.0.0.1:9001")

    assert Settings().services == ("https://query.wikidata.org", "http://127.0.0.1:9001")


def test_an_endpoint_with_a_path_is_no_entry_of_the_list() -> None:
    with pytest.raises(ValidationError, match="right would be scheme, host and port"):
        Settings(services=("https://query.wikidata.org/sparql",))
