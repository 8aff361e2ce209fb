import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from service.cli import app
from service.errors import MalformedSettings
from service.settings import Settings, help_texts, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "glocal.toml"
    path.write_text('port = 8001\nmax_query_seconds = 2.5\nhost = "::1"\n', encoding="utf-8")
    return path


def test_an_option_is_stronger_than_the_environment_and_that_than_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_PORT", "8002")
    monkeypatch.setenv("glocal_host", "127.0.0.2")

    chosen = load_settings({"host": "127.0.0.3"}, file)

    found = chosen.settings
    assert (found.host, found.port, found.max_query_seconds) == ("127.0.0.3", 8002, 2.5)
    origins = [chosen.origins[name] for name in ("host", "port", "max_query_seconds", "release")]
    environment = "the environment (GLOCAL_PORT)"
    assert origins == ["the command line", environment, str(file), "its default"]


def test_the_environment_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOCAL_CONFIG", str(file))

    assert load_settings({}).settings.port == 8001


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("port = 70000", "port, from {file}: Input should be less than or equal to 65535"),
        ("prot = 1", "prot, from {file}: unknown setting"),
        ("port = = 1", "{file} is not TOML"),
        ("services = [1]", "services.0, from {file}: Input should be a valid string"),
        ('log_format = "xml"', "log_format, from {file}: Input should be 'auto', 'json' or 'text'"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, mistake: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(MalformedSettings) as refused:
        load_settings({}, file)

    assert str(refused.value).startswith(mistake.format(file=file))


def test_an_unknown_setting_in_the_file_is_named_whatever_the_environment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "glocal.toml"
    file.write_text('config = "another.toml"\n', encoding="utf-8")
    monkeypatch.setenv("GLOCAL_CONFIG", str(file))

    with pytest.raises(MalformedSettings, match=f"config, from {file}: unknown setting"):
        load_settings({})


def test_a_file_that_is_not_there_and_a_wrong_variable_end_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere.toml"
    no_file = CliRunner().invoke(app, ["serve", "--config", str(nowhere)])
    monkeypatch.setenv("GLOCAL_PORT", "many")
    no_number = CliRunner().invoke(app, ["serve", "--show-settings"])

    assert (no_file.exit_code, no_number.exit_code) == (1, 1)
    assert no_file.output == f"{nowhere}: No such file or directory\n"
    assert "port, from the environment (GLOCAL_PORT): Input should be a valid" in no_number.output


def test_the_settings_that_are_shown_are_a_file_with_the_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_HOST", 'a "quoted"\\')
    shown = CliRunner().invoke(app, ["serve", "--port", "8123", "--show-settings"]).output
    monkeypatch.delenv("GLOCAL_HOST")
    again = tmp_path / "again.toml"
    again.write_text(shown, encoding="utf-8")

    assert "# TCP port to listen on.\n# From the command line.\nport = 8123\n" in shown
    assert "# release =" in shown
    unset = {name for name, value in Settings() if value is None}
    assert unset >= {"release", "context_folder", "allowed_hosts", "max_memory_mebibytes"}
    assert set(tomllib.loads(shown)) == set(Settings.model_fields) - unset
    found = load_settings({}, again).settings
    assert (found.port, found.host) == (8123, 'a "quoted"\\')


def test_a_list_is_shown_as_a_file_can_have_it(tmp_path: Path) -> None:
    path = tmp_path / "glocal.toml"
    path.write_text('services = ["https://a.example", "http://[::1]:9001"]\n', encoding="utf-8")

    chosen = load_settings({}, path)

    assert chosen.settings.services == ("https://a.example", "http://[::1]:9001")
    assert tomllib.loads(chosen.as_toml())["services"] == list(chosen.settings.services)


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("allowed_hosts", "kg.example, 10.0.0.5 [::1] *", ["kg.example:80", "http://kg", "::1"]),
        (
            "allowed_origins",
            "https://kg.example http://[::1]:8000,*",
            ["https://kg.example/", "kg.example", "null"],
        ),
    ],
)
def test_hosts_and_origins_have_the_form_that_browsers_send(
    monkeypatch: pytest.MonkeyPatch, name: str, good: str, wrong: list[str]
) -> None:
    assert getattr(Settings(), name) is None
    monkeypatch.setenv(f"GLOCAL_{name.upper()}", good)
    assert getattr(Settings(), name) == tuple(good.replace(",", " ").split())
    monkeypatch.setenv(f"GLOCAL_{name.upper()}", "")
    assert getattr(Settings(), name) == ()
    for text in wrong:
        with pytest.raises(ValidationError, match=f"{name}.*\n.*got '{re.escape(text)}'"):
            Settings(**{name: (text,)})


def test_every_setting_says_what_it_is_for() -> None:
    described = help_texts()

    assert list(described) == list(Settings.model_fields)
    assert all(text.endswith(".") for text in described.values())
    assert described["max_query_characters"] == "Maximum length of a query, in characters."


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
    rows = re.findall(r"^\| (`.+?) \| (\d[\d., ]*) \|", text, re.MULTILINE)
    named = [
        (name, value)
        for names, values in rows
        for name, value in zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=True)
    ]

    defaults = {name: Settings.model_fields[name].default for name, _ in named}

    assert len(named) >= 6
    assert {name: float(value.replace(",", "")) for name, value in named} == defaults


def test_endpoints_in_the_environment_have_spaces_or_commas_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLOCAL_SERVICES", "https://query.wikidata.org, http://127.0.0.1:9001")

    assert Settings().services == ("https://query.wikidata.org", "http://127.0.0.1:9001")


def test_an_endpoint_with_a_path_is_no_entry_of_the_list() -> None:
    with pytest.raises(ValidationError, match="expected scheme, host and port"):
        Settings(services=("https://query.wikidata.org/sparql",))
