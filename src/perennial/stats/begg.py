"""Begg and Mazumdar's rank correlation test for funnel plot asymmetry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.asymmetry import INDEPENDENT, Floats, cautions
from perennial.stats.distributions import two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result

LARGEST_EXACT = 1000  # studies; the exact distribution of more takes seconds, and the normal one is then as good
TIED = 1e-10  # relative difference below which two values count as tied: rounding must not decide


@dataclass(frozen=True)
class Begg(Result):
    """Kendall's tau-b of the standardised estimates and their variances.

    `score` is concordant minus discordant pairs, `z` the score over its standard deviation under no association
    (corrected for ties, not for continuity). `p` is two-sided: `exact`, or by z.
    """

    k: int
    tau: float
    score: int
    z: float
    p: float
    exact: bool
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        how = "exact" if self.exact else "normal approximation"
        line = f"Begg and Mazumdar's test: k = {self.k}, Kendall's tau {self.tau:.4g}, P = {self.p:.3g} ({how})"
        return "\n".join([line, *self.warnings])


def begg(yi: ArrayLike, vi: ArrayLike, exact: bool = True) -> Begg:
    """Rank correlation of the standardised estimates with `vi`, k >= 3 (Begg & Mazumdar 1994, Biometrics 50:1088).

    The P value is from the exact distribution of Kendall's score where there is no tie and k is at most 1000, else
    from the normal one with the variance corrected for ties (Kendall & Gibbons 1990, Rank Correlation Methods, ch. 4).
    `exact=False` takes the normal one always. The same as metafor's `ranktest`; but values that differ by
    rounding alone are tied here. Raises NotEstimable where all estimates, or all variances, are alike.
    """
    yi, vi = check_effects(yi, vi)
    k = len(yi)
    if k < 3:
        raise NotEstimable(f"a rank correlation needs three studies or more, got {k}")
    deviate, error = _standardised(yi, vi)
    first, second = _ranks(deviate, error), _ranks(vi, vi)
    if not first.any():
        raise NotEstimable("all estimates are alike: they have no rank correlation with anything")
    if not second.any():
        raise NotEstimable("all sampling variances are alike: there is no spread in precision to correlate with")

    score = sum(int(np.sign(first[i] - first[:i]) @ np.sign(second[i] - second[:i])) for i in range(1, k))
    pairs = k * (k - 1) // 2
    ties = np.bincount(first), np.bincount(second)
    untied = [pairs - int((t * (t - 1)).sum()) // 2 for t in ties]
    z = score / _variance(k, *ties) ** 0.5
    exact = exact and untied == [pairs, pairs] and k <= LARGEST_EXACT
    p = min(1.0, 2 * kendall_tail((pairs - abs(score)) // 2, k)) if exact else two_sided_p(z)
    said = cautions(yi, vi)
    if untied != [pairs, pairs]:
        said += ("tied values: the P value is by normal approximation",)
    assumptions = (
        "the standardised estimates are exchangeable where the funnel is symmetric",
        "estimate and sampling variance are independent there; not so for log odds ratios, proportions",
        INDEPENDENT,
    )
    return Begg(k, score / (untied[0] * untied[1]) ** 0.5, score, z, p, exact, assumptions, said)


def kendall_tail(score: int, k: int) -> float:
    """Probability that a random order of k has at most `score` inversions (0 <= score <= k(k-1)/4).

    By the recurrence that inserts one item at a time: the j-th adds 0 to j-1 inversions, each as likely.
    """
    probability = np.zeros(score + 1)
    probability[0] = 1.0
    for j in range(2, k + 1):
        below = np.cumsum(probability)
        below[j:] -= below[:-j].copy()
        probability = below / j
    return float(probability.sum())


def _standardised(yi: Floats, vi: Floats) -> tuple[Floats, Floats]:
    """Each estimate's deviation from the common effect over its standard error, and the size of what was subtracted.

    The variance of the deviation, vi - 1/sum(w), is written as vi times the share of the others' weight, so that one
    study of overwhelming weight loses no digits.
    """
    w = 1 / vi
    before, after = np.append(0.0, np.cumsum(w)[:-1]), np.append(np.cumsum(w[::-1])[-2::-1], 0.0)
    sd = np.sqrt(vi * (before + after) / w.sum())
    centre = w @ yi / w.sum()
    return (yi - centre) / sd, (np.abs(yi) + abs(centre)) / sd


def _ranks(values: Floats, size: Floats) -> np.ndarray:
    """Dense ranks from zero; neighbours that differ by no more than the rounding of their `size` share one."""
    order = np.argsort(values, kind="stable")
    apart = np.diff(values[order]) > TIED * (size[order][1:] + size[order][:-1]) / 2
    ranks = np.zeros(len(values), dtype=int)
    ranks[order[1:]] = np.cumsum(apart)
    return ranks


def _variance(k: int, t: np.ndarray, u: np.ndarray) -> float:
    """Variance of the score with groups of `t` ties in one ranking and `u` in the other."""
    t, u = t.astype(float), u.astype(float)
    plain = k * (k - 1) * (2 * k + 5) - sum((g * (g - 1) * (2 * g + 5)).sum() for g in (t, u))
    pairs = (t * (t - 1)).sum() * (u * (u - 1)).sum()
    triples = (t * (t - 1) * (t - 2)).sum() * (u * (u - 1) * (u - 2)).sum()
    return float(plain / 18 + pairs / (2 * k * (k - 1)) + triples / (9 * k * (k - 1) * (k - 2)))
