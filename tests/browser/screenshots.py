"""Take screenshots of every kind of page, for people to look at.

    .venv/bin/python -m tests.browser.screenshots http://127.0.0.1:8000 FOLDER [KIND …]

The files are named KIND-LANGUAGE-SCHEME-WIDTH.png. `make test-browser` installs what it needs.
"""

import sys
from itertools import product
from pathlib import Path
from typing import Final

from benchmarks.chromium import start_chromium
from tests.browser.kinds import KINDS
from tests.browser.reader import LANGUAGES

_SCHEMES: Final = ("light", "dark")
_WIDTHS: Final = (1280, 390)
# The rest of a long page looks like its beginning.
_MAX_HEIGHT: Final = 3_000


def take(service: str, folder: Path, names: list[str]) -> None:
    """Write the screenshots of these kinds of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    with start_chromium() as chromium:
        for width, language in product(_WIDTHS, LANGUAGES):
            with chromium.new_context(
                locale=LANGUAGES[language], viewport={"width": width, "height": 844}
            ) as context:
                page = context.new_page()
                for name in names:
                    KINDS[name].open(page, service)
                    height = page.evaluate("() => document.documentElement.scrollHeight")
                    area = {"x": 0, "y": 0, "width": width, "height": min(height, _MAX_HEIGHT)}
                    for scheme in _SCHEMES:
                        page.emulate_media(color_scheme=scheme)
                        path = folder / f"{name}-{language}-{scheme}-{width}.png"
                        page.screenshot(path=path, full_page=True, clip=area)


if __name__ == "__main__":
    if len(sys.argv) < 3 or not set(sys.argv[3:]) <= set(KINDS):
        raise SystemExit(f"Expected an address, a folder and any of: {', '.join(KINDS)}")
    take(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:] or list(KINDS))
