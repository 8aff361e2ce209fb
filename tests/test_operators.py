"""The files for operators, and docs/running.md, fit the settings, the metrics and one another."""

import re
import shlex
from pathlib import Path

import httpx2
import pytest
import uvicorn
import yaml

from kg.store.release_folder import write_release
from service.http.metrics import UNANSWERED_REASONS, Metrics
from service.settings import Settings, load_settings
from tests.service.conftest import TRIG, serve, store_of

ROOT = Path(__file__).parents[1]
OPERATORS = ROOT / "docs" / "operators"
NGINX = (OPERATORS / "nginx.conf").read_text("utf-8")
UNIT = (OPERATORS / "glocal.service").read_text("utf-8")
COMPOSE = yaml.safe_load((OPERATORS / "compose.yaml").read_text("utf-8"))
SERVICE = COMPOSE["services"]["glocal"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
RUNNING = (ROOT / "docs" / "running.md").read_text("utf-8")
DEFAULTS = Settings()
_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}

ENVIRONMENTS = {
    "unit": dict(
        entry.split("=", 1)
        for line in re.findall(r"^Environment=(.+)$", UNIT, re.MULTILINE)
        for entry in shlex.split(line)
    ),
    "compose": SERVICE["environment"],
    "dockerfile": dict(re.findall(r"^ +(GLOCAL_\w+)=(\S+)", DOCKERFILE, re.MULTILINE)),
}
BUDGETS = {
    "max_client_processor_seconds",
    "client_processor_seconds_per_minute",
    "strict_client_budgets",
    "max_memory_mebibytes",
    "max_running_queries",
    "max_running_queries_per_client",
}


def number(pattern: str, text: str) -> int:
    """Return the only number that the pattern captures; the unit may be k, m or g, for bytes."""
    [(digits, unit)] = re.findall(pattern, text, re.MULTILINE | re.IGNORECASE)
    return int(digits) * _SIZES[unit.lower()]


@pytest.mark.parametrize("file", ENVIRONMENTS)
def test_every_variable_is_a_setting_with_a_valid_value(
    monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    variables = {
        name: value for name, value in ENVIRONMENTS[file].items() if name.startswith("GLOCAL_")
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    loaded = load_settings({})

    read = {f"the environment ({name})" for name in variables}
    assert len(read) >= 3
    assert read == {origin for origin in loaded.origins.values() if "environment" in origin}


def test_nginx_passes_what_the_service_takes_and_no_larger_body() -> None:
    assert number(r"client_max_body_size (\d+)(m);", NGINX) == DEFAULTS.max_patch_bytes
    line = number(r"large_client_header_buffers \d+ (\d+)(k);", NGINX)
    assert line > DEFAULTS.max_address_characters + len("OPTIONS  HTTP/1.1")
    assert f"server 127.0.0.1:{DEFAULTS.port};" in NGINX


def test_nginx_waits_longer_than_a_query_may_take() -> None:
    longest = (
        DEFAULTS.max_waiting_seconds
        + DEFAULTS.max_query_seconds
        + DEFAULTS.max_service_seconds_per_query
    )
    assert number(r"proxy_read_timeout (\d+)()s;", NGINX) > longest


def test_nginx_closes_idle_connections_before_the_service_does() -> None:
    idle_seconds = uvicorn.Config(app="").timeout_keep_alive
    assert number(r"^    keepalive_timeout (\d+)()s;", NGINX) < idle_seconds


def test_nginx_lets_a_client_run_all_its_queries() -> None:
    allowed = number(r"limit_conn glocal_connections (\d+)();", NGINX)
    assert allowed >= DEFAULTS.max_running_queries_per_client


def test_the_unit_leaves_time_files_and_tasks_for_the_service() -> None:
    needed = 64 + 2 * (DEFAULTS.max_running_queries + DEFAULTS.spare_query_processes)
    assert number(r"^TimeoutStopSec=(\d+)()$", UNIT) > DEFAULTS.max_ending_seconds + 5
    assert number(r"^LimitNOFILE=(\d+)()$", UNIT) >= needed + DEFAULTS.max_connections
    assert number(r"^TasksMax=(\d+)()$", UNIT) >= 2 * DEFAULTS.max_running_queries + 256
    assert SERVICE["pids_limit"] == number(r"^TasksMax=(\d+)()$", UNIT)


def test_unit_and_container_have_the_same_public_names_as_nginx() -> None:
    [name] = {*re.findall(r"server_name (\S+);", NGINX)}
    for file in ("unit", "compose"):
        assert ENVIRONMENTS[file]["GLOCAL_PUBLIC_URL"] == f"https://{name}"
        assert ENVIRONMENTS[file]["GLOCAL_ALLOWED_HOSTS"] == f"{name} localhost 127.0.0.1"


def test_the_memory_of_the_container_is_enough_for_queries() -> None:
    queries = int(SERVICE["environment"]["GLOCAL_MAX_MEMORY_MEBIBYTES"])

    assert number(r"^(\d+)(g)$", SERVICE["mem_limit"]) >= (queries + 1024) * 2**20


def test_the_container_is_reached_from_this_machine_alone_and_trusts_its_proxy() -> None:
    [network] = COMPOSE["networks"]["glocal"]["ipam"]["config"]

    assert SERVICE["ports"] == ["127.0.0.1:8000:8000"]
    assert SERVICE["environment"]["FORWARDED_ALLOW_IPS"] == network["gateway"]
    assert (SERVICE["read_only"], SERVICE["cap_drop"]) == (True, ["ALL"])


@pytest.mark.slow
def test_only_the_proxy_that_is_named_may_say_how_the_client_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    release = write_release(store_of(TRIG).quads(), {"version": "1.0.0"}, tmp_path / "release")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.5")
    query = {"query": "SELECT ?x { BIND(<x> AS ?x) }"}
    headers = {"X-Forwarded-Proto": "https", "Host": "example.org"}

    seen = {}
    with serve("--release", str(release)) as running:
        for address in ("127.0.0.5", "127.0.0.1"):
            with httpx2.Client(transport=httpx2.HTTPTransport(local_address=address)) as client:
                url = f"{running.address}/sparql"
                [row] = client.get(url, params=query, headers=headers).json()["results"]["bindings"]
                seen[address] = row["x"]["value"]

    assert seen == {"127.0.0.5": "https://example.org/x", "127.0.0.1": "http://example.org/x"}


def test_the_documentation_explains_every_budget() -> None:
    described = {
        *re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.+?) \|", RUNNING, re.MULTILINE)))
    }

    assert Settings.model_fields.keys() >= BUDGETS
    assert described >= BUDGETS


def test_the_documentation_names_existing_metrics_and_every_reason() -> None:
    named = set(re.findall(r"`(glocal_\w+)", RUNNING))
    existing = {family.name for family in Metrics().registry.collect()}
    [line] = re.findall(r"`glocal_queries_unanswered_total\{reason\}` \| (.+) \|", RUNNING)

    assert len(named) >= 7
    assert {name.removesuffix("_total") for name in named} <= existing
    assert set(re.findall(r"`([a-z-]+)`", line)) == set(UNANSWERED_REASONS)


VIRTUOSO = yaml.safe_load((OPERATORS / "compose-virtuoso.yaml").read_text("utf-8"))
INI = (OPERATORS / "virtuoso.ini").read_text("utf-8")
OWN_STORE = (ROOT / "docs" / "own-store.md").read_text("utf-8")


def test_the_containers_of_virtuoso_have_memory_for_their_pages() -> None:
    pages = number(r"^NumberOfBuffers += (\d+)()$", INI)

    assert number(r"^MaxDirtyBuffers += (\d+)()$", INI) == pages * 3 // 4
    for name in ("virtuoso-a", "virtuoso-b"):
        limit = VIRTUOSO["services"][name]["mem_limit"]
        assert number(r"^(\d+)(g)$", limit) >= pages * 8 * 2**10 + 2**30


def test_the_service_asks_the_containers_of_virtuoso_at_the_port_of_their_settings() -> None:
    port = number(r"^\[HTTPServer\]\nServerPort +=.*:(\d+)()$", INI)
    [_, *stores] = VIRTUOSO["services"].keys()

    assert VIRTUOSO["services"]["glocal"]["environment"]["GLOCAL_STORE"].split() == [
        f"http://{name}:{port}/sparql" for name in stores
    ]
    assert f"s/= 127.0.0.1:{port}/= {port}/" in VIRTUOSO["services"]["virtuoso-a"]["command"][2]
    published = [VIRTUOSO["services"][name]["ports"] for name in stores]
    assert published == [[f"127.0.0.1:{port}:{port}"], [f"127.0.0.1:{port + 1}:{port}"]]


def test_virtuoso_runs_and_answers_what_the_service_does() -> None:
    assert number(r"^ResultSetMaxRows += (\d+)()$", INI) >= DEFAULTS.max_result_rows
    assert number(r"^MaxQueryExecutionTime += (\d+)()$", INI) >= DEFAULTS.max_query_seconds
    assert number(r"^ServerThreads += (\d+)()$", INI) > DEFAULTS.max_running_queries


def test_the_document_on_own_stores_has_the_settings_of_virtuoso() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d[\d,]*) ", OWN_STORE, re.MULTILINE)
    told = {name: value.replace(",", "") for name, value in rows}
    settings = dict(re.findall(r"^(\w+) += (\d+)$", INI, re.MULTILINE))

    assert len(told) >= 5
    assert told.items() <= settings.items()
