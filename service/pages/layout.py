"""The parts that all pages share: header, breadcrumb, language links, sections, tables."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from service.http.documents import WebLink
from service.http.html import write_html_page
from service.http.negotiation import LANGUAGES, NAMES
from service.pages.terms import TermWriter

_SITE: Final = {"/": "Glocal", "/ontology": "ontology", "/rules": "rules", "/sparql": "SPARQL"}
_BODY: Final = """<a class="skip" href="#content">{skip}</a>
<header><nav aria-label="{navigation}"><ul class="row">{site}</ul></nav>
<p class="languages">{languages}</p></header>
<main id="content">
{content}
</main>"""


def write_page(
    writer: TermWriter, title: str, content: str, *, path: str, links: Iterable[WebLink] = ()
) -> bytes:
    """Write a whole page.

    Args:
        writer: a writer in the language of the page.
        title: the title in HTML, without tags.
        content: the content in HTML, which begins with the heading of the page.
        path: the path of the page, with its parameters except the language.
        links: links for programs, as in the Link header.
    """
    body = _BODY.format(
        skip=writer.say("content"),
        navigation=writer.say("navigation"),
        site="".join(f"<li>{link}</li>" for link in _site_links(writer)),
        languages=" · ".join(_language_links(writer, path)),
        content=content,
    )
    return write_html_page(f"{title} - Glocal", body, language=writer.language, links=links)


def write_breadcrumb(writer: TermWriter, steps: Sequence[str]) -> str:
    """Write the breadcrumb, from the general to the specific; the last step is the page itself."""
    *above, last = steps
    items = [f"<li>{step}</li>" for step in above] + [f'<li aria-current="page">{last}</li>']
    return f'<nav aria-label="{writer.say("way")}"><ol class="row way">{"".join(items)}</ol></nav>'


def write_section(title: str, content: str, *, name: str = "", level: int = 2) -> str:
    """Write a section of a page; an empty string if it has no content."""
    if not content:
        return ""
    id_attribute = f' id="{escape(name)}"' if name else ""
    return f"<section{id_attribute}><h{level}>{title}</h{level}>\n{content}</section>\n"


def write_table(
    name: str, caption: str, heads: Iterable[str], rows: Iterable[Sequence[str]]
) -> str:
    """Write a table whose first column has the row headers; it scrolls sideways if it is wide."""
    caption_id = f"{escape(name)}-caption"
    header = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "\n".join(
        f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for head, *cells in rows
    )
    return (
        f'<div class="wide" role="region" aria-labelledby="{caption_id}" tabindex="0"><table>'
        f'<caption id="{caption_id}">{caption}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>\n{body}</tbody>"
        "</table></div>\n"
    )


def _site_links(writer: TermWriter) -> Iterable[str]:
    for path, key in _SITE.items():
        text = writer.say(key) if key.islower() else key
        yield f'<a href="{escape(writer.local(path))}">{text}</a>'


def _language_links(writer: TermWriter, path: str) -> Iterable[str]:
    for language in LANGUAGES:
        if language == writer.language:
            yield f'<b lang="{language}">{NAMES[language]}</b>'
        else:
            separator = "&" if "?" in path else "?"
            address = escape(f"{path}{separator}lang={language}")
            yield (
                f'<a href="{address}" hreflang="{language}" lang="{language}" '
                f'rel="alternate">{NAMES[language]}</a>'
            )
