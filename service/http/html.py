"""HTML: write pages from the templates, and the Content-Security-Policy that they are sent with."""

import csv
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.controls import show_controls
from kg.namespaces import BASE, shorten
from kg.statuses import Status
from service.http.scripts import SCRIPTS

if TYPE_CHECKING:
    from jinja2 import Environment

_STATUSES: Final = frozenset(status.iri for status in Status)
_PAGES: Final = Path(__file__).parents[1] / "pages"
# The style sheet of all pages: the files of the folder one after the other, `base.css` first.
STYLE_SHEET: Final = b"".join(
    path.read_bytes() for path in sorted((_PAGES / "styles").glob("*.css"))
)
# Its address names its content, so that clients need not ask again.
STYLE_NAME: Final = f"style.{hashlib.sha256(STYLE_SHEET).hexdigest()[:16]}.css"
# No scripts, and nothing from other hosts. A style within a page does not apply.
_PLAIN: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'"
)
_WITH_SCRIPTS: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'"
)
# For pages that other sites may show in a frame; they have nothing to click on.
FRAMEABLE_SECURITY_HEADERS: Final = {"Content-Security-Policy": f"{_PLAIN}; frame-ancestors *"}


def security_headers(scripts: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of pages: they may run the scripts of the service, if it has any."""
    policy = _WITH_SCRIPTS if scripts else _PLAIN
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Frame-Options": "DENY",
    }


CONTENT_SECURITY_HEADERS: Final = security_headers(SCRIPTS)


@cache
def _environment() -> "Environment":
    # Imported late: it takes 30 ms, and programs do not ask for pages.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["style_sheet"] = f"/assets/{STYLE_NAME}"
    environment.globals["scripts"] = {entry: f"/assets/{name}" for entry, name in SCRIPTS.items()}
    environment.globals["base_iri"] = BASE
    environment.filters["curie"] = shorten
    environment.tests["iri"] = lambda term: isinstance(term, NamedNode)
    environment.tests["literal"] = lambda term: isinstance(term, Literal)
    environment.tests["triple"] = lambda term: isinstance(term, Triple)
    environment.tests["status"] = _STATUSES.__contains__
    return environment


def read_texts(path: Path, column: str = "text") -> dict[str, str]:
    """Read a column of a table of fixed texts, with tabs between its columns, by the first one."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE)
        return {next(iter(row.values())): row[column] for row in rows}


def read_translations(path: Path) -> dict[str, dict[str, str]]:
    """Read a table of fixed texts, by the first column; each by language, the other columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE)
        _, *languages = next(rows)
        return {key: dict(zip(languages, texts, strict=True)) for key, *texts in rows}


def write_html(template: str, **view: object) -> bytes:
    """Write a page, or a part of one, from a template and what it shows."""
    # HTML may have no other control characters than white space.
    return show_controls(_environment().get_template(template).render(view)).encode()


def load_templates() -> None:
    """Load all templates, so that processes that are forked later need not compile them."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


def read_macros(template: str, **names: object) -> Mapping[str, Any]:
    """Return the macros of a template by name; they can use these names. Each returns `Markup`."""
    return vars(_environment().get_template(template).make_module(names))
