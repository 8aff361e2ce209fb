"""What is around the content of a page: its head, the way to it, its other language and forms."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from service.http.documents import WebLink
from service.http.html import html_page
from service.http.negotiation import LANGUAGES, NAMES
from service.pages.terms import Writer

_SITE: Final = {"/": "Glocal", "/ontology": "ontology", "/rules": "rules", "/sparql": "SPARQL"}
_BODY: Final = """<a class="skip" href="#content">{skip}</a>
<header><nav aria-label="{navigation}"><ul class="row">{site}</ul></nav>
<p class="languages">{languages}</p></header>
<main id="content">
{content}
</main>"""


def framed(
    writer: Writer, title: str, content: str, *, path: str, links: Iterable[WebLink] = ()
) -> bytes:
    """A whole page.

    Args:
        writer: in its language.
        title: in HTML, without tags.
        content: begins with the heading of the page, in HTML.
        path: of the page, with its parameters but for the language.
        links: for programs, as in the Link header.
    """
    body = _BODY.format(
        skip=writer.say("content"),
        navigation=writer.say("navigation"),
        site="".join(f"<li>{one}</li>" for one in _site(writer)),
        languages=" · ".join(_languages(writer, path)),
        content=content,
    )
    return html_page(f"{title} - Glocal", body, language=writer.language, links=links)


def breadcrumb(writer: Writer, steps: Sequence[str]) -> str:
    """The way to a page, from the general to the special, the last being the page itself."""
    *above, last = steps
    items = [f"<li>{step}</li>" for step in above] + [f'<li aria-current="page">{last}</li>']
    return f'<nav aria-label="{writer.say("way")}"><ol class="row way">{"".join(items)}</ol></nav>'


def section(title: str, content: str, *, name: str = "", level: int = 2) -> str:
    """A part of a page; nothing where there is no content."""
    if not content:
        return ""
    mark = f' id="{escape(name)}"' if name else ""
    return f"<section{mark}><h{level}>{title}</h{level}>\n{content}</section>\n"


def table(name: str, caption: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column heads its rows, in a frame that can be moved sideways."""
    caption_id = f"{escape(name)}-caption"
    top = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{one}</td>" for one in others)}</tr>'
        for first, *others in rows
    )
    return (
        f'<div class="wide" role="region" aria-labelledby="{caption_id}" tabindex="0"><table>'
        f'<caption id="{caption_id}">{caption}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>\n{body}</tbody>"
        "</table></div>\n"
    )


def _site(writer: Writer) -> Iterable[str]:
    for path, key in _SITE.items():
        text = writer.say(key) if key.islower() else key
        yield f'<a href="{escape(writer.local(path))}">{text}</a>'


def _languages(writer: Writer, path: str) -> Iterable[str]:
    for language in LANGUAGES:
        if language == writer.language:
            yield f'<b lang="{language}">{NAMES[language]}</b>'
        else:
            between = "&" if "?" in path else "?"
            address = escape(f"{path}{between}lang={language}")
            yield (
                f'<a href="{address}" hreflang="{language}" lang="{language}" '
                f'rel="alternate">{NAMES[language]}</a>'
            )
