"""HTML: write pages from the templates, and the Content-Security-Policy that they are sent with."""

import csv
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import shorten

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES: Final = Path(__file__).parents[1] / "pages" / "templates"
_STYLE_HASH: Final = b64encode(hashlib.sha256((_TEMPLATES / "style.css").read_bytes()).digest())
# No scripts, and nothing from other hosts. Only the style sheet is allowed, so that a style
# injected into a page would not apply.
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH.decode()}'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'"
)
CONTENT_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
# For pages that other sites may show in a frame; they have nothing to click on.
FRAMEABLE_SECURITY_HEADERS: Final = {"Content-Security-Policy": f"{_POLICY}; frame-ancestors *"}


@cache
def _environment() -> "Environment":
    # Imported late: it takes 30 ms, and programs do not ask for pages.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # So that the style sheet in a page has the bytes whose hash the policy contains.
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["curie"] = shorten
    environment.tests["iri"] = lambda term: isinstance(term, NamedNode)
    environment.tests["literal"] = lambda term: isinstance(term, Literal)
    return environment


def read_texts(path: Path, column: str = "text") -> dict[str, str]:
    """Read a column of a table of fixed texts, with tabs between its columns, by the first one."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE)
        return {next(iter(row.values())): row[column] for row in rows}


def write_html(template: str, **view: object) -> bytes:
    """Write a page, or a part of one, from a template and what it shows."""
    return _environment().get_template(template).render(view).encode()


def read_macros(template: str, **names: object) -> Mapping[str, Any]:
    """Return the macros of a template by name; they can use these names. Each returns `Markup`."""
    return vars(_environment().get_template(template).make_module(names))
