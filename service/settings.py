"""Each setting: name with its unit, default, help; read from GLOCAL_… too.

Where settings come from: an option, the environment, a file, or their defaults.
"""

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.allow_list import AllowList
from service.errors import MalformedSettings


class Settings(BaseSettings):
    """How the service runs; `GLOCAL_PORT=8001` in the environment sets `port`."""

    model_config = SettingsConfigDict(
        env_prefix="GLOCAL_", frozen=True, extra="forbid", allow_inf_nan=False
    )

    release: Path | None = Field(
        default=None,
        description="Folder of the release that is served; by default releases/newest.",
    )
    release_check_seconds: float = Field(
        default=1,
        ge=0,
        description="How often it is looked whether that is a link to another release by now, "
        "which is then served, in seconds; with 0 only on SIGHUP.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every one."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many HTTP processes answer, over one snapshot in memory. The limits of "
        "connections, of what runs and waits, of spare processes and kept answers are the "
        "service's: each process has its share.",
    )
    max_query_characters: int = Field(
        default=100_000, ge=1, description="Longest query that is read, in characters."
    )
    max_address_characters: int = Field(
        default=32_768,
        ge=1,
        # uvicorn's parser stops at 65,535, and answers in plain text.
        le=65_000,
        description="Longest address that is answered, in characters as they are sent.",
    )
    max_patch_bytes: int = Field(
        default=4_194_304, ge=1, description="Longest what-if patch that is read, in bytes."
    )
    max_query_seconds: float = Field(
        default=10,
        gt=0,
        le=86_400,
        description="How long a query may work, in seconds; then it is a 504.",
    )
    max_query_mebibytes: int = Field(
        default=1024,
        ge=16,
        # A tebibyte; the kernel's own limits end at some number, too.
        le=2**20,
        description="How much memory a query may need beside the snapshot, in MiB; then it is a "
        "503. Enforced on Linux alone.",
    )
    max_result_rows: int = Field(
        default=1_000_000, ge=1, description="Most rows, or triples, of a result."
    )
    max_result_mebibytes: int = Field(
        default=256, ge=1, le=4096, description="Largest result, in MiB."
    )
    max_running_queries: int = Field(
        default=64, ge=1, description="How many queries may run at once; others wait."
    )
    max_running_queries_per_client: int = Field(
        default=16,
        ge=1,
        description="How many of one client's queries may run at once; its others wait.",
    )
    max_waiting_queries: int = Field(
        default=256, ge=0, description="How many queries may wait; one more is a 503."
    )
    max_waiting_seconds: float = Field(
        default=5, gt=0, description="How long a query may wait, in seconds; then it is a 503."
    )
    max_update_bytes: int = Field(
        default=4_194_304, ge=1, description="Longest SPARQL Update of a scratch store, in bytes."
    )
    max_upload_bytes: int = Field(
        default=67_108_864,
        ge=1,
        le=2**31,
        description="Largest upload to a scratch store, in bytes, also once uncompressed.",
    )
    context_folder: Path | None = Field(
        default=None,
        description="Folder of JSON-LD contexts that uploads to a scratch store may refer to: "
        "HOST/PATH in it is what stands at https://HOST/PATH. None is ever fetched.",
    )
    max_waiting_updates: int = Field(
        default=32,
        ge=0,
        description="How many changes of a scratch store may wait for the one that is being made; "
        "one more is a 503.",
    )
    max_receiving_seconds: float = Field(
        default=30,
        gt=0,
        description="How long a client may take to send a request, in seconds; then it is a 408.",
    )
    max_connections: int = Field(
        default=512,
        ge=1,
        description="Most connections at once; for one more, the oldest that asks nothing gives "
        "way, else it is a 503.",
    )
    max_sending_seconds: float = Field(
        default=60,
        gt=0,
        description="How long a client may take to read an answer, in seconds; then it is cut off.",
    )
    slow_query_seconds: float = Field(
        # Twice as much, and the first moments of four runaways decide the 99th percentile.
        default=0.05,
        gt=0,
        description="After so many seconds of processor time a query gets the lowest priority.",
    )
    spare_query_processes: int = Field(
        default=2, ge=1, description="How many query processes wait ready."
    )
    max_quads_in_memory: int = Field(
        # To read is to write, for the engine: a query process gets its own copy of the memory that
        # it reads, in the end of nearly all. So many quads are 170 MB.
        default=500_000,
        ge=0,
        description="Most quads of a release that is loaded into memory, of which each query "
        "process may come to hold a copy; of a larger one, each opens the store on disk. Past half "
        "a million, it is read from disk until it is loaded, and with several workers for good.",
    )
    cache_mebibytes: int = Field(
        default=64,
        ge=0,
        description="How much memory kept answers may take, in MiB; with 0 none is kept.",
    )
    max_kept_kibibytes: int = Field(
        default=1024, ge=1, description="Largest answer that is kept, in KiB."
    )
    services: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Which endpoints SERVICE may ask: schemes, hosts and ports, such as "
        "https://query.wikidata.org; in the environment with spaces between. Private addresses "
        "only where an entry is one, such as http://127.0.0.1:9001.",
    )
    services_by_variable: bool = Field(
        default=False,
        description="Whether the endpoint of SERVICE may be a variable, bound before the block.",
    )
    max_service_seconds: float = Field(
        default=10,
        gt=0,
        description="How long another endpoint may take to answer, in seconds; then it is a 504.",
    )
    max_service_seconds_per_query: float = Field(
        default=20,
        gt=0,
        description="How long all of them may take that one query asks, in seconds.",
    )
    max_service_calls: int = Field(
        default=8, ge=1, description="How often one query may ask other endpoints."
    )
    max_service_rows: int = Field(
        default=10_000, ge=1, description="Most rows that one query takes from other endpoints."
    )
    max_service_mebibytes: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Most that one query takes from other endpoints, in MiB, decompressed.",
    )
    max_ending_seconds: float = Field(
        default=5,
        ge=0,
        description="How long what runs may take once the service is told to end, in seconds.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="Lines of the log; auto is text in a terminal, else JSON."
    )
    log_requests: bool = Field(
        default=True, description="Whether each request leaves a line on standard output."
    )
    log_queries: bool = Field(
        default=False, description="Whether that line says what was asked; it may be private."
    )
    max_running_explanations: int = Field(
        default=16,
        ge=1,
        # The thread pool has 40: some have to be left for everything that is no explanation.
        le=36,
        description="How many explanations and what-ifs may be made at once; one more is a 503.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[\w.:\[\]-]+(/[\w.~%-]+)*/?)?$",
        description="Where others reach the service, such as https://example.org/glocal; by "
        "default the scheme and host of each request. JSON-LD refers to its context there.",
    )

    @field_validator("services", mode="before")
    @classmethod
    def _separate(cls, written: object) -> object:
        return written.replace(",", " ").split() if isinstance(written, str) else written

    @field_validator("services")
    @classmethod
    def _check(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        AllowList.of(entries)
        return entries


def share(settings: Settings, most: int) -> int:
    """What one HTTP process may have of something; together they may have a few more."""
    return math.ceil(most / settings.workers)


CONFIG: Final = "GLOCAL_CONFIG"
_PREFIX: Final = "GLOCAL_"


@dataclass(frozen=True)
class Chosen:
    """The settings, and where each of them comes from, by name."""

    settings: Settings
    origins: Mapping[str, str]

    def shown(self) -> str:
        """Each setting in a form that a settings file can have, with its origin and meaning."""
        return "\n".join(self._shown(name) for name in Settings.model_fields)

    def _shown(self, name: str) -> str:
        field = Settings.model_fields[name]
        value = getattr(self.settings, name)
        written = f"{name} = {_toml(value)}" if value is not None else f"# {name} ="
        return f"# {field.description}\n# From {self.origins[name]}.\n{written}\n"


def choose_settings(given: Mapping[str, Any], config: Path | None = None) -> Chosen:
    """The settings: an option is stronger than the environment, and that stronger than the file.

    Args:
        given: options of the command line by setting.
        config: a TOML file; by default the one that GLOCAL_CONFIG names, if it names one.

    Raises:
        MalformedSettings: a file that cannot be read, a name that is no setting, a value out of
            its range.
    """
    named = os.environ.get(CONFIG)
    path = config or (Path(named) if named else None)
    in_file = _read(path) if path is not None else {}
    in_environment = {
        name.upper().removeprefix(_PREFIX).lower()
        for name in os.environ
        if name.upper().startswith(_PREFIX)
    }
    origins = {
        name: "the command line"
        if name in given
        else f"the environment ({_PREFIX}{name.upper()})"
        if name in in_environment
        else str(path)
        if name in in_file
        else "its default"
        for name in {**Settings.model_fields, **in_file}
    }
    # Among these, pydantic lets what is passed win over the environment.
    passed = {name: value for name, value in in_file.items() if name not in in_environment}
    try:
        return Chosen(Settings(**{**passed, **given}), origins)
    except ValidationError as error:
        raise MalformedSettings(_mistakes(error, origins)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MalformedSettings([f"{path}: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedSettings([f"{path} is not TOML: {error}"]) from error


def _mistakes(error: ValidationError, origins: Mapping[str, str]) -> list[str]:
    """What is wrong with which setting, and where it was set."""
    found = []
    for mistake in error.errors():
        name = ".".join(str(part) for part in mistake["loc"])
        reason = mistake["msg"]
        if mistake["type"] == "extra_forbidden":
            reason = "there is no such setting; `glocal serve --show-settings` lists them"
        found.append(f"{name}, from {origins.get(name, 'the environment')}: {reason}")
    return found


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
