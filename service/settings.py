"""Each setting: name with its unit, default, help; read from GLOCAL_… too."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from kg.namespaces import BASE


class Settings(BaseSettings):
    """How the service runs; `GLOCAL_PORT=8001` in the environment sets `port`."""

    model_config = SettingsConfigDict(env_prefix="GLOCAL_", frozen=True, extra="forbid")

    release: Path | None = Field(
        default=None,
        description="Folder of the release that is served; by default releases/newest.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every one."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
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
    max_running_queries: int = Field(
        default=16,
        ge=1,
        # The thread pool has 40: some have to be left for everything that is no query.
        le=36,
        description="How many queries may run at once; one more is answered by 503.",
    )
    context_iri: str = Field(
        default=f"{BASE}ontology/context.jsonld",
        description="The IRI by which JSON-LD documents refer to their context.",
    )
