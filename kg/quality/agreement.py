"""Intervals of proportions, and how far two readers agree."""

import random
from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Final

# The normal quantile of a two-sided interval of 95 %.
_Z: Final = 1.959964
_RESAMPLES: Final = 10_000
Interval = tuple[float, float]


def wilson_interval(successes: int, trials: int) -> Interval:
    """Return the 95 % interval of a proportion; `trials` must be positive.

    Source: Wilson, Probable Inference, JASA 22 (1927).

    >>> [round(bound, 3) for bound in wilson_interval(23, 40)]
    [0.422, 0.715]
    """
    share, weight = successes / trials, _Z**2 / trials
    centre = (share + weight / 2) / (1 + weight)
    half = _Z * sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def clustered_interval(clusters: Sequence[tuple[int, int]], seed: int = 0) -> Interval:
    """Return the 95 % interval of a proportion whose trials come in clusters.

    Each cluster has its successes and its trials. Clusters are drawn again with replacement, and
    the interval lies between the 2.5th and the 97.5th percentile of the proportions.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    >>> clustered_interval([(4, 4), (5, 5)])
    (1.0, 1.0)
    """
    drawn, shares = random.Random(seed), []  # noqa: S311
    for _ in range(_RESAMPLES):
        sample = drawn.choices(clusters, k=len(clusters))
        shares.append(sum(hits for hits, _ in sample) / sum(trials for _, trials in sample))
    shares.sort()
    return shares[_RESAMPLES // 40], shares[-_RESAMPLES // 40 - 1]


def cohens_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the agreement of two readers beyond chance; 1.0 if both always say the same one thing.

    Source: Cohen, A Coefficient of Agreement for Nominal Scales, EPM 20 (1960).

    >>> round(cohens_kappa(["yes"] * 45 + ["no"] * 5, ["yes"] * 40 + ["no"] * 10), 3)
    0.615
    """
    names, counts = {*first, *second}, (Counter(first), Counter(second))
    chance = sum(counts[0][name] * counts[1][name] for name in names) / len(first) ** 2
    return _beyond_chance(first, second, chance)


def gwets_ac1(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the agreement of two readers beyond chance, where nearly all items are alike.

    Source: Gwet, Computing Inter-rater Reliability and its Variance in the Presence of High
    Agreement, BJMSP 61 (2008).

    >>> round(gwets_ac1(["yes"] * 118 + ["no"] * 7, ["yes"] * 118 + ["no"] * 2 + ["yes"] * 5), 3)
    0.957
    """
    names = {*first, *second}
    if len(names) < 2:
        return 1.0
    counts = Counter([*first, *second])
    shares = [counts[name] / (2 * len(first)) for name in names]
    chance = sum(share * (1 - share) for share in shares) / (len(names) - 1)
    return _beyond_chance(first, second, chance)


def _beyond_chance(first: Sequence[str], second: Sequence[str], chance: float) -> float:
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / len(first)
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)
