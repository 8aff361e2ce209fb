"""Rules, and how they are read from the files `ontology/rules/<rule>.rq`.

A release has the rules of its axioms in the same form: see `kg.reasoning.rules.compiled_rules`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Variable

from kg.content import own_content
from kg.errors import MalformedFile, MalformedInput, MalformedRule
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation
from kg.sources.files import read_text
from kg.statuses import Status

# The README beside this file explains the keys. Only compiled rules have a `location`.
_KEY: Final = re.compile(r"(rule \([A-Za-z-]+\)|status|source|product|location):(.*)")
NEUTRAL: Final = "neutral"
_STATUSES_IN_FILES: Final = [*map(Status, ["Fact", "Background", "Thesis", "Hypothesis", "Plan"])]


@dataclass(frozen=True)
class Rule:
    """A rule: its head holds where the body matches, the filters pass and no negation matches.

    With an aggregate, the matches of `aggregate.body` are grouped, each group gives one row (its
    keys and the computed value), and the rule matches where a match of `body` and a row agree on
    the variables they share. With an empty head, a match of the body is a contradiction. A status
    of None is neutral: conclusions are as strong as their weakest premise. `sentence` maps each
    language to a text. `location` is the file and line of the rule's axiom (`core.ttl:120`), or
    the folder and name of its file (`rules/co-hosts.rq`).
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
    folder: Path | None = None, *, languages: Sequence[str] | None = None, needs_header: bool = True
) -> list[Rule]:
    """Read the rules of all `.rq` files directly in a folder, sorted by name.

    By default these are the project's own rules. For the rest see `read_rule`.
    """
    paths = sorted((folder or own_content().rules).glob("*.rq"))
    return [read_rule(path, languages=languages, needs_header=needs_header) for path in paths]


def read_rule(
    path: Path, *, languages: Sequence[str] | None = None, needs_header: bool = True
) -> Rule:
    """Read one rule, which gets the name of its file.

    By default it needs a sentence in each language of the project. If it needs no header, one that
    lacks sentences, status and source is neutral, and its sentences give only its name.

    Raises:
        MalformedRule: file name, header or query are not those of a rule, or the file is not UTF-8
            or cannot be opened.
    """
    text, name = _read_text(path), path.stem
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        reason = "expected a file name of lower-case letters, digits and hyphens"
        raise MalformedRule(path, 1, reason)
    defaults: dict[str, str] = {}
    if not needs_header:
        languages = ("en", "zh")
        sentences = {"rule (en)": f"The rule {name}.", "rule (zh)": f"规则 {name}。"}
        defaults = {**sentences, "status": NEUTRAL, "source": path.name}
    elif languages is None:
        languages = own_content().languages
    sentence, status, source, is_product, _ = read_header(path, text, languages, defaults)
    # Imported here because rdflib's SPARQL parser takes a tenth of a second to load, which
    # callers that use only axioms do not need.
    from kg.reasoning.rules.constructs import read_construct

    head, where = read_construct(path, text, is_product=is_product)
    # Only folder and file, so that the location is the same on every machine.
    location = "/".join(path.parts[-2:])
    rule = Rule(name, head, where.body, where.filters, status, sentence, source, location)
    return replace(rule, negated=where.negated, aggregate=where.aggregate)


class RuleHeader(NamedTuple):
    """The header of a rule; `location` is empty unless it is that of a compiled rule."""

    sentence: Mapping[str, str]
    status: Status | None
    source: str
    is_product: bool
    location: str


def read_header(
    path: Path,
    text: str,
    languages: Sequence[str] | None,
    defaults: Mapping[str, str],
    statuses: Iterable[Status] = _STATUSES_IN_FILES,
) -> RuleHeader:
    """Parse the `# key: value` lines at the top; a line without a key continues the last one.

    The rule needs a sentence in each of the languages (None: those that it has one in), and may
    have one of the statuses or be neutral. The defaults are for keys that the header may lack.

    Raises:
        MalformedRule: a line is missing or empty, or the rule cannot have the status.
    """
    header: dict[str, str] = {}
    status_line, key = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        content = line.lstrip("# ").rstrip()
        if match := _KEY.fullmatch(content):
            key = match[1]
            header[key] = match[2].strip()
            status_line = number if key == "status" else status_line
        elif key:
            # Chinese text has no space at a line break.
            header[key] += ("" if key == "rule (zh)" else " ") + content
    values = {**defaults, **header}
    if languages is None:
        languages = [key[len("rule (") : -1] for key in values if key.startswith("rule (")]
    sentences = {language: f"rule ({language})" for language in languages}
    for key in (*sentences.values(), "status", "source", *header):
        if not values.get(key):
            raise MalformedRule(path, 1, f"the header lacks '# {key}: …'")
    by_name = {NEUTRAL: None, **{status.value: status for status in statuses}}
    status, location = values["status"], header.get("location", "")
    if status not in by_name:
        reason = f"'{status}' is not a status of a rule; expected one of {', '.join(by_name)}"
        raise MalformedRule(path, status_line, reason)
    texts = {language: values[key] for language, key in sentences.items()}
    return RuleHeader(texts, by_name[status], values["source"], "product" in header, location)


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
