"""The frame of every page for people, and what a browser may do with it."""

import hashlib
from base64 import b64encode
from typing import Final

_STYLE: Final = """
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem;
    margin: 2rem auto; padding: 0 1rem }
  dt { margin-top: .75rem; font-family: ui-monospace, monospace; overflow-wrap: anywhere }
  ul.proof, ul.proof ul { border-left: 1px solid #bbb; list-style: none; padding-left: 1rem }
  small { color: #555; display: block }
  ul.columns { columns: 20rem }
  th, td { text-align: left; padding-right: 1.5rem; vertical-align: top }
  td.number { text-align: right }
  body:has(main.preview) { font-size: .9rem; margin: .5rem }
  main.preview p { margin: .2rem 0 }
  textarea { width: 100%; box-sizing: border-box; font: .9rem/1.4 ui-monospace, monospace }
"""
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
{body}
</html>
"""
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# No script, nothing from elsewhere; of styles the one above alone, so that not even a style that
# were smuggled in would be applied.
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
POLICY: Final = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
# Of a page that is made to be shown inside others, and has nothing to press.
POLICY_IN_FRAMES: Final = {"Content-Security-Policy": f"{_POLICY}; frame-ancestors *"}


def html_page(title: str, body: str) -> bytes:
    """A page with this title and body, both in HTML."""
    return _PAGE.format(title=title, style=_STYLE, body=body).encode()
