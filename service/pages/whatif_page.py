"""The page of `/whatif`: what is supposed, the form to suppose more, and what would change."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from kg.statuses import VIEWS
from kg.store.quad_store import Store
from service.pages.proof_page import ProofWriter
from service.pages.suppositions import (
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
# More buttons than this would make a page of many statements slow.
_MAX_DROPPED: Final = 200
_MAX_ROWS: Final = 200
# The other formats of an outcome.
_FORMATS: Final = ("jsonld", "ttl", "txt")
# Longer lists are divided by property.
_MAX_UNDIVIDED: Final = 20


@dataclass(frozen=True)
class Supposed:
    """A statement that is added (`+`) or removed (`−`).

    `drop` is the value of the button that takes it back; `graph` is the one named for it, if any.
    """

    sign: str
    sentence: Markup
    drop: str = ""
    graph: NamedNode | None = None


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
class Part:
    """A part of the changes, of which others may come before and after it."""

    offset: int
    limit: int


def write_whatif_form(
    terms: TermWriter,
    store: Store,
    form: Supposition,
    *,
    max_address: int,
    examples: Sequence[Triple] = (),
    failure: Mapping[str, Any] | None = None,
) -> bytes:
    """Write the form with what was typed, and above it a failure, or else examples.

    For `max_address` see `write_outcome`.
    """
    supposed = [
        _supposed(terms, sign, read_statement(text) or text, f"{name} {index}")
        for sign, name, texts in (("−", REMOVE, form.removals), ("+", ADD, form.additions))
        for index, text in enumerate(texts)
    ]
    links = [
        (terms.statement(one), terms.local(Supposition(removals=(write_statement(one),)).address))
        for one in examples
        if is_nameable(one)
    ]
    share = form.address if len(form.address) <= max_address else ""
    return _write(terms, store, form, supposed, share=share, examples=links, failure=failure)


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
    form = _form_of(patch, form, store)
    supposed = list(_supposed_by(patch, terms, store))
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
        writer=writer,
        outcome=outcome,
        answers=compare_answers(answers) if answers else None,
        lists=_LISTS,
        divide=divide,
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
    **view: Any,
) -> bytes:
    worlds = {
        name: terms.label(world.holder).value if world.holder else terms.words[f"whatif-{name}"]
        for name, world in store.views.worlds.items()
    }
    names = [
        terms.words["place-whatif"],
        *(f"{one.sign} {one.sentence.striptags()}" for one in supposed),
    ]
    shown = {"outcome": None, "failure": None, "examples": (), **view}
    return terms.write_page(
        "whatif.html",
        title=terms.words["colon"].join(names[:2]),
        path=form.address if share else "/whatif",
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


def _supposed(terms: TermWriter, sign: str, statement: Triple | str, drop: str) -> Supposed:
    if isinstance(statement, Triple):
        return Supposed(sign, terms.statement(statement), drop)
    return Supposed(sign, Markup("<code>{}</code>").format(statement), drop)


def _is_plain(quad: Quad, store: Store) -> bool:
    """Return whether a parameter of the address can name what this quad adds or removes."""
    terms = (quad.subject, quad.predicate, quad.object)
    iris = (term for term in terms if isinstance(term, NamedNode))
    is_anywhere = isinstance(quad.graph_name, DefaultGraph) and is_nameable(quad.triple)
    return is_anywhere and all(map(store.mentions, iris))


def _form_of(patch: "Patch", form: Supposition, store: Store) -> Supposition:
    """Return the form that makes this patch: its plain statements, and an update for the rest."""

    def split(quads: Sequence[Quad]) -> tuple[tuple[str, ...], list[str]]:
        plain = tuple(write_statement(quad.triple) for quad in quads if _is_plain(quad, store))
        return plain, [_data(quad) for quad in quads if not _is_plain(quad, store)]

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


def _supposed_by(patch: "Patch", terms: TermWriter, store: Store) -> Iterator[Supposed]:
    for sign, name, quads in (("−", REMOVE, patch.removals), ("+", ADD, patch.additions)):
        index = 0
        for quad in quads:
            graph = quad.graph_name if isinstance(quad.graph_name, NamedNode) else None
            drop = f"{name} {index}" if _is_plain(quad, store) else ""
            index += bool(drop)
            yield Supposed(sign, terms.statement(quad.triple), drop, graph)


def divide(changes: "Sequence[Change]") -> "list[tuple[NamedNode | None, Sequence[Change]]]":
    """Return changes by property, in the order of the first of each; a few without one."""
    if len(changes) <= _MAX_UNDIVIDED:
        return [(None, changes)] if changes else []
    groups = defaultdict[NamedNode, list["Change"]](list)
    for change in changes:
        groups[change.triple.predicate].append(change)
    return [*groups.items()]


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
