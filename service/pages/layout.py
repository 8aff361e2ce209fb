"""The parts that all pages share: header, breadcrumb, language links, sections, lists, tables."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from service.answers.formats import HTML
from service.http.documents import Documents, WebLink
from service.http.html import write_html_page
from service.http.negotiation import LANGUAGE_NAMES, LANGUAGES
from service.pages.terms import TermWriter

_SITE: Final = {"/": "Glocal", "/ontology": "ontology", "/rules": "rules", "/sparql": "SPARQL"}
_BODY: Final = """<a class="skip" href="#content">{skip}</a>
<header><nav aria-label="{navigation}">{site}</nav>
<p class="languages">{languages}</p></header>
<main id="content">
{content}
</main>"""


def write_page(
    writer: TermWriter, title: str, content: str, *, path: str, links: Iterable[WebLink] = ()
) -> bytes:
    """Write a whole page.

    `title` is HTML without tags, `content` is HTML that begins with the heading of the page.
    `path` has the parameters of the page except the language; `links` are those for programs.
    """
    body = _BODY.format(
        skip=writer.say("content"),
        navigation=writer.say("navigation"),
        site=write_list(_site_links(writer), "row", end=""),
        languages=" · ".join(_language_links(writer, path)),
        content=content,
    )
    return write_html_page(f"{title} - Glocal", body, language=writer.language, links=links)


def _site_links(writer: TermWriter) -> Iterator[str]:
    for path, key in _SITE.items():
        text = writer.say(key) if key.islower() else key
        yield f'<a href="{escape(writer.local(path))}">{text}</a>'


def _language_links(writer: TermWriter, path: str) -> Iterator[str]:
    for language in LANGUAGES:
        if language == writer.language:
            yield f'<b lang="{language}">{LANGUAGE_NAMES[language]}</b>'
        else:
            separator = "&" if "?" in path else "?"
            address = escape(f"{path}{separator}lang={language}")
            yield (
                f'<a href="{address}" hreflang="{language}" lang="{language}" '
                f'rel="alternate">{LANGUAGE_NAMES[language]}</a>'
            )


def write_breadcrumb(writer: TermWriter, steps: Sequence[str]) -> str:
    """Write the breadcrumb, below the home page; the last step is the page itself."""
    above = [f'<a href="{escape(writer.local("/"))}">Glocal</a>', *steps[:-1]]
    items = [f"<li>{step}</li>" for step in above] + [f'<li aria-current="page">{steps[-1]}</li>']
    return f'<nav aria-label="{writer.say("way")}"><ol class="row way">{"".join(items)}</ol></nav>'


def format_links(about: Documents) -> list[str]:
    """Write links to the documents for programs."""
    forms = [form for form in about.formats if form != HTML]
    return [f'<a href="{escape(about.path(form))}">.{form.name}</a>' for form in forms]


def write_section(title: str, content: str, *, name: str = "", level: int = 2) -> str:
    """Write a section of a page; an empty string if it has no content."""
    if not content:
        return ""
    id_attribute = f' id="{escape(name)}"' if name else ""
    return f"<section{id_attribute}><h{level}>{title}</h{level}>\n{content}</section>\n"


def write_list(items: Iterable[str], css_class: str = "", *, end: str = "\n") -> str:
    """Write an unordered list of items in HTML; an empty string if there are none."""
    text = "".join(f"<li>{item}</li>" for item in items)
    attribute = f' class="{css_class}"' if css_class else ""
    return f"<ul{attribute}>{text}</ul>{end}" if text else ""


def write_definitions(pairs: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Write a definition list of names, each with its values, all in HTML.

    Names without values are left out.
    """
    items = "\n".join(
        f"<dt>{name}</dt>" + "".join(f"<dd>{value}</dd>" for value in values)
        for name, values in pairs
        if values
    )
    return f'<dl class="said">\n{items}</dl>\n' if items else ""


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
