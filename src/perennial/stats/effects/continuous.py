"""Two arms with means: mean difference, standardised mean difference (Hedges' g), ratio of means.

Means `m1i`, `m2i`, standard deviations `sd1i`, `sd2i` (>= 0) and sizes `n1i`, `n2i` (>= 1) of the first and second arm
share one shape, whose last axis is the studies of an analysis; nan where a study is absent. Impossible values raise
ValueError.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import Floats, aligned, require


def mean_difference(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
    variance: str = "separate",
) -> Effects:
    """m1 - m2 in the unit of the means (Cochrane Handbook 6.5.1.1).

    `variance` "separate" is sd1^2/n1 + sd2^2/n2; "pooled" takes one variance for both arms (metafor's `vtype="HO"`).
    """
    m1, sd1, n1, m2, sd2, n2 = _arms(m1i, sd1i, n1i, m2i, sd2i, n2i)
    undefined = {ABSENT: np.isnan(m1)}
    _one_of(variance, "separate", "pooled")
    if variance == "pooled":
        undefined[_NO_POOLED] = n1 + n2 < 3
        sd1 = sd2 = _pooled_sd(sd1, n1, sd2, n2)
    return effects("MD", "mean difference", "identity", m1 - m2, sd1**2 / n1 + sd2**2 / n2, undefined=undefined)


def standardized_mean_difference(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
    variance: str = "large_sample",
) -> Effects:
    """Hedges' g = J(n1 + n2 - 2) (m1 - m2)/pooled sd, in standard deviations, J exact (Hedges 1981, J Educ Stat 6:107).

    `variance` names an estimator of the sampling variance (metafor's `vtype`): "large_sample" (LS), 1/n1 + 1/n2 +
    g^2/(2(n1 + n2)), Hedges 1982, Psychol Bull 92:490, equation 8; "corrected" (LS2), J^2 times the same in d,
    Borenstein 2009, Handbook of Research Synthesis, equation 12.17; "unbiased" (UB), Hedges 1983, Psychol Bull
    93:388, equation 9. Fewer than four participants have no J.
    """
    m1, sd1, n1, m2, sd2, n2 = _arms(m1i, sd1i, n1i, m2i, sd2i, n2i)
    _one_of(variance, "large_sample", "corrected", "unbiased")
    df = n1 + n2 - 2
    few = df < 2
    df = np.where(few, 2, df)
    sd, j = _pooled_sd(sd1, n1, sd2, n2), hedges_j(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (m1 - m2) / sd
    g, sizes = j * d, 1 / n1 + 1 / n2
    match variance:
        case "large_sample":
            vi = sizes + g**2 / (2 * (n1 + n2))
        case "corrected":
            vi = j**2 * (sizes + d**2 / (2 * (n1 + n2)))
        case _:
            vi = sizes + (1 - (df - 2) / (df * j**2)) * g**2
    undefined = {
        ABSENT: np.isnan(m1),
        "fewer than four participants": few,
        "no standard deviation to divide by": sd == 0,
    }
    return effects("SMD", "standardised mean difference", "identity", g, vi, undefined=undefined)


def ratio_of_means(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
    variance: str = "separate",
) -> Effects:
    """log(m1/m2) with variance sd1^2/(n1 m1^2) + sd2^2/(n2 m2^2) (Hedges, Gurevitch & Curtis 1999, Ecology 80:1150).

    `variance` "pooled" puts the pooled standard deviation in both places (metafor's `vtype="HO"`). Two means of
    different sign, or a mean of zero, have no ratio to take the logarithm of.
    """
    m1, sd1, n1, m2, sd2, n2 = _arms(m1i, sd1i, n1i, m2i, sd2i, n2i)
    undefined = {ABSENT: np.isnan(m1), "the means have no positive ratio": np.sign(m1) * np.sign(m2) <= 0}
    _one_of(variance, "separate", "pooled")
    if variance == "pooled":
        undefined[_NO_POOLED] = n1 + n2 < 3
        sd1 = sd2 = _pooled_sd(sd1, n1, sd2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = np.log(m1 / m2), sd1**2 / (n1 * m1**2) + sd2**2 / (n2 * m2**2)
    return effects("ROM", "log ratio of means", "log", yi, vi, undefined=undefined)


def hedges_j(df: ArrayLike) -> Floats:
    """Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2)) for df > 1 (Hedges 1981), not its approximation."""
    df = np.asarray(df, dtype=float)
    return special.poch((df - 1) / 2, 0.5) / np.sqrt(df / 2)


_NO_POOLED = "two participants have no pooled standard deviation"


def _arms(m1i, sd1i, n1i, m2i, sd2i, n2i) -> list[Floats]:
    arms = aligned(m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i)
    _, sd1, n1, _, sd2, n2 = arms
    require(np.isnan(sd1) | ((sd1 >= 0) & (sd2 >= 0)), "standard deviations must not be negative")
    require(np.isnan(n1) | ((n1 >= 1) & (n2 >= 1)), "an arm must have a participant or more")
    return arms


def _pooled_sd(sd1: Floats, n1: Floats, sd2: Floats, n2: Floats) -> Floats:
    df = np.maximum(n1 + n2 - 2, 1)
    return np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)


def _one_of(value: str, *known: str) -> None:
    if value not in known:
        raise ValueError(f"variance must be one of {', '.join(known)}, got {value!r}")
