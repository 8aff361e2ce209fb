"""Chromium, and people who use it: with a mouse or with keys alone, in English or in Chinese.

With `GLOCAL_TESTED` the tests use a service that runs already, such as that of `make serve`.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from playwright.sync_api import Browser

from benchmarks.chromium import start_chromium
from benchmarks.servers import a_release, glocal, wait_until_loaded
from tests.browser.reader import (
    LANGUAGES,
    Activate,
    KeyboardReader,
    MouseReader,
    Reader,
    click,
    press,
)

_SERVICE: Final = "GLOCAL_TESTED"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Build and serve the release once, before pytest-xdist starts processes that share it."""
    if _SERVICE in os.environ:
        return
    started = ExitStack()
    session.config.add_cleanup(started.close)
    release = started.enter_context(a_release(None))
    server = started.enter_context(glocal(release, log_requests=False))
    wait_until_loaded(server)
    os.environ[_SERVICE] = f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def service() -> str:
    """The address of the service that all tests of the session share."""
    return os.environ[_SERVICE]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    with start_chromium() as browser:
        yield browser


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """The language of the pages."""
    found: str = request.param
    return found


@pytest.fixture(params=[False, True], ids=["plain", "scripts"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    """Whether scripts are switched on."""
    found: bool = request.param
    return found


@pytest.fixture(params=[MouseReader, KeyboardReader], ids=["mouse", "keyboard"])
def reader(
    request: pytest.FixtureRequest,
    chromium: Browser,
    service: str,
    language: str,
    has_scripts: bool,
) -> Iterator[Reader]:
    """Someone who reads the pages of the service, of which none may complain."""
    reader: Reader = request.param(chromium, service, language, has_scripts=has_scripts)
    yield reader
    reader.leave()
    assert reader.complaints == []


@pytest.fixture(params=[click, press], ids=["mouse", "keyboard"])
def activate(request: pytest.FixtureRequest) -> Activate:
    found: Activate = request.param
    return found
