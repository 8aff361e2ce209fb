"""The form of `/explain`, and the page that says why there is no proof of a statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from markupsafe import Markup, escape
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import KgError
from kg.namespaces import ID, expand
from service.pages.reasons.suppositions import (
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
class NearRule:
    """A rule that lacks one premise: its name and sentence, and the premises that hold.

    Each of these is a sentence with the address of its explanation. A rule of a release has an IRI.
    """

    name: str
    iri: NamedNode | None
    sentence: Literal | None
    present: Sequence[tuple[Markup, str]]


@dataclass(frozen=True)
class Gap:
    """A missing premise as a sentence, and the rules that lack nothing else.

    `fields` are those of a form of `/whatif` that supposes it, or asks for the rest of it.
    """

    missing: Markup
    fields: Sequence[tuple[str, str]]
    rules: Sequence[NearRule]


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
        gaps=None,
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
        title=f"{terms.words['why-not']} {terms.statement(triple).striptags()}",
        path=path,
        asked=asked,
        failure=failure,
        triple=triple,
        elsewhere=f"/explain?{there}&{urlencode(elsewhere | lang)}" if elsewhere else "",
        place=_name_place(terms, elsewhere) if elsewhere else "",
        gaps=_read_gaps(terms, failure.get("nearest", ()), supposed),
        itself=replace(supposed, additions=itself).fields,
    )


def _name_place(terms: TermWriter, parameters: Mapping[str, str]) -> str:
    """Return the name of the view and perhaps the world of these parameters."""
    view, world = terms.words[f"view-{parameters['view']}"], parameters.get("world")
    if world is None:
        return view
    name = terms.words.get(f"world-{world}") or terms.label(ID[world]).value
    return f"{view} · {terms.words['world'].format(world=name)}"


def _terms(triple: Triple) -> tuple[Any, Any, Any]:
    return triple.subject, triple.predicate, triple.object


def _read_gaps(
    terms: TermWriter, nearest: Sequence[Mapping[str, Any]], supposed: Supposition
) -> list[Gap]:
    """Return the missing premises, the nearest first, each once with all rules that lack it."""
    rules = defaultdict[str, list[NearRule]](list)
    for miss in nearest:
        rules[miss["missing"]].append(_read_rule(terms, miss))
    return [Gap(*_read_missing(terms, text, supposed), each) for text, each in rules.items()]


def _read_rule(terms: TermWriter, miss: Mapping[str, Any]) -> NearRule:
    sentences = terms.sorted_texts(
        Literal(text, language=tag) for tag, text in miss["sentence"].items() if text
    )
    present = [_read_present(terms, text) for text in miss["present"]]
    return NearRule(miss["rule"], expand(miss["rule"]), next(iter(sentences), None), present)


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
