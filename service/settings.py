"""The settings of the service: their names with units, defaults, ranges and help texts.

Options of `glocal serve` override the environment, which overrides a TOML file;
`glocal serve --show-settings` prints all settings, and where each comes from.
"""

import ast
import inspect
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

from service.allow_list import AllowList
from service.errors import MalformedSettings

_PREFIX: Final = "GLOCAL_"
_PROCESSORS: Final = os.cpu_count() or 1
ANY: Final = "*"
_HOST: Final = r"[\w.-]+|\[[\da-fA-F:.]+\]"
_NAMES: Final = {
    "allowed_hosts": (re.compile(_HOST), "a host without scheme and port, such as example.org"),
    "allowed_origins": (
        re.compile(rf"[a-z][a-z\d+.-]*://({_HOST})(:\d+)?"),
        "an origin without a path, such as https://example.org",
    ),
}
_ADDRESS: Final = re.compile(rf"https?://({_HOST})(:\d+)?(/[^\s<>\"]*)?")
Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0)]
SecondsOrZero = Annotated[float, Field(ge=0)]


class Settings(BaseSettings):
    """The settings of the service; `GLOCAL_PORT=8001` in the environment sets `port`.

    The text below each is its help text.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="forbid", allow_inf_nan=False
    )

    release: Path | None = None
    """Folder of the release to serve; by default releases/newest."""
    expect: str = Field(default="", pattern=r"^([0-9A-Fa-f]{64})?$")
    """SHA-256 of the file SHA256SUMS of the release to serve, which `glocal build` prints; no other
    release is then served, not even one whose hashes were all computed anew."""
    store: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses of SPARQL servers, of which one holds the release (see `glocal load`), such as
    http://127.0.0.1:8890/sparql: it answers plain queries, see docs/own-store.md. In the
    environment, separated by spaces or commas."""
    max_store_seconds: Seconds = Field(default=5, le=3600)
    """Maximum time for such a server to answer one query, in seconds; after that the query is
    answered from the folder of the release."""
    release_check_seconds: SecondsOrZero = 1
    """Seconds between checks whether that folder has become a link to another release, which is
    then served; with 0, only SIGHUP starts a check."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 means all IPv4 addresses of the machine."""
    port: int = Field(default=8000, ge=1, le=65535)
    """TCP port to listen on."""
    allowed_hosts: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Host names and addresses, without port, that requests may name in the header Host; others get
    status 421. In the environment, separated by spaces or commas; * means any. By default any for a
    release, and for a scratch store localhost, 127.0.0.1, [::1], `host`, and that of
    `public_url`."""
    allowed_origins: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Origins whose pages may read answers in a browser, each as scheme and host, such as
    https://example.org, and port unless it is the usual one. In the environment, separated by
    spaces or commas; * means any. By default any for a release, and none for a scratch store."""
    max_query_characters: Count = 100_000
    """Maximum length of a query, in characters."""
    # uvicorn's parser stops at 65,535, and answers in plain text.
    max_address_characters: Count = Field(default=32_768, le=65_000)
    """Maximum length of the path and query string of a request, in characters as sent
    (percent-encoded)."""
    max_patch_bytes: Count = 4_194_304
    """Maximum size of a what-if patch, in bytes."""
    max_query_seconds: Seconds = Field(default=30, le=86_400)
    """Maximum time that a query may run, in seconds; after that it is ended with status 504. Time
    in which the client reads the answer does not count."""
    # A tebibyte; the kernel's own limits have a maximum, too.
    max_query_mebibytes: int = Field(default=1024, ge=16, le=2**20)
    """Maximum memory that a query may use beyond the snapshot, in MiB; if it needs more, it is
    ended with status 503. Enforced on Linux only."""
    max_result_rows: Count = 1_000_000
    """Maximum number of rows or triples in a result."""
    max_result_mebibytes: Count = Field(default=256, le=4096)
    """Maximum size of a result, in MiB."""
    max_running_queries: Count = 8 * _PROCESSORS
    """Maximum number of queries running at once; others wait. By default 8 for each processor."""
    max_running_queries_per_client: Count = 2 * _PROCESSORS
    """Maximum number of one client's queries running at once; its other queries wait. By default 2
    for each processor."""
    max_client_processor_seconds: Seconds = 60
    """Processor time that one client may use at once, in seconds, for all its work together. A
    client is an IPv4 address or an IPv6 /64; a /56 and a /48 may use twice and four times as much.
    Beyond that, its requests get status 429 while other clients wait for answers."""
    client_processor_seconds_per_minute: Seconds = 60
    """Processor time that each client gets back per minute, in seconds."""
    strict_client_budgets: bool = False
    """Whether those limits hold even while no other client waits."""
    max_memory_mebibytes: Annotated[int, Field(ge=16)] | None = None
    """Maximum memory that all running queries, proofs and what-ifs together may use beyond what
    they share, in MiB; by default half of what the machine or container has. Beyond that, the
    largest is ended with status 503. Enforced on Linux only."""
    max_waiting_queries: CountOrZero = 256
    """Maximum number of waiting queries; any further query gets status 503."""
    max_waiting_seconds: Seconds = 5
    """Maximum time that a query waits for its turn, in seconds; after that it gets status 503."""
    max_update_bytes: Count = 4_194_304
    """Maximum size of a SPARQL Update to a scratch store, in bytes."""
    max_upload_bytes: Count = Field(default=67_108_864, le=2**31)
    """Maximum size of an upload to a scratch store, in bytes, both as sent and decompressed."""
    context_folder: Path | None = None
    """Folder of JSON-LD contexts that uploads to a scratch store may refer to: its file HOST/PATH
    is used for https://HOST/PATH. No context is fetched over the network."""
    max_waiting_updates: CountOrZero = 32
    """Maximum number of changes to a scratch store that wait while another one is being made; any
    further change gets status 503."""
    max_receiving_seconds: Seconds = 30
    """Maximum time for a client to send a request, in seconds; after that it gets status 408."""
    max_connections: Count = 512
    """Maximum number of open connections. To make room for one more, the oldest connection without
    a complete request is closed; if there is none, the new one gets status 503."""
    max_sending_seconds: Seconds = 60
    """Maximum time for a client to read a streamed answer, in seconds; after that the answer is cut
    off."""
    spare_query_processes: Count = 2
    """Number of idle query processes that are kept ready."""
    # The engine writes to memory even when it only reads, so each query process ends up with
    # its own copy of nearly everything: 170 MB for this many quads.
    max_quads_in_memory: CountOrZero = 500_000
    """Maximum number of quads of a release that is loaded into memory; a larger release is read
    from disk. Each query process may end up with a copy of that memory. A release of more than
    500,000 quads is read from disk until it is loaded."""
    max_faceted_statements: CountOrZero = 200_000
    """Maximum number of statements in evidence graphs by whose status, holder, pattern and passage
    lists can be filtered. Reading so many takes about 15 s and 200 MB."""
    cache_mebibytes: CountOrZero = 64
    """Memory for cached answers, in MiB; 0 turns the cache off."""
    max_kept_kibibytes: Count = 1024
    """Maximum size of a cached answer, in KiB."""
    services: Annotated[tuple[str, ...], NoDecode] = ()
    """Endpoints that SERVICE may query, each as scheme, host and port, such as
    https://query.wikidata.org; in the environment, separated by spaces or commas. A private address
    is allowed only if it is an entry itself, such as http://127.0.0.1:9001."""
    services_by_variable: bool = False
    """Whether the endpoint of SERVICE may be a variable that is bound before the block."""
    max_service_seconds: Seconds = 10
    """Maximum time for another endpoint to answer one call, in seconds; after that the query gets
    status 504."""
    max_service_seconds_per_query: Seconds = 20
    """Maximum time for all calls of one query to other endpoints together, in seconds."""
    max_service_calls: Count = 8
    """Maximum number of calls of one query to other endpoints."""
    max_service_rows: Count = 10_000
    """Maximum number of rows that one query takes from other endpoints."""
    max_service_mebibytes: Count = Field(default=8, le=256)
    """Maximum amount of data that one query takes from other endpoints, in MiB after
    decompression."""
    max_ending_seconds: SecondsOrZero = 5
    """Maximum time for running requests to finish when the service shuts down, in seconds."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """Format of log lines; auto means text in a terminal, JSON elsewhere."""
    log_requests: bool = True
    """Whether to log each request as a line on standard output."""
    log_queries: bool = False
    """Whether that line includes the text of the query, which may be private."""
    public_url: str = Field(default="", pattern=r"^(https?://[\w.:\[\]-]+(/[\w.~%-]+)*/?)?$")
    """Public URL of the service, such as https://example.org/glocal; by default it is taken from
    the scheme and host of each request. JSON-LD documents refer to their context below this URL."""

    @field_validator("services", "allowed_hosts", "allowed_origins", "store", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("allowed_hosts", "allowed_origins")
    @classmethod
    def _check_names(
        cls, names: tuple[str, ...] | None, field: ValidationInfo
    ) -> tuple[str, ...] | None:
        pattern, expected = _NAMES[field.field_name or ""]
        for name in names or ():
            if name != ANY and pattern.fullmatch(name) is None:
                raise ValueError(f"expected * or {expected}, got '{name}'")
        return names

    @field_validator("store")
    @classmethod
    def _check_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if _ADDRESS.fullmatch(address) is None:
                expected = "an address such as http://127.0.0.1:8890/sparql"
                raise ValueError(f"expected {expected}, got '{address}'")
        return tuple(dict.fromkeys(addresses))

    @field_validator("services")
    @classmethod
    def _check_entries(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        AllowList.parse(entries)
        return entries


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, and the origin of each in words, by its name."""

    settings: Settings
    origins: Mapping[str, str]

    def as_toml(self) -> str:
        """Return all settings as a TOML file, with the help and origin of each as comments."""
        entries = []
        for name, help_text in help_texts().items():
            value = getattr(self.settings, name)
            # Numbers, booleans, strings and lists are written alike in TOML and JSON.
            text = json.dumps(value, ensure_ascii=False, default=str)
            line = f"{name} = {text}" if value is not None else f"# {name} ="
            entries.append(f"# {help_text}\n# From {self.origins[name]}.\n{line}\n")
        return "\n".join(entries)


def help_texts() -> dict[str, str]:
    """Return the help text of each setting, by its name."""
    # The attribute docstrings of pydantic would delay every start by 17 ms.
    texts = {}
    for node, next_node in pairwise(ast.walk(ast.parse(inspect.getsource(Settings)))):
        match node, next_node:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                texts[name] = " ".join(str(text).split())
    return texts


def load_settings(given: Mapping[str, Any], config: Path | None = None) -> LoadedSettings:
    """Load the settings: those given on the command line, by name, and those of other sources.

    `config` is a TOML file; by default the one that GLOCAL_CONFIG names, if any. Raises
    MalformedSettings if it cannot be read, a setting is unknown, or a value is invalid.
    """
    default_path = os.environ.get("GLOCAL_CONFIG")
    path = config or (Path(default_path) if default_path else None)
    # The TOML source of pydantic-settings skips a missing file, and a pipe, without a word.
    in_file = _read_toml(path) if path is not None else {}
    in_environment = EnvSettingsSource(Settings)()
    origins = {
        **dict.fromkeys(Settings.model_fields, "its default"),
        **dict.fromkeys(in_file, str(path)),
        **{name: f"the environment ({_PREFIX}{name.upper()})" for name in in_environment},
        **dict.fromkeys(given, "the command line"),
    }
    try:
        return LoadedSettings(Settings(**{**in_file, **in_environment, **given}), origins)
    except ValidationError as error:
        mistakes = [_describe_mistake(mistake, origins) for mistake in error.errors()]
        raise MalformedSettings(mistakes) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MalformedSettings([f"{path}: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedSettings([f"{path} is not TOML: {error}"]) from error


def _describe_mistake(mistake: ErrorDetails, origins: Mapping[str, str]) -> str:
    reason = mistake["msg"]
    if mistake["type"] == "extra_forbidden":
        reason = "unknown setting; `glocal serve --show-settings` lists all settings"
    setting, *_ = place = [str(part) for part in mistake["loc"]]
    return f"{'.'.join(place)}, from {origins[setting]}: {reason}"
