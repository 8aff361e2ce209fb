"""The saved questions for people: each with a field for whatever it needs to be told."""

from collections.abc import Iterable
from html import escape
from typing import Final

from kg.store.saved_queries import SavedQuery
from service.answers.formats import SPARQL
from service.http.html import BUTTONS, door_page

_BODY: Final = """<h1>Questions</h1>
<p>Where a question asks for a thing, give its IRI or a CURIE: what is at <code>/id/…</code> here
is <code>id:…</code>.</p>
{questions}"""
_QUESTION: Final = """<section id="{name}"><h2>{en}</h2><p lang="zh">{zh}</p>
<form action="queries/{name}">{fields}
  {buttons}
  <a href="queries/{name}?format={sparql}">SPARQL</a></form></section>"""
_FOR_TRIPLES: Final = """<button name="format" value="ttl">Ask for triples (Turtle)</button>"""


def questions_page(queries: Iterable[SavedQuery]) -> bytes:
    """The page at `/queries`."""
    questions = "\n".join(map(_question, queries))
    return door_page("Questions", _BODY.format(questions=questions))


def _question(query: SavedQuery) -> str:
    fields = "".join(
        f'<p><label>{escape(name)}: {escape(what)}<br><input name="{escape(name)}" required>'
        "</label></p>"
        for name, what in query.parameters.items()
    )
    return _QUESTION.format(
        name=query.name,
        en=escape(query.question["en"]),
        zh=escape(query.question["zh"]),
        fields=fields,
        buttons=_FOR_TRIPLES if query.form == "CONSTRUCT" else BUTTONS,
        sparql=SPARQL.name,
    )
