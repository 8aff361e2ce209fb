"""A rule: head, body, sentence; read from the files `ontology/rules/<rule>.rq`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.errors import MalformedFile, MalformedInput, MalformedRule
from kg.paths import ONTOLOGY_FILES
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation
from kg.sources.files import text_of
from kg.statuses import Status

_HEADER_KEYS: Final = ("rule (en)", "rule (zh)", "status", "source")
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
    """If the body holds, the filters pass and nothing negated is there, the head holds.

    With an aggregate, the body is joined to the row of each group. An empty head says that the
    body is a contradiction. A status of None is neutral: the rule weakens nothing. `sentence`
    has the keys "en" and "zh". `place` is where the rule is written: file and line of its axiom
    (`core.ttl:120`), or folder and file (`rules/co-hosts.rq`).
    """

    name: str
    head: tuple[Atom, ...]
    body: tuple[Atom, ...]
    filters: tuple[Filter, ...] = ()
    status: Status | None = None
    sentence: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    place: str = ""
    negated: tuple[Negation, ...] = ()
    aggregate: Aggregate | None = None

    @property
    def is_monotone(self) -> bool:
        """Whether more premises never take away what it derives."""
        return not self.negated and self.aggregate is None

    @property
    def absent_or_grouped(self) -> tuple[Atom, ...]:
        """The patterns that must be complete before the rule is asked."""
        grouped = self.aggregate.body if self.aggregate else ()
        return *grouped, *(atom for negation in self.negated for atom in negation.body)

    @property
    def atoms_read(self) -> tuple[Atom, ...]:
        """Every pattern that is matched: the body, what is grouped and what is negated."""
        return *self.body, *self.absent_or_grouped


def read_rules(folder: Path = ONTOLOGY_FILES / "rules", *, needs_header: bool = True) -> list[Rule]:
    """The rules of all `.rq` files directly in the folder, by name.

    Raises:
        MalformedRule: a file is not one CONSTRUCT rule, or lacks the header that it needs.
    """
    return [read_rule(path, needs_header=needs_header) for path in sorted(folder.glob("*.rq"))]


def read_rule(path: Path, *, needs_header: bool = True) -> Rule:
    """The rule of this file, named as the file.

    Args:
        path: `<rule>.rq`.
        needs_header: whether sentence, status and source have to be there; without them a rule
            is neutral and is told by its name.

    Raises:
        MalformedRule: the header lacks a sentence or a status, or the query is no rule; or the
            file cannot be opened, or is not UTF-8.
    """
    text = _text(path)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem):
        raise MalformedRule(path, 1, "a rule file is named in small letters, digits and hyphens")
    unsaid = {} if needs_header else _unsaid(path)
    header = unsaid | _header(path, text, () if unsaid else _HEADER_KEYS)
    if header["status"] not in _STATUSES:
        allowed = ", ".join(_STATUSES)
        reason = f"'{header['status']}' is no status of a rule; one of {allowed} is"
        raise MalformedRule(path, _line_of(text, "# status:"), reason)
    # Its SPARQL parser takes a tenth of a second to import, which axioms alone do not need.
    from kg.reasoning.rules.constructs import read_construct

    construct = read_construct(path, text, is_product="product" in header)
    return Rule(
        name=path.stem,
        head=construct.head,
        body=construct.body,
        filters=construct.filters,
        status=_STATUSES[header["status"]],
        sentence={"en": header["rule (en)"], "zh": header["rule (zh)"]},
        source=header["source"],
        negated=construct.negated,
        aggregate=construct.aggregate,
        # Without what stands above the folder, which is another on each machine.
        place="/".join(path.parts[-2:]),
    )


def _text(path: Path) -> str:
    try:
        return text_of(path)
    except MalformedFile as error:
        raise MalformedRule(path, error.line, error.reason) from error
    except MalformedInput as error:
        raise MalformedRule(path, 1, str(error).removeprefix(f"{path}: ")) from error


def _unsaid(path: Path) -> dict[str, str]:
    """What stands for a header that is not there."""
    name = path.stem
    return {
        "rule (en)": f"The rule {name}.",
        "rule (zh)": f"规则 {name}。",
        "status": "neutral",
        "source": path.name,
    }


def _header(path: Path, text: str, needed: Sequence[str]) -> dict[str, str]:
    """The `# key: value` lines at the head of the file; a line without a key continues one."""
    header: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        content = line.lstrip("# ").rstrip()
        name, colon, value = content.partition(":")
        if colon and name in _HEADER_KEYS + _OPTIONAL_KEYS:
            key = name
            header[key] = value.strip()
        elif key:
            # Chinese is written without a space where a line was broken.
            space = "" if key == "rule (zh)" else " "
            header[key] += space + content
    missing = [name for name in (*needed, *header) if not header.get(name)]
    if missing:
        raise MalformedRule(path, 1, f"the header lacks '# {missing[0]}: …'")
    return header


def _line_of(text: str, start: str) -> int:
    lines = text.splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))
