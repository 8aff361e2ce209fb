"""Chromium, and people who use it: with a mouse or with keys alone, in English or in Chinese.

With `GLOCAL_TESTED` the tests use a service that runs already, such as that of `make serve`.

A page is used in many ways: two languages, mouse or keys, with scripts or without, light or dark,
on a phone or a desk. A test runs in half of the combinations of those it has, so that each pair of
three ways still occurs; `--hypothesis-profile=thorough` runs all.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

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
_WAYS: Final = ("language", "has_scripts", "reader", "activate", "scheme", "width")

# Only ends a hang.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out every second combination of the ways to use a page."""
    if config.getoption("--hypothesis-profile") != "thorough":
        items[:] = [item for item in items if _is_tried(item)]


def _is_tried(item: pytest.Item) -> bool:
    indices = item.callspec.indices if hasattr(item, "callspec") else {}
    # Tests of one way alone have it in turn.
    start = zlib.crc32(item.name.partition("[")[0].encode())
    return indices.keys().isdisjoint(_WAYS) or sum(indices.values(), start) % 2 == 0


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
