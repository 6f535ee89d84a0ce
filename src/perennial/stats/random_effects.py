"""Inverse-variance random-effects pooling of estimates with known sampling variances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.distributions import chi2_p, critical_value
from perennial.stats.errors import NotEstimable

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q with its degrees of freedom and P value; I2 in percent, from Q and from tau2."""

    q: float
    q_df: int
    q_p: float | None
    i2: float
    i2_tau2: float


@dataclass(frozen=True)
class RandomEffects:
    """A pooled mean on the scale of the estimates.

    `df` is None where the interval is by the normal distribution; `weights` are percentages of the total.
    """

    mean: float
    se: float
    df: int | None
    ci_low: float
    ci_high: float
    tau2: float
    heterogeneity: Heterogeneity
    weights: Floats


def tau2_dl(yi: Floats, vi: Floats) -> float:
    """DerSimonian & Laird (1986, Control Clin Trials 7:177), truncated at zero."""
    w = 1 / vi
    q, scale = _q(yi, w), w.sum() - (w**2).sum() / w.sum()
    return max(0.0, (q - (len(yi) - 1)) / scale)


def tau2_reml(yi: Floats, vi: Floats) -> float:
    """Restricted maximum likelihood (Viechtbauer 2005, J Educ Behav Stat 30:261).

    The restricted likelihood can have several maxima. Its score is followed over a grid that spans every scale the
    data have, each sign change is bisected, and the highest maximum (zero among them) is returned.
    """

    def moments(tau2: Floats) -> tuple[Floats, Floats, Floats]:
        w = 1 / (vi[:, None] + tau2)
        mean = (w * yi[:, None]).sum(0) / w.sum(0)
        return w, w.sum(0), yi[:, None] - mean

    def score(tau2: Floats) -> Floats:
        w, total, residual = moments(tau2)
        return ((w * residual) ** 2).sum(0) - total + (w**2).sum(0) / total

    def log_likelihood(tau2: Floats) -> Floats:
        w, total, residual = moments(tau2)
        return (np.log(w).sum(0) - np.log(total) - (w * residual**2).sum(0)) / 2

    largest = len(yi) * np.ptp(yi) ** 2 + vi.max()  # beyond it the score is negative
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * min(vi.min(), largest), largest, 400)])
    slope = score(grid)
    rises_then_falls = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    low, high = grid[rises_then_falls], grid[rises_then_falls + 1]
    for _ in range(100):
        middle = (low + high) / 2
        up = score(middle) > 0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    candidates = np.concatenate([[0.0], (low + high) / 2])
    return float(candidates[np.argmax(log_likelihood(candidates))])


TAU2 = {"DL": tau2_dl, "REML": tau2_reml}


def heterogeneity(yi: Floats, vi: Floats, tau2: float) -> Heterogeneity:
    """Q (Cochran 1954), I2 from Q and I2 from `tau2` with the typical variance of Higgins & Thompson (2002)."""
    w, df = 1 / vi, len(yi) - 1
    q = _q(yi, w)
    return Heterogeneity(q, df, chi2_p(q, df), i2_from_q(q, df), i2_from_tau2(tau2, vi))


def i2_from_q(q: float, df: int) -> float:
    """I2 in percent as (Q - df)/Q, truncated at zero (Higgins & Thompson 2002, Stat Med 21:1539)."""
    return 100 * max(0.0, (q - df) / q) if q > 0 else 0.0


def i2_from_tau2(tau2: float, vi: Floats) -> float:
    """I2 in percent as tau2 / (tau2 + typical sampling variance) (Higgins & Thompson 2002, equation 9)."""
    w = 1 / vi
    typical = (len(vi) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
    return float(100 * tau2 / (tau2 + typical))


def random_effects(
    yi: ArrayLike, vi: ArrayLike, tau2: str = "REML", interval: str = "wald", level: float = 0.95
) -> RandomEffects:
    """Pool `yi` with sampling variances `vi` (each of length k >= 2, vi > 0).

    `tau2` is "DL" or "REML". `interval` is "wald" (normal), "hartung_knapp" (t with k-1; Knapp & Hartung 2003, Stat Med
    22:2693) or "hartung_knapp_adhoc", whose standard error is never below the Wald one (Rover et al 2015, BMC Med Res
    Methodol 15:99). Raises NotEstimable for fewer than two studies or a variance that is not positive.
    """
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    k = len(yi)
    if k < 2:
        raise NotEstimable(f"between-study variance needs two studies or more, got {k}")
    if not (np.all(np.isfinite(yi)) and np.all(np.isfinite(vi)) and np.all(vi > 0)):
        raise NotEstimable("every estimate must be finite and every sampling variance positive")

    between = TAU2[tau2](yi, vi)
    w = 1 / (vi + between)
    mean, se, df = float((w * yi).sum() / w.sum()), float(w.sum() ** -0.5), None
    if interval != "wald":
        spread = _q(yi, w) / (k - 1)
        if interval == "hartung_knapp_adhoc":
            spread = max(1.0, spread)
        elif spread < 1e-20:
            raise NotEstimable("the estimates are all equal: the Hartung-Knapp standard error is zero")
        se, df = se * spread**0.5, k - 1
    half = critical_value(level, df) * se
    return RandomEffects(
        mean, se, df, mean - half, mean + half, between, heterogeneity(yi, vi, between), 100 * w / w.sum()
    )


def _q(yi: Floats, w: Floats) -> float:
    mean = (w * yi).sum() / w.sum()
    return float((w * (yi - mean) ** 2).sum())
