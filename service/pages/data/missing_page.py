"""The page that says why a statement does not hold in any data, and what it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from pyoxigraph import BlankNode, Literal, Triple

from service.pages.data.proofs_page import FIELDS, read_rule, read_triple
from service.pages.data.terms import DataTerms
from service.pages.reasons.explain_page import Gap, NearRule

# Known statements about the subject that are shown.
MOST_KNOWN: Final = 30


@dataclass(frozen=True)
class Missing:
    """The gaps before a triple follows, as `write_gaps` writes them, and the known statements.

    These have the same subject and property.
    """

    goal: Triple
    document: Mapping[str, Any]
    known: Sequence[Triple] = ()

    def triples(self) -> list[Triple]:
        """Return every triple that the page mentions."""
        nearest = self.document["nearest"]
        present = [read_triple(one) for miss in nearest for one in miss["present"]]
        return [self.goal, *self.known, *present, *(read_triple(one["missing"]) for one in nearest)]


def write_missing_page(
    terms: DataTerms, missing: Missing, asked: Mapping[str, str], path: str
) -> bytes:
    """Write the page with the form; `asked` has what was typed, by the names of the fields."""
    return terms.write_page(
        "data-missing.html",
        title=f"{terms.words['why-not']} {terms.statement(missing.goal).striptags()}",
        path=path,
        goal=missing.goal,
        known=[(triple, _why(terms, triple)) for triple in missing.known],
        gaps=[_read_gap(terms, miss) for miss in missing.document["nearest"]],
        rules=[
            (name, next(iter(terms.own_texts(sentences)), None))
            for name, sentences in map(read_rule, missing.document["rules"])
        ],
        itself=_suppose(missing.goal),
        asked={name: asked.get(name, "") for name in FIELDS},
    )


def _read_gap(terms: DataTerms, miss: Mapping[str, Any]) -> Gap:
    lacking = read_triple(miss["missing"])
    present = [read_triple(one) for one in miss["present"]]
    name, sentences = read_rule(miss["plan"])
    sentence: Literal | None = next(iter(terms.own_texts(sentences)), None)
    held = [(terms.statement(one), _why(terms, one)) for one in present]
    return Gap(terms.statement(lacking), _suppose(lacking), [NearRule(name, None, sentence, held)])


def _suppose(triple: Triple) -> list[tuple[str, str]]:
    """Return the fields of a form of `/whatif` that supposes a triple; none for a blank node."""
    if any(isinstance(term, BlankNode) for term in triple):
        return []
    return [("update", f"INSERT DATA {{ {triple} }}")]


def _why(terms: DataTerms, triple: Triple) -> str:
    """Return the address of the explanation of a triple; "" if an address cannot name it."""
    if any(isinstance(term, BlankNode) for term in triple):
        return ""
    return terms.local(f"/explain?{urlencode(dict(zip(FIELDS, map(str, triple), strict=True)))}")
