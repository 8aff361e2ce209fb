"""Chromium, and people who use it: with a mouse or with keys alone, in English or in Chinese."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from benchmarks.chromium import start_chromium
from tests.browser.reader import LANGUAGES, KeyboardReader, MouseReader, Reader


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


@pytest.fixture(params=[MouseReader, KeyboardReader], ids=["mouse", "keyboard"])
def reader(
    request: pytest.FixtureRequest, chromium: Browser, service: str, language: str
) -> Iterator[Reader]:
    """Someone who reads the pages of the service without scripts."""
    reader: Reader = request.param(chromium, service, language)
    yield reader
    reader.leave()
