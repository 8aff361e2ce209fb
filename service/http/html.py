"""HTML that pages share: their skeleton with its Content-Security-Policy, and the query form."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Final

from kg.store.saved_queries import SavedQuery
from service.http.documents import WebLink

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
  a { overflow-wrap: anywhere }
  a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
    outline: 3px solid #b3470c; outline-offset: 2px }
  .skip { position: absolute; left: -100rem }
  .skip:focus { position: static }
  header { border-bottom: 1px solid #bbb; display: flex; flex-wrap: wrap; gap: 0 2rem }
  header p { margin: .3rem 0 }
  ul.row, ol.row { display: flex; flex-wrap: wrap; gap: 0 1.2rem; list-style: none;
    margin: .3rem 0; padding: 0 }
  ol.way li + li::before { content: "›"; padding-right: 1.2rem; color: #555 }
  h1 { line-height: 1.2; margin: 1rem 0 .3rem }
  h2 { border-bottom: 1px solid #ddd; margin-top: 2rem }
  p.names { color: #444; font-size: 1.2rem; margin: 0 }
  dl.said dt { font: inherit; font-weight: 600 }
  dl.said dd { margin: .1rem 0 .1rem 1.5rem }
  dl.said small { display: inline }
  .status { background: #eef2f7; border: 1px solid #b8c4d4; border-radius: .3rem;
    padding: 0 .35rem; font-size: .85rem; white-space: nowrap }
  .status.derived { border-style: dashed; background: #fff }
  .wide { overflow-x: auto }
  .wide th a, .wide td code { overflow-wrap: normal }
  [aria-labelledby="figures-caption"] td:last-child { min-width: 18rem }
  table { border-collapse: collapse }
  thead th { min-width: 4.5rem }
  tbody th { min-width: 7rem }
  caption { text-align: left; font-weight: 600; padding: .3rem 0 }
  tbody tr { border-top: 1px solid #ddd }
  :target { background: #fff7e0 }
  :lang(zh) i { font-style: normal }
  @media (max-width: 30rem) { dl.said dd { margin-left: .8rem } ul, ol { padding-left: 1.2rem } }
  @media print { header, .skip, nav { display: none } a { color: inherit } }
"""
_PAGE: Final = """<!doctype html>
<html lang="{language}" dir="ltr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/logo.svg" type="image/svg+xml">
{links}<style>{style}</style>
{body}
</html>
"""
_WITH_HOME_LINK: Final = """<nav aria-label="Site"><a href="./">Glocal</a></nav>
<main>
{body}
</main>"""
# An example query for any data set.
_COUNT_CLASSES: Final = """SELECT ?class (COUNT(?thing) AS ?things) WHERE {
    ?thing a ?class .
} GROUP BY ?class ORDER BY DESC(?things)"""
_FORM: Final = """<form action="sparql">
  <label>SPARQL query <textarea name="query" rows="9">{example}</textarea></label>
  {buttons}
</form>"""
BUTTONS: Final = """<button name="format" value="json">Run query</button>
  <button name="format" value="csv">Run query, as a table (CSV)</button>"""
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# No scripts, and nothing from other hosts. Only the style above is allowed, so that a style
# injected into a page would not apply.
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'"
)
CONTENT_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
# For pages that other sites may show in a frame; they have nothing to click on.
FRAMEABLE_SECURITY_HEADERS: Final = {"Content-Security-Policy": f"{_POLICY}; frame-ancestors *"}


def write_html_page(
    title: str, body: str, *, language: str = "en", links: Iterable[WebLink] = ()
) -> bytes:
    """Write a page with this title and body, both in HTML, the title without tags.

    `language` is that of the page; text in another one is marked in the body. `links` become link
    elements, for programs.
    """
    head = "".join(f"<link{_attributes(link)}>\n" for link in links)
    page = _PAGE.format(title=title, style=_STYLE, body=body, language=language, links=head)
    return page.encode()


def write_page_with_home_link(title: str, body: str) -> bytes:
    """Write a page that starts with a link to `/`; title and body are in HTML."""
    return write_html_page(f"{title} - Glocal", _WITH_HOME_LINK.format(body=body))


def _attributes(link: WebLink) -> str:
    attributes = {"rel": link.relation, "href": link.href, **link.attributes}
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def query_field(queries: Iterable[SavedQuery]) -> str:
    """Return the query form as HTML, with the shortest saved SELECT query without parameters in it.

    Its action `sparql` is relative: the page must be served beside `/sparql`.
    """
    texts = [query.text for query in queries if not query.parameters and query.form == "SELECT"]
    # HTML drops a newline at the start of a textarea, so an extra one protects the text.
    example = "\n" + escape(min(texts, key=len, default=_COUNT_CLASSES))
    return _FORM.format(example=example, buttons=BUTTONS)
