"""A derivation on Spark: the closure of encoded premises, its contradictions, and what is new."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pyoxigraph import NamedNode, RdfFormat, Triple, Variable, parse
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from kg.namespaces import OWL
from kg.reasoning.derivation.materialisation import REPLACED
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule
from kg.spark.closure import ASSERTED, Closure, Limits, Storage
from kg.spark.encoding import Encoded, encode
from kg.spark.equality import Representatives
from kg.spark.plans import Program, full_plans
from kg.spark.rounds import FACTS_SCHEMA, Matcher, Round
from kg.spark.standings import strongest, world_iri
from kg.spark.term_codes import small_table
from kg.statuses import Base, World

_PLACES: Final = ["s", "p", "o"]


@dataclass(frozen=True)
class Options:
    """Whether triples have standings, and whether derived ones keep their premises."""

    has_standings: bool = False
    keeps_premises: bool = False


@dataclass(frozen=True)
class Clash:
    """Triples that contradict each other by a rule, at a base, and in a world if not everywhere."""

    rule: str
    triples: tuple[Triple, ...]
    base: Base
    world: NamedNode | None


class Derivation:
    """Call `read`, then `run`; after that ask for contradictions and for what is derived.

    Equal things are replaced by representatives unless triples have standings or keep their
    premises: then the rules of equality run like all others, and every name has its triples.
    """

    def __init__(
        self,
        storage: Storage,
        rules: Sequence[Rule],
        options: Options,
        limits: Limits,
        tell: Callable[[str], None],
    ) -> None:
        self._storage, self._rules, self._options = storage, rules, options
        self._spark, self._limits = storage.spark, limits
        self._merges = not (options.has_standings or options.keeps_premises)
        self._program = self._compile(rules)
        self._plans = self._program.plans
        depth = max((plan.depth for plan in self._plans if plan.heads), default=0)
        self._closure = Closure(
            storage,
            rules,
            limits,
            tell,
            premises=depth if options.keeps_premises else 0,
            has_standings=options.has_standings,
        )
        self._encoded: Encoded
        self._representatives: Representatives
        self._matcher: Matcher

    @property
    def has_standings(self) -> bool:
        """Whether triples stand at bases and in worlds."""
        return self._options.has_standings

    @property
    def terms(self) -> DataFrame:
        """The dictionary: codes with spellings."""
        return self._encoded.terms

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return self._closure.rounds

    def counts_by_rule(self) -> dict[str, int]:
        """Return how many triples each rule was the first to derive, most first."""
        counts = self._closure.counts.most_common()
        return {self._rules[index].name: count for index, count in counts}

    def rows(self) -> DataFrame:
        """Return all triples, asserted and derived, with rule, round and premises."""
        return self._closure.rows()

    def read(self, premises: DataFrame, wanted: Iterable[NamedNode] | None) -> None:
        """Encode the premises that have a wanted predicate (None: any)."""
        worlds = [rule.world for rule in self._rules if rule.world is not None]
        fixed: set[Term] = {OWL["sameAs"], *map(world_iri, worlds)}
        for rule in self._rules:
            for atom in rule.head if not rule.body else ():
                fixed.update(slot for slot in atom if not isinstance(slot, Variable))
        constants = fixed.union(*(plan.constants() for plan in self._plans))
        self._encoded = encode(self._spark, self._storage, premises, constants, wanted)
        self._representatives = Representatives(self._spark, self._encoded.codes[_SAME_AS])
        self._closure.paths.append(self._encoded.asserted)
        self._matcher = Matcher(
            self._spark, self._rules, self._code_of, self._world_of, self._encoded.terms
        )
        self._add_unconditional()

    def run(self) -> bool:
        """Derive until nothing is new; merge equal things and derive again until none are new.

        Return False as soon as triples contradict each other outside of worlds.
        """
        self._limits.start()
        if any(_is_contradiction(rule) and rule.world is None for rule in self._rules):
            return False
        is_consistent = self._closure.run(self._matcher, self._program)
        while is_consistent and self._merges and self._representatives.merge(self._closure.facts()):
            rewritten = self._representatives.rewrite(self._closure.rows())
            name = f"merged-{self._closure.rounds}"
            self._closure.replace(name, rewritten, kept=self._encoded.asserted)
            is_consistent = self._closure.run(self._matcher, self._compile(self._merged_rules()))
        return is_consistent

    def contradictions(self, limit: int) -> list[Clash]:
        """Return up to `limit` contradictions, outside of worlds and strong bases first."""
        plans = full_plans(plan for plan in self._plans if not plan.heads)
        depth = max((plan.depth for plan in plans), default=0)
        facts = self._closure.facts()
        found = self._matcher.derive(plans, Round(facts, facts, 0), depth)
        clashes = [
            Clash(rule.name, (), rule.base, world_iri(rule.world) if rule.world else None)
            for rule in self._rules
            if _is_contradiction(rule)
        ]
        if found is None:
            return clashes
        places = [f"y{i}" for i in range(3 * depth)]
        grouped = found.groupBy("rule", "world", *places).agg(F.min("base").alias("base"))
        rows = grouped.orderBy("world", "base", "rule", *places).limit(limit).collect()
        codes = {row[place] for row in rows for place in [*places, "world"] if row[place]}
        spellings = self._spellings(codes)
        for row in rows:
            terms = [_term(spellings[row[place]]) for place in places if row[place] is not None]
            triples = tuple(Triple(*terms[i : i + 3]) for i in range(0, len(terms), 3))
            world = _term(spellings[row["world"]]) if row["world"] else None
            clashes.append(Clash(self._rules[row["rule"]].name, triples, Base(row["base"]), world))
        return clashes

    def derived(self) -> DataFrame:
        """Return the derived triples that are not asserted: `s`, `p`, `o`, `base` and `world`."""
        rows = self._closure.rows()
        columns = [*_PLACES, "base", "world"]
        if self._representatives.of:
            asserted = self._storage.read([self._encoded.asserted], FACTS_SCHEMA)
            expanded = self._representatives.expand(rows).distinct()
            new = expanded.join(asserted.select(*_PLACES), _PLACES, "left_anti")
            return new.withColumns({"base": F.lit(0), "world": F.lit(0).cast("long")})
        derived = rows.where(F.col("rule") != ASSERTED).select(*columns)
        if self._options.has_standings:
            return strongest(derived, rows.select(*columns))
        if self._options.keeps_premises:
            # The rules of equality derive that a thing is the same as itself.
            is_same = (F.col("p") == self._encoded.codes[_SAME_AS]) & (F.col("s") == F.col("o"))
            return derived.where(~is_same)
        return derived

    def _code_of(self, term: Term) -> int:
        code = self._encoded.codes[str(term)]
        return self._representatives.of.get(code, code)

    def _world_of(self, world: World | None) -> int:
        return 0 if world is None else self._encoded.codes[str(world_iri(world))]

    def _compile(self, rules: Sequence[Rule]) -> Program:
        # A proof has a step for each rule, so there are no chains with premises.
        is_chained = not self._options.keeps_premises
        return Program(rules, REPLACED if self._merges else (), is_chained=is_chained)

    def _merged_rules(self) -> list[Rule]:
        """Return the rules with one name for constants that are equal, so that patterns meet."""
        first: dict[int, Term] = {}
        constants = sorted({each for plan in self._plans for each in plan.constants()}, key=str)
        names = {each: first.setdefault(self._code_of(each), each) for each in constants}

        def renamed(atom: Atom) -> Atom:
            return Atom(*(names.get(slot, slot) for slot in atom))  # type: ignore[arg-type]

        return [
            replace(rule, head=tuple(map(renamed, rule.head)), body=tuple(map(renamed, rule.body)))
            for rule in self._rules
        ]

    def _add_unconditional(self) -> None:
        """Add the heads of rules without a body, unless they are asserted."""
        rows = []
        for index, rule in enumerate(self._rules):
            if not rule.body and _holds(rule):
                for atom in rule.head:
                    codes = [self._encoded.codes[str(slot)] for slot in atom]
                    rows.append((*codes, int(rule.base), self._world_of(rule.world), index, 0))
        if rows:
            schema = f"{FACTS_SCHEMA}, rule int, round int"
            table = small_table(self._spark, rows, schema).dropDuplicates(_PLACES)
            self._closure.add("axiomatic", table.join(self._closure.facts(), _PLACES, "left_anti"))

    def _spellings(self, codes: Iterable[int]) -> dict[int, str]:
        wanted = small_table(self._spark, [(code,) for code in codes], "code long")
        rows = self._encoded.terms.join(F.broadcast(wanted), "code").collect()
        return {row["code"]: row["spelling"] for row in rows}


_SAME_AS: Final = str(OWL["sameAs"])


def _is_contradiction(rule: Rule) -> bool:
    return not rule.body and not rule.head and _holds(rule)


def _holds(rule: Rule) -> bool:
    """Return whether the filters of a rule without a body pass."""
    return all(passes(condition, {}) for condition in rule.filters)


def _term(spelling: str) -> Any:
    line = f"<about:blank> <about:blank> {spelling} ."
    (quad,) = parse(line, format=RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    return quad.object
