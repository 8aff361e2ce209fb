"""Findings about one part of a conclusion, and the steps of proofs that are not rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

from pyoxigraph import Triple

from kg.reasoning.proofs.proof import AnyProof, Proof
from kg.reasoning.rules.rule import Rule
from kg.statuses import Attribution, Status

# The attribution of every step: nothing here is a claim or a judgement.
FACT: Final = Attribution(Status.FACT)
# Name -> the sentence in English and in Chinese.
_STEPS: Final = {
    "same-graph": (
        "The premise has the same statement, up to names of blank nodes.",
        "前提中有相同的陈述，仅空白节点的名称可能不同。",
    ),
    "always-true": ("This holds in every interpretation.", "此陈述在任何解释中皆成立。"),
    "freezing": (
        "It holds of things of which nothing else is supposed, so it holds of all.",
        "对除此之外别无所设的事物成立，故对一切事物成立。",
    ),
    "refutation": (
        "To suppose the opposite leads to a contradiction.",
        "假设其反面会导致矛盾。",
    ),
    "comprehension": (
        "The conditions of the class expression are met.",
        "类表达式的条件均已满足。",
    ),
}


@dataclass(frozen=True)
class Finding:
    """The premises of a proof, or None if there is none; `is_exact` if then it does not follow."""

    premises: tuple[AnyProof, ...] | None
    is_exact: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether there is a proof."""
        return self.premises is not None


SHOWN: Final = Finding(())
ABSENT: Final = Finding(None)
UNDECIDED: Final = Finding(None, is_exact=False)


def all_of(findings: Iterable[Finding]) -> Finding:
    """Return that all are shown, or the first failure; a certain one outweighs others."""
    premises: list[AnyProof] = []
    failure: Finding | None = None
    for finding in findings:
        if finding.premises is not None:
            premises += finding.premises
        elif finding.is_exact:
            return finding
        else:
            failure = failure or finding
    return failure or Finding(tuple(premises))


def any_of(findings: Iterable[Finding]) -> Finding:
    """Return the first that is shown, or a failure; it is exact if all failures are."""
    is_exact = True
    for finding in findings:
        if finding.is_shown:
            return finding
        is_exact &= finding.is_exact
    return Finding(None, is_exact)


def step(triple: Triple, name: str, premises: Iterable[AnyProof], text: str) -> Proof:
    """Return a proof of the triple by a step of this kind from proofs of its premises.

    The text says the triple with its class expressions in words.
    """
    english, chinese = _STEPS[name]
    sentence = {"en": english, "zh": chinese}
    rule = Rule(f"entailment-{name}", (), (), sentence=sentence, source=f"OWL 2 semantics: {text}")
    return Proof(triple, None, FACT, rule, cast(tuple[Proof, ...], tuple(premises)))
