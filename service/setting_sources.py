"""Where settings come from: an option, the environment, a file, or their defaults."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from service.errors import MalformedSettings
from service.settings import Settings

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
