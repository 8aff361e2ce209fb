"""A Chromium that is there, for the tests and the figures of pages.

`make test-browser` adds Playwright, which steers it, to the environment.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ADVICE: Final = (
    "Chromium is missing. On Debian: apt-get install chromium fonts-noto-cjk. "
    "Where it stands elsewhere, set CHROMIUM to its path."
)


def find_chromium() -> str:
    """Return the path of Chromium: `CHROMIUM` of the environment, or one in the search path.

    Raises:
        SystemExit: there is none; the message says how to get one.
    """
    for name in (os.environ.get("CHROMIUM"), *_NAMES):
        if name and (path := shutil.which(name)):
            return path
    raise SystemExit(_ADVICE)


@contextmanager
def start_chromium() -> Iterator[Browser]:
    """Run Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    find_chromium()
