"""Rules, and how they are read from the files `ontology/rules/<rule>.rq`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import MalformedFile, MalformedInput, MalformedRule
from kg.paths import ONTOLOGY_FOLDER
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation
from kg.sources.files import read_text
from kg.statuses import Status

_REQUIRED_KEYS: Final = ("rule (en)", "rule (zh)", "status", "source")
# `product` gives the reason why the body may be a cross product: two parts that share no variable.
# A body that is one without this line is refused; see the README beside this file.
_OPTIONAL_KEYS: Final = ("product",)
_STATUSES: Final[Mapping[str, Status | None]] = {
    "neutral": None,
    **{
        status.value: status
        for status in (
            Status.FACT,
            Status.BACKGROUND,
            Status.THESIS,
            Status.HYPOTHESIS,
            Status.PLAN,
        )
    },
}


@dataclass(frozen=True)
class Rule:
    """A rule: its head holds where the body matches, the filters pass and no negation matches.

    With an aggregate, the matches of `aggregate.body` are grouped, each group gives one row (its
    keys and the computed value), and the rule matches where a match of `body` and a row agree on
    the variables they share. With an empty head, a match of the body is a contradiction. A status
    of None is neutral: conclusions are as strong as their weakest premise. `sentence` has the keys
    "en" and "zh". `location` is the file and line of the rule's axiom (`core.ttl:120`), or the
    folder and name of its file (`rules/co-hosts.rq`).
    """

    name: str
    head: tuple[Atom, ...]
    body: tuple[Atom, ...]
    filters: tuple[Expression, ...] = ()
    status: Status | None = None
    sentence: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    location: str = ""
    negated: tuple[Negation, ...] = ()
    aggregate: Aggregate | None = None

    @property
    def is_monotone(self) -> bool:
        """Whether additional premises never invalidate what the rule derives."""
        return not self.negated and self.aggregate is None

    @property
    def non_monotone_atoms(self) -> tuple[Atom, ...]:
        """The patterns in aggregates and negations, whose matches must be complete beforehand."""
        grouped = self.aggregate.body if self.aggregate else ()
        return *grouped, *(atom for negation in self.negated for atom in negation.body)

    @property
    def matched_atoms(self) -> tuple[Atom, ...]:
        """Every pattern that the rule matches: those of body, aggregate and negations."""
        return *self.body, *self.non_monotone_atoms


def read_rules(
    folder: Path = ONTOLOGY_FOLDER / "rules", *, needs_header: bool = True
) -> list[Rule]:
    """Read the rules of all `.rq` files directly in the folder, sorted by name.

    Raises:
        MalformedRule: a file is not a rule; see `read_rule`.
    """
    return [read_rule(path, needs_header=needs_header) for path in sorted(folder.glob("*.rq"))]


def read_rule(path: Path, *, needs_header: bool = True) -> Rule:
    """Read one rule, which gets the name of its file.

    Args:
        path: `<rule>.rq`.
        needs_header: whether sentence, status and source are required. A rule without them is
            neutral, and its sentence gives only its name.

    Raises:
        MalformedRule: the file name or the header is not well-formed, the query is not a rule, or
            the file cannot be opened or is not UTF-8.
    """
    text = _read_text(path)
    name = path.stem
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        reason = "expected a file name of lower-case letters, digits and hyphens"
        raise MalformedRule(path, 1, reason)
    if needs_header:
        header, lines = _header(path, text, _REQUIRED_KEYS)
    else:
        defaults = (f"The rule {name}.", f"规则 {name}。", "neutral", path.name)
        given, lines = _header(path, text, ())
        header = dict(zip(_REQUIRED_KEYS, defaults, strict=True)) | given
    if header["status"] not in _STATUSES:
        allowed = ", ".join(_STATUSES)
        reason = f"'{header['status']}' is not a status of a rule; expected one of {allowed}"
        raise MalformedRule(path, lines["status"], reason)
    # Imported here because rdflib's SPARQL parser takes a tenth of a second to load, which
    # callers that use only axioms do not need.
    from kg.reasoning.rules.constructs import read_construct

    head, where = read_construct(path, text, is_product="product" in header)
    return Rule(
        name=name,
        head=head,
        body=tuple(where.body),
        filters=tuple(where.filters),
        status=_STATUSES[header["status"]],
        sentence={"en": header["rule (en)"], "zh": header["rule (zh)"]},
        source=header["source"],
        negated=tuple(where.negated),
        aggregate=where.aggregate,
        # Only folder and file, so that the location is the same on every machine.
        location="/".join(path.parts[-2:]),
    )


def predicates_of(rules: Iterable[Rule]) -> set[NamedNode] | None:
    """Return the predicates that the rules mention, or None if one has a variable predicate."""
    predicates = {atom.predicate for rule in rules for atom in (*rule.head, *rule.matched_atoms)}
    if any(isinstance(predicate, Variable) for predicate in predicates):
        return None
    return {predicate for predicate in predicates if isinstance(predicate, NamedNode)}


def _read_text(path: Path) -> str:
    try:
        return read_text(path)
    except MalformedFile as error:
        raise MalformedRule(path, error.line, error.reason) from error
    except MalformedInput as error:
        raise MalformedRule(path, 1, str(error).removeprefix(f"{path}: ")) from error


def _header(
    path: Path, text: str, required: Sequence[str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Parse the `# key: value` lines at the top; a line without a key continues the last one.

    Returns:
        The value of each key, and the number of the line with the key.
    """
    header: dict[str, str] = {}
    lines: dict[str, int] = {}
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        content = line.lstrip("# ").rstrip()
        name, colon, value = content.partition(":")
        if colon and name in _REQUIRED_KEYS + _OPTIONAL_KEYS:
            key = name
            header[key], lines[key] = value.strip(), number
        elif key:
            # Chinese text has no space at a line break.
            header[key] += ("" if key == "rule (zh)" else " ") + content
    missing = [name for name in (*required, *header) if not header.get(name)]
    if missing:
        raise MalformedRule(path, 1, f"the header lacks '# {missing[0]}: …'")
    return header, lines
