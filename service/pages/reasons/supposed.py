"""The supposed statements: each with its grounds, and where it stands if a page shows it not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup
from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.statuses import Standing, Status, standing_of, status_of, view_parameters
from kg.store.quad_store import Store
from service.pages.reasons.suppositions import ADD, REMOVE, Supposition, is_nameable
from service.pages.terms import TermWriter

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Patch


@dataclass(frozen=True)
class Supposed:
    """A statement that is added (`+`) or removed (`−`).

    `drop` is the value of the button that takes it back; `graph` is the one named for it, if any.
    `grounds` are those of the graphs that assert it now, or to which it is added.
    """

    sign: str
    sentence: Markup
    drop: str = ""
    graph: NamedNode | None = None
    grounds: Sequence[GraphProvenance] = ()

    @property
    def strength(self) -> NamedNode:
        """The status that an added statement would have: that of its graph, or else a fact."""
        return self.grounds[0].status if self.grounds else Status.FACT.iri


@dataclass(frozen=True)
class Elsewhere:
    """A view or world other than the shown one in which some of what is supposed stands.

    `address` shows the same supposition there; it is empty for one that fits into no address.
    """

    name: Markup | str
    count: int
    address: str


def write_supposed(terms: TermWriter, sign: str, statement: Triple | str, drop: str) -> Supposed:
    """Write a statement that is only typed, or its text if that is none."""
    if isinstance(statement, Triple):
        return Supposed(sign, terms.statement(statement), drop)
    return Supposed(sign, Markup("<code>{}</code>").format(statement), drop)


def is_plain(quad: Quad, store: Store) -> bool:
    """Return whether a parameter of the address can name what this quad adds or removes."""
    terms = (quad.subject, quad.predicate, quad.object)
    iris = (term for term in terms if isinstance(term, NamedNode))
    is_anywhere = isinstance(quad.graph_name, DefaultGraph) and is_nameable(quad.triple)
    return is_anywhere and all(map(store.mentions, iris))


def read_supposed(patch: "Patch", terms: TermWriter, store: Store) -> Iterator[Supposed]:
    """Write what a patch removes and then what it adds, with the grounds."""
    provenance = ProvenanceReader(store)
    for sign, name, quads in (("−", REMOVE, patch.removals), ("+", ADD, patch.additions)):
        index = 0
        for quad in quads:
            graph = quad.graph_name if isinstance(quad.graph_name, NamedNode) else None
            drop = f"{name} {index}" if is_plain(quad, store) else ""
            index += bool(drop)
            grounds = _grounds_of(quad, store, provenance, is_added=sign == "+")
            yield Supposed(sign, terms.statement(quad.triple), drop, graph, grounds)


def _grounds_of(
    quad: Quad, store: Store, provenance: ProvenanceReader, *, is_added: bool
) -> list[GraphProvenance]:
    """Return the grounds of the graphs in which a patch adds or removes a triple."""
    if isinstance(quad.graph_name, NamedNode):
        graphs = [quad.graph_name]
    elif is_added:
        return []
    else:
        found = store.quads(*quad.triple)
        graphs = [one.graph_name for one in found if isinstance(one.graph_name, NamedNode)]
    grounds = filter(None, map(provenance.get, sorted(set(graphs), key=str)))
    asserted = (ground for ground in grounds if not ground.is_derived)
    return sorted(asserted, key=lambda ground: status_of(ground.status).rank)


def find_elsewhere(
    terms: TermWriter, supposed: Sequence[Supposed], shown: Standing, form: Supposition | None
) -> list[Elsewhere]:
    """Return where what is supposed stands, if the page does not show it there.

    `form` asks for the same in an address; None if that would be too long.
    """
    counts = Counter[Standing]()
    for one in supposed:
        standings = [
            standing
            for ground in one.grounds
            for holder in ground.holders or (None,)
            if (standing := standing_of(status_of(ground.status), holder))
        ]
        if standings and not any(map(shown.includes, standings)):
            counts[standings[0]] += 1
    places = []
    for standing, count in counts.items():
        wider = replace(standing, base=max(standing.base, shown.base))
        names = view_parameters(wider)
        asked = form and replace(form, view=names["view"], world=names.get("world", ""))
        address = terms.in_language(asked.address) if asked else ""
        places.append(Elsewhere(name_place(terms, standing), count, address))
    return places


def name_place(terms: TermWriter, standing: Standing) -> Markup | str:
    """Return the name of a world, or else of the first view that shows a standing."""
    world = standing.world
    if world is None:
        return terms.words[f"view-{view_parameters(standing)['view']}"]
    if world.holder is None:
        return terms.words[f"whatif-beyond-{world.name}"]
    return terms.say("whatif-beyond-holder", name=terms.link(world.holder))
