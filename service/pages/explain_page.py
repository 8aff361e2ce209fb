"""The form of `/explain`, and the page that says why there is no proof of a statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from markupsafe import Markup, escape
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import KgError
from kg.namespaces import expand
from service.pages.suppositions import (
    FIELDS,
    Supposition,
    is_nameable,
    read_statement,
    write_statement,
    write_term,
)
from service.pages.terms import TermWriter

NOT_DERIVED: Final = "/problems/not-derived"
_ABSENCE: Final = "the absence of "


@dataclass(frozen=True)
class Miss:
    """A rule that lacks one premise: its IRI and sentence, and the premises as sentences.

    Each present premise has the address of its explanation; `fields` are those of a form of
    `/whatif` that supposes the missing one, or asks for the rest of it.
    """

    rule_iri: NamedNode
    rule: str
    rule_sentence: Literal | None
    missing: Markup
    present: Sequence[tuple[Markup, str]]
    fields: Sequence[tuple[str, str]]


def write_explain_form(
    terms: TermWriter,
    asked: Mapping[str, str],
    path: str,
    failure: Mapping[str, Any] | None = None,
) -> bytes:
    """Write the form of `/explain` with what was typed, and a failure above it if there is one."""
    return terms.write_page(
        "explain.html",
        title=terms.say("why-title"),
        path=path,
        asked=asked,
        failure=failure,
        misses=None,
    )


def write_why_not(
    terms: TermWriter,
    asked: Mapping[str, str],
    path: str,
    failure: Mapping[str, Any],
    triple: Triple,
    view: tuple[str, str],
) -> bytes:
    """Write why a triple is neither asserted nor derived, or where it is, and what it lacks.

    `failure` has the members of the problem document, and `view` the names of the view and the
    world of a what-if that shows what would follow.
    """
    supposed = Supposition(view=view[0], world=view[1])
    itself = (write_statement(triple),) if is_nameable(triple) else ()
    elsewhere = dict(parse_qsl(failure.get("elsewhere", "")))
    there = urlencode([*zip(FIELDS, map(write_term, _terms(triple)), strict=True)], quote_via=quote)
    # The parameters of another view come before those of this page, which `local` would add.
    lang = {"lang": terms.kept["lang"]} if "lang" in terms.kept else {}
    return terms.write_page(
        "explain.html",
        title=terms.say("why-not"),
        path=path,
        asked=asked,
        failure=failure,
        sentence=terms.statement(triple),
        elsewhere=f"/explain?{there}&{urlencode(elsewhere | lang)}" if elsewhere else "",
        misses=[_read_miss(terms, one, supposed) for one in failure.get("nearest", ())],
        itself=replace(supposed, additions=itself).fields,
    )


def _terms(triple: Triple) -> tuple[Any, Any, Any]:
    return triple.subject, triple.predicate, triple.object


def _read_miss(terms: TermWriter, miss: Mapping[str, Any], supposed: Supposition) -> Miss:
    sentences = terms.sorted_texts(
        Literal(text, language=tag) for tag, text in miss["sentence"].items() if text
    )
    missing, fields = _read_missing(terms, miss["missing"], supposed)
    present = [_read_present(terms, text) for text in miss["present"]]
    rule = expand(miss["rule"])
    return Miss(rule, miss["rule"], next(iter(sentences), None), missing, present, fields)


def _read_present(terms: TermWriter, text: str) -> tuple[Markup, str]:
    triple = read_statement(text)
    if triple is None:
        return Markup("<code>{}</code>").format(text), ""
    return terms.statement(triple), explain_address(terms, triple)


def explain_address(terms: TermWriter, triple: Triple) -> str:
    """Return the address of the explanation of a triple."""
    values = (quote(write_term(term), safe="") for term in _terms(triple))
    query = "&".join(f"{name}={value}" for name, value in zip(FIELDS, values, strict=True))
    return terms.local(f"/explain?{query}")


def _read_missing(
    terms: TermWriter, text: str, supposed: Supposition
) -> tuple[Markup, Sequence[tuple[str, str]]]:
    """Return a missing premise as a sentence, and the fields of the form that supposes it.

    A variable matches anything, so its field is left to the reader.
    """
    absent = text.removeprefix(_ABSENCE)
    parts = text.split(" ", 2)
    if absent != text or len(parts) != len(FIELDS):
        return terms.say("explain-absence", pattern=Markup("<code>{}</code>").format(absent)), ()
    triple = read_statement(text)
    if triple is not None and is_nameable(triple):
        fields = replace(supposed, additions=(write_statement(triple),)).fields
        return terms.statement(triple), fields
    known = {
        name: "" if part.startswith("?") else part for name, part in zip(FIELDS, parts, strict=True)
    }
    fields = [(name, value) for name, value in known.items() if value] + supposed.fields
    return _write_pattern(terms, parts), fields


def _write_pattern(terms: TermWriter, parts: Sequence[str]) -> Markup:
    """Write a pattern with variables as a sentence, in which something stands for each of them."""
    try:
        subject, predicate, object_ = (
            BlankNode() if part.startswith("?") else expand(part) for part in parts
        )
    except KgError:
        return Markup("<code>{}</code>").format(" ".join(parts))
    if isinstance(predicate, BlankNode):
        return Markup("<code>{}</code>").format(" ".join(parts))
    something, unnamed = escape(terms.say("something")), terms.link(BlankNode())
    return terms.statement(Triple(subject, predicate, object_)).replace(unnamed, something)
