"""The statuses of a statement, and where a statement stands: at a base and in a world.

base: whose judgement is needed to accept a statement: that of nobody (facts), of common knowledge
    (background), of the text (theses), or of the curators (readings). Each base includes those
    before it.
world: what somebody supposes beyond that: the claims of one holder, the hypotheses or the plans.
standing: a base and perhaps a world. A statement that stands at one of them stands also at every
    weaker base, and there in every world; only its strongest standings are recorded, of which
    there may be several: a fact in somebody's world may be a thesis outside of it.
view: the standing that a reader chooses; it shows what stands there.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL

# The kinds of qualifiers: one limits or shades a figure, the others all statements of an evidence
# graph, which `QUALIFYING` relates to them.
_KINDS: Final = ("Degree", "Frequency", "Modality", "Quantifier")
QUALIFIERS: Final = (GLOCAL["Approximation"], *(GLOCAL[kind] for kind in _KINDS))
QUALIFYING: Final = tuple(GLOCAL[f"has{kind}"] for kind in _KINDS)
# When the statements of an evidence graph hold: at a time, or from one and until another.
TIMES: Final = (GLOCAL["validTime"], GLOCAL["validFrom"], GLOCAL["validUntil"])


class Base(IntEnum):
    """The bases, strongest first; each has the name of its first status."""

    FACT = 0
    BACKGROUND = 1
    THESIS = 2
    READING = 3

    @property
    def status(self) -> "Status":
        """The status that represents the base."""
        return Status[self.name]


class Status(Enum):
    """A status; its value is the local name of its IRI. They are in order, strongest first."""

    FACT = "Fact"
    CITED_DATA = "CitedData"
    BIBLIOGRAPHIC = "Bibliographic"
    BACKGROUND = "Background"
    THESIS = "Thesis"
    READING = "Reading"
    CLAIM = "Claim"
    HYPOTHESIS = "Hypothesis"
    PLAN = "Plan"
    RECOMMENDATION = "Recommendation"
    COUNTERFACTUAL = "Counterfactual"

    @property
    def iri(self) -> NamedNode:
        """The IRI of the status in the ontology."""
        return GLOCAL[self.value]

    @property
    def base(self) -> Base | None:
        """The base at which statements of this status stand; None if only in a world, or nowhere.

        Cited data and what describes a work stand with the facts.
        """
        name = "FACT" if self in {Status.CITED_DATA, Status.BIBLIOGRAPHIC} else self.name
        return Base.__members__.get(name)

    @property
    def holds(self) -> bool:
        """Whether statements of this status are accepted at some base."""
        return self.base is not None

    @property
    def rank(self) -> int:
        """The position in the order of statuses: 0 for the strongest."""
        return [*Status].index(self)


@dataclass(frozen=True)
class World:
    """The claims of one holder, the hypotheses or the plans; `status` says which of these.

    A joint world has the claims of `others` too; it is derived on request and never stored.
    """

    status: Status
    holder: NamedNode | None = None
    others: tuple[NamedNode, ...] = ()

    @property
    def holders(self) -> tuple[NamedNode, ...]:
        """Whose claims are supposed; empty for hypotheses and plans."""
        return (self.holder, *self.others) if self.holder else ()

    @property
    def name(self) -> str:
        """The holder's local name, `hypotheses` or `plans`."""
        names = (holder.value.rpartition("/")[2] for holder in self.holders)
        return "+".join(names) or _WORLD_NAMES[self.status]

    def includes(self, other: "World | None") -> bool:
        """Return whether what is asserted in the other world is asserted in this one."""
        return other is not None and (other == self or other.holder in self.holders)


_WORLD_NAMES = {Status.HYPOTHESIS: "hypotheses", Status.PLAN: "plans"}
HYPOTHESES, PLANS = map(World, _WORLD_NAMES)
# The statuses of worlds that nobody holds.
SUPPOSED: Final = frozenset(_WORLD_NAMES)


@dataclass(frozen=True)
class Standing:
    """A base and perhaps a world."""

    base: Base
    world: World | None = None

    def includes(self, other: "Standing") -> bool:
        """Return whether all that stands at the other one stands here, too."""
        return other.base <= self.base and other.world in (None, self.world)

    @property
    def rank(self) -> tuple[int, str, int]:
        """The sort key: outside of worlds first, then by world, each from the strongest base."""
        world = self.world
        return world.status.rank if world else 0, world.name if world else "", self.base


def standing_of(status: Status, holder: NamedNode | None = None) -> Standing | None:
    """Return where asserted statements of this status stand; None if they are not reasoned over.

    A world needs no judgement on what is supposed in it, so its base is that of the facts.
    """
    if status.base is not None:
        return Standing(status.base)
    if status is Status.CLAIM:
        return Standing(Base.FACT, World(status, holder))
    return Standing(Base.FACT, World(status)) if status in _WORLD_NAMES else None


def status_of_type(*, is_named: bool) -> Status:
    """Return the status of an entity's type: a Fact if a passage names the entity."""
    return Status.FACT if is_named else Status.BACKGROUND


def status_of(iri: NamedNode) -> Status:
    """Return the status with an IRI; a ValueError if there is none."""
    return Status(iri.value.removeprefix(GLOCAL))


# The names of the views outside of worlds, with the base that each of them shows.
VIEWS: Final = {"facts": Base.BACKGROUND, "paper": Base.THESIS, "readings": Base.READING}
DEFAULT_VIEW: Final = Standing(Base.THESIS)


def view_parameters(standing: Standing) -> dict[str, str]:
    """Return the parameters `view` and perhaps `world` of the first view that shows a standing."""
    view = next(name for name, base in VIEWS.items() if standing.base <= base)
    return {"view": view, **({"world": standing.world.name} if standing.world else {})}


def describe_view(standing: Standing) -> str:
    """Return these parameters as in an address: `view=readings&world=LiuJianghua`."""
    return "&".join(f"{name}={value}" for name, value in view_parameters(standing).items())


@dataclass(frozen=True)
class Attribution:
    """The attribution of a statement: status, holder, and the holder of a claim behind it."""

    status: Status
    holder: NamedNode | None = None
    follows_from: NamedNode | None = None


def attribute(standing: Standing, curators: NamedNode, *, restates: bool = False) -> Attribution:
    """Return the attribution of a derived statement.

    What follows from a claim is a reading of the curators, unless it says the same as the claim in
    other words (`restates`). Whatever rests on readings is held by the curators.
    """
    world = standing.world
    if world is None or world.holder is None:
        status = standing.base.status if world is None else world.status
        return Attribution(status, curators if standing.base is Base.READING else None)
    if world.others:
        return Attribution(Status.READING, curators)
    if restates:
        return Attribution(Status.CLAIM, world.holder)
    return Attribution(Status.READING, curators, world.holder)
