"""The page of `/whatif`: what is supposed, the form to suppose more, and what would change."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup
from pyoxigraph import (
    DefaultGraph,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from kg.namespaces import OWL, RDF
from kg.statuses import VIEWS
from kg.store.quad_store import Store
from service.pages.name_order import order_of_name
from service.pages.reasons.proof_page import ProofWriter
from service.pages.reasons.supposed import (
    Supposed,
    find_elsewhere,
    is_plain,
    name_place,
    read_supposed,
    write_supposed,
)
from service.pages.reasons.supposed_steps import SupposedSteps
from service.pages.reasons.suppositions import (
    ADD,
    REMOVE,
    Supposition,
    is_nameable,
    read_statement,
    write_statement,
    write_update,
)
from service.pages.terms import Term, TermWriter

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Answers, Change, Outcome, Patch

# The lists of an outcome in the order of the page.
_LISTS: Final = ("gained", "lost", "shifted", "beyond")
# In this list, what the patch itself changes has another standing only by what follows from it.
_FOLLOWING: Final = "shifted"
_ALWAYS_SHOWN: Final = ("gained", "lost")
# More buttons than this would make a page of many statements slow.
_MAX_DROPPED: Final = 200
_MAX_ROWS: Final = 200
# The other formats of an outcome.
_FORMATS: Final = ("jsonld", "ttl", "txt")
# Longer lists are divided by property.
_MAX_UNDIVIDED: Final = 20


@dataclass(frozen=True)
class AnswerRows:
    """The rows of a question before and after: `+` for a new row, `−` for a lost one.

    `before` and `after` are numbers of rows, or the answers of an ASK.
    """

    before: int | bool
    after: int | bool
    names: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[Term | None]]] = ()
    hidden: int = 0


@dataclass(frozen=True)
class ChangeList:
    """A list of an outcome: what the patch itself changes, then groups of what follows.

    `count` is the number of all, also on other pages. A group may have a heading.
    """

    name: str
    count: int
    supposed: "Sequence[Change]"
    groups: "Sequence[tuple[Markup | str, Sequence[Change]]]"


@dataclass(frozen=True)
class Part:
    """A part of the changes, of which others may come before and after it."""

    offset: int
    limit: int


def write_whatif_form(
    terms: TermWriter,
    store: Store,
    form: Supposition,
    *,
    address: str,
    max_address: int,
    examples: Sequence[Triple] = (),
    failure: Mapping[str, Any] | None = None,
) -> bytes:
    """Write the form with what was typed, and above it a failure, or else examples.

    `address` is that of the page, with all that was typed. For `max_address` see `write_outcome`.
    """
    supposed = [
        write_supposed(terms, sign, read_statement(text) or text, f"{name} {index}")
        for sign, name, texts in (("−", REMOVE, form.removals), ("+", ADD, form.additions))
        for index, text in enumerate(texts)
    ]
    links = [
        (terms.statement(one), terms.local(Supposition(removals=(write_statement(one),)).address))
        for one in examples
        if is_nameable(one)
    ]
    share = address if len(address) <= max_address else ""
    shown = {"examples": links, "failure": failure}
    return _write(terms, store, form, supposed, share=share, path=share, **shown)


def write_outcome(
    writer: ProofWriter,
    form: Supposition,
    patch: "Patch",
    outcome: "Outcome",
    answers: "Answers | None",
    *,
    part: Part,
    max_address: int,
) -> bytes:
    """Write what a patch would change, and the form with the patch.

    A patch whose address would have more than `max_address` characters is not shared by a link.
    """
    terms, store = writer.terms, writer.store
    writer = writer.supposing(SupposedSteps.of(patch, outcome, store))
    form = _form_of(patch, form, store)
    supposed = list(read_supposed(patch, terms, store))
    shown = store.views.parse(terms.view.get("view"), terms.view.get("world"))
    address = terms.local(replace(form, view="", world="").address)
    share = address if len(address) <= max_address else ""
    total = sum(outcome.counts.values())
    after = part.offset + part.limit
    return _write(
        terms,
        store,
        form,
        supposed,
        share=share,
        path=form.address if share else "",
        writer=writer,
        outcome=outcome,
        answers=compare_answers(answers) if answers else None,
        elsewhere=find_elsewhere(terms, supposed, shown, form if share else None),
        lists=[one for name in _LISTS if (one := _read_list(writer, name, patch, outcome))],
        part=part,
        last=min(after, total),
        total=total,
        next_offset=after if part.limit > 0 and after < total else None,
        formats_of_outcomes=_FORMATS,
    )


def _write(
    terms: TermWriter,
    store: Store,
    form: Supposition,
    supposed: Sequence[Supposed],
    *,
    share: str,
    path: str,
    **view: Any,
) -> bytes:
    holders = {
        name: terms.label(world.holder).value
        for name, world in store.views.worlds.items()
        if world.holder
    }
    worlds = dict(sorted(holders.items(), key=lambda item: order_of_name(item[1]))) | {
        name: terms.words[f"world-{name}"]
        for name, world in store.views.worlds.items()
        if not world.holder
    }
    names = [
        terms.words["place-whatif"],
        *(f"{one.sign} {one.sentence.striptags()}" for one in supposed),
    ]
    shown = {"outcome": None, "failure": None, "examples": (), "elsewhere": (), **view}
    return terms.write_page(
        "whatif.html",
        title=terms.words["colon"].join(names[:2]),
        path=path or "/whatif",
        place="whatif",
        form=form,
        hidden=[pair for pair in form.fields if pair[0] in (ADD, REMOVE)],
        supposed=supposed,
        drops=len(supposed) <= _MAX_DROPPED,
        share=share,
        views=list(VIEWS),
        shown_view=terms.view.get("view") or form.view or "paper",
        shown_world=terms.view.get("world") or form.world,
        worlds=worlds,
        **shown,
    )


def _form_of(patch: "Patch", form: Supposition, store: Store) -> Supposition:
    """Return the form that makes this patch: its plain statements, and an update for the rest."""

    def split(quads: Sequence[Quad]) -> tuple[tuple[str, ...], list[str]]:
        plain = tuple(write_statement(quad.triple) for quad in quads if is_plain(quad, store))
        return plain, [_data(quad) for quad in quads if not is_plain(quad, store)]

    removals, removed = split(patch.removals)
    additions, added = split(patch.additions)
    update = write_update(removed, added, "")
    return replace(form, removals=removals, additions=additions, update=update, **_NOTHING_MORE)


# The fields of the one more statement, which is among the others by now.
_NOTHING_MORE: Final[Mapping[str, Any]] = dict.fromkeys(
    ("change", "subject", "predicate", "object"), ""
)


def _data(quad: Quad) -> str:
    """Return a quad as in the block of an update."""
    graph = quad.graph_name
    return (
        f"{quad.triple} ."
        if isinstance(graph, DefaultGraph)
        else f"GRAPH {graph} {{ {quad.triple} }}"
    )


def _read_list(
    writer: ProofWriter, name: str, patch: "Patch", outcome: "Outcome"
) -> ChangeList | None:
    """Return a list of an outcome; None for one that is empty and need not be shown."""
    terms, is_apart = writer.terms, name != _FOLLOWING
    patched = {quad.triple for quad in (*patch.removals, *patch.additions)} if is_apart else set()
    listed: list[Change] = getattr(outcome, name)
    supposed = [one for one in listed if one.triple in patched and name in _ALWAYS_SHOWN]
    count = outcome.counts[name] - outcome.mirrored[name]
    if name not in _ALWAYS_SHOWN:
        count -= outcome.supposed[name] if is_apart else 0
        if not count:
            return None
    following = [one for one in listed if one.triple not in patched]
    following = _leave_out_mirrored(writer.store, following, patched)
    heading, most = (_place, 0) if name == "beyond" else (_property, _MAX_UNDIVIDED)
    groups = defaultdict[Markup | str, list["Change"]](list)
    for change in following:
        groups[heading(terms, change) if len(following) > most else ""].append(change)
    return ChangeList(name, count, supposed, [*groups.items()])


def _leave_out_mirrored(
    store: Store, changes: Iterable["Change"], patched: Container[Triple]
) -> list["Change"]:
    """Return each change once, although a symmetric property says it from both of its ends."""
    symmetric = {one.subject for one in store.triples(None, RDF["type"], OWL["SymmetricProperty"])}
    kept, told = list["Change"](), set[object]()
    for change in changes:
        subject, predicate, object_ = change.triple
        standings = change.before, change.after
        is_following = predicate in symmetric and change.triple not in patched
        if not is_following or (object_, predicate, subject, *standings) not in told:
            kept.append(change)
        if is_following:
            told.add((subject, predicate, object_, *standings))
    return kept


def _property(terms: TermWriter, change: "Change") -> Markup:
    name: Markup = terms.macros["name"](change.triple.predicate)
    return name


def _place(terms: TermWriter, change: "Change") -> Markup | str:
    """Return the world or else the view in which something is before or after the patch."""
    standing = change.after or change.before
    if standing is None:
        raise ValueError("a change without any standing")
    return name_place(terms, standing)


def compare_answers(answers: "Answers") -> AnswerRows:
    """Return the rows of both answers: first those that are lost, then new ones, then the rest."""
    before, after = (
        parse_query_results(each, format=QueryResultsFormat.JSON)
        for each in (answers.before, answers.after)
    )
    if isinstance(before, QueryBoolean) or isinstance(after, QueryBoolean):
        return AnswerRows(bool(before), bool(after))
    names = [variable.value for variable in before.variables]
    old, new = (Counter(_rows(each, names)) for each in (before, after))
    rows = [("−", row) for row in (old - new).elements()]
    rows += [("+", row) for row in (new - old).elements()]
    rows += [("", row) for row in (old & new).elements()]
    shown = rows[:_MAX_ROWS]
    return AnswerRows(old.total(), new.total(), names, shown, len(rows) - len(shown))


def _rows(
    solutions: QuerySolutions | Any, names: Iterable[str]
) -> Iterator[tuple[Term | None, ...]]:
    for solution in solutions:
        yield tuple(solution[name] for name in names)
