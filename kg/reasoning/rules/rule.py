"""Rules, and how they are read from the files `ontology/rules/<rule>.rq`.

A release has the rules of its axioms in the same form: see `kg.reasoning.rules.compiled_rules`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from kg.content import own_content
from kg.errors import MalformedFile, MalformedInput, MalformedRule
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation
from kg.sources.files import read_text
from kg.statuses import Base, Status, World, standing_of

# The README beside this file explains the keys. Only compiled rules have the last two.
_KEY: Final = re.compile(
    r"((?:rule|source) \([A-Za-z-]+\)|status|passage|source|product|location|restates):(.*)"
)
NEUTRAL: Final = "neutral"
_STATUSES_IN_FILES: Final = [
    *map(Status, ["Fact", "Background", "Thesis", "Reading", "Hypothesis", "Plan"])
]


@dataclass(frozen=True)
class Rule:
    """A rule: its head holds where the body matches, the filters pass and no negation matches.

    With an aggregate, the matches of `aggregate.body` are grouped, each group gives one row (its
    keys and the computed value), and the rule matches where a match of `body` and a row agree on
    the variables they share. With an empty head, a match of the body is a contradiction. A status
    of None is neutral: conclusions are as strong as their weakest premise. `sentence` maps each
    language to a text. `location` is the file and line of the rule's axiom (`core.ttl:120`), or
    the folder and name of its file (`rules/co-hosts.rq`). `restates` says that the head says the
    same as the body in other words: by an inverse, or an equivalent property or class. A Thesis
    has the names of the `passages` that state it. `translated_source` maps languages other than
    English to the source.
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
    restates: bool = False
    passages: tuple[str, ...] = ()
    translated_source: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def base(self) -> Base:
        """The strongest base of its conclusions; to treat data as closed is a reading."""
        base = self.status.base if self.status else None
        return (base or Base.FACT) if self.is_monotone else Base.READING

    @property
    def world(self) -> World | None:
        """The world in which it applies, if it is a hypothesis or a plan."""
        standing = standing_of(self.status) if self.status else None
        return standing.world if standing else None

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
    def sources(self) -> Mapping[str, str]:
        """The source by language; the language is empty if there is no translation."""
        return {"en" if self.translated_source else "": self.source, **self.translated_source}

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


def read_own_rules(folder: Path) -> list[Rule]:
    """Read the rules of a user's folder, which need no header.

    Raises MalformedInput if there is no folder or no rule in it; for the rest see `read_rule`.
    """
    rules = read_rules(folder, needs_header=False)
    if not rules:
        reason = "contains no rule file (*.rq)" if folder.is_dir() else "is not a folder"
        raise MalformedInput(f"{folder} {reason}")
    return rules


def read_rule(
    path: Path, *, languages: Sequence[str] | None = None, needs_header: bool = True
) -> Rule:
    """Read one rule, which gets the name of its file.

    By default it needs a sentence in each language of the project. If it needs no header, one that
    lacks sentences, status and source is neutral, and its sentences give only its name. What is not
    a rule, or cannot be read, is a `MalformedRule`.
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
    rule, is_product = read_header(path, name, text, languages, defaults)
    # Imported here because rdflib's SPARQL parser takes a tenth of a second to load, which
    # callers that use only axioms do not need.
    from kg.reasoning.rules.constructs import read_construct

    head, where = read_construct(path, text, is_product=is_product)
    # Only folder and file, so that the location is the same on every machine.
    location = "/".join(path.parts[-2:])
    rule = replace(rule, head=head, location=location, restates=False, **vars(where))
    if not rule.is_monotone and (rule.status is None or rule.status.holds):
        # To treat the data as closed is the curators' decision.
        return replace(rule, status=Status.READING)
    return rule


def read_header(
    path: Path,
    name: str,
    text: str,
    languages: Sequence[str] | None,
    defaults: Mapping[str, str],
    statuses: Iterable[Status] = _STATUSES_IN_FILES,
) -> tuple[Rule, bool]:
    """Return the rule without head and body, and whether its header declares the body a product.

    The header are the `# key: value` lines at the top; a line without a key continues the last one.
    It needs a sentence in each of the languages (None: those that it has one in), and has one of
    the statuses or is neutral. The defaults are for keys that it may lack. Any other header, and a
    Thesis without a passage, is a `MalformedRule`.
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
            header[key] += ("" if key.endswith("(zh)") else " ") + content
    values = {**defaults, **header}
    if languages is None:
        languages = [key[len("rule (") : -1] for key in values if key.startswith("rule (")]
    sentences = {language: f"rule ({language})" for language in languages}
    for key in (*sentences.values(), "status", "source", *header):
        if not values.get(key):
            raise MalformedRule(path, 1, f"the header lacks '# {key}: …'")
    by_name = {NEUTRAL: None, **{status.value: status for status in statuses}}
    if values["status"] not in by_name:
        reason = f"'{values['status']}' is not a status of a rule; expected one of "
        raise MalformedRule(path, status_line, reason + ", ".join(by_name))
    status, passages = by_name[values["status"]], tuple(values.get("passage", "").split())
    if status is Status.THESIS and not passages:
        reason = "a thesis names the passage that states it; expected '# passage: p12.1'"
        raise MalformedRule(path, status_line, f"{reason}, or Reading")
    rule = Rule(
        name,
        head=(),
        body=(),
        status=status,
        sentence={language: values[key] for language, key in sentences.items()},
        source=values["source"],
        location=header.get("location", ""),
        restates="restates" in header,
        passages=passages,
        translated_source={
            key[len("source (") : -1]: text
            for key, text in header.items()
            if key.startswith("source (")
        },
    )
    return rule, "product" in header


def predicates_of(rules: Iterable[Rule]) -> set[NamedNode] | None:
    """Return the predicates that the rules mention, or None if one has a variable predicate."""
    predicates = {atom.predicate for rule in rules for atom in (*rule.head, *rule.matched_atoms)}
    named = {predicate for predicate in predicates if isinstance(predicate, NamedNode)}
    return named if len(named) == len(predicates) else None


def _read_text(path: Path) -> str:
    try:
        return read_text(path)
    except MalformedFile as error:
        raise MalformedRule(path, error.line, error.reason) from error
    except MalformedInput as error:
        raise MalformedRule(path, 1, str(error).removeprefix(f"{path}: ")) from error
