"""Trim and fill: what the pooled estimate would be if the funnel plot were made symmetric."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.asymmetry import INDEPENDENT, Floats, cautions, weighted_line
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.random_effects import RandomEffects, random_effects
from perennial.stats.result import Result
from perennial.stats.tau2 import estimated_or_given

ESTIMATORS = ("L0", "R0", "Q0")
TIED = 1e-10  # relative difference below which two distances from the centre count as equal: rounding must not decide


@dataclass(frozen=True)
class TrimAndFill(Result):
    """`k0` studies are filled in on the `side`; `adjusted` pools the k observed and the filled, `observed` the k alone.

    `k0_se` is the standard error of the estimated number before rounding, None where its variance is negative; `k0_p`
    tests that none is missing (R0 alone). `filled_yi` mirror the most extreme estimates about `centre`, the mean of
    the trimmed funnel; `filled_vi` are their variances.
    """

    k: int
    k0: int
    k0_se: float | None
    k0_p: float | None
    estimator: str
    side: str
    centre: float
    observed: RandomEffects
    adjusted: RandomEffects
    filled_yi: Floats
    filled_vi: Floats
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        found = f"Trim and fill ({self.estimator}): k = {self.k}, {self.k0} filled on the {self.side}"
        change = f"mean {self.observed.mean:.4g} as observed, {self.adjusted.mean:.4g} with the filled"
        return "\n".join([found, change, *self.warnings])


def trim_and_fill(
    yi: ArrayLike,
    vi: ArrayLike,
    estimator: str = "L0",
    side: str | None = None,
    tau2: str | float = "REML",
    interval: str = "wald",
    level: float = 0.95,
) -> TrimAndFill:
    """Estimate how many studies a symmetric funnel lacks, and fill them in (Duval & Tweedie 2000, Biometrics 56:455).

    `yi` and `vi` have length k >= 3. `estimator` is one of ESTIMATORS. `side` is where studies are thought to lack,
    "left" or "right"; by default left, or right where the estimates fall with their standard error (mixed-effects
    Egger regression, as in metafor's `trimfill`). `tau2` is any method of `estimate_tau2`, or 0 for a common effect;
    `interval` and `level` are those of `random_effects`. Raises NotEstimable for fewer studies, where no side can be
    told since all variances are alike, where the rounds of trimming do not settle, and where Q0 is undefined.
    """
    yi, vi = check_effects(yi, vi)
    if estimator not in ESTIMATORS:
        raise ValueError(f"estimator must be one of {', '.join(ESTIMATORS)}, got {estimator!r}")
    if side not in (None, "left", "right"):
        raise ValueError(f'side must be "left", "right" or None, got {side!r}')
    k = len(yi)
    if k < 3:
        raise NotEstimable(f"trim and fill needs three studies or more, got {k}")

    side = side or _steeper_side(yi, vi, tau2)
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * yi, kind="stable")
    y, v = sign * yi[order], vi[order]
    k0, seen = 0, []
    while k0 not in seen:
        seen.append(k0)
        centre = _centre(y[: k - k0], v[: k - k0], tau2)
        k0, k0_se, tied = _missing(y - centre, np.abs(y).max(), estimator)
    if k0 != seen[-1]:
        raise NotEstimable(f"the trimming does not settle: it goes round {seen[seen.index(k0) :]} studies")

    filled_yi, filled_vi = sign * (2 * centre - y[k - k0 :]), v[k - k0 :]
    if k0 == 0:
        filled_yi, filled_vi = np.empty(0), np.empty(0)
    said = cautions(yi, vi)
    if np.ptp(yi) <= TIED * np.abs(yi).max():
        said += ("all estimates are alike: there is nothing to trim",)
    elif tied:
        said += ("estimates lie equally far on both sides of the centre: k0 depends on which is ranked first",)
    return TrimAndFill(
        k,
        k0,
        k0_se,
        0.5 ** (k0 + 1) if estimator == "R0" else None,
        estimator,
        side,
        sign * centre,
        random_effects(yi, vi, tau2, interval, level),
        random_effects(np.append(yi, filled_yi), np.append(vi, filled_vi), tau2, interval, level),
        filled_yi,
        filled_vi,
        (
            "the funnel is symmetric but for studies that lack on one side, those with the most extreme estimates",
            "a sensitivity analysis: the filled studies are no data",
            INDEPENDENT,
        ),
        said,
    )


def _steeper_side(yi: Floats, vi: Floats, tau2: str | float) -> str:
    sei = np.sqrt(vi)
    if np.ptp(sei) <= 1e-12 * sei.max():
        raise NotEstimable("all sampling variances are alike: say on which side studies are thought to lack")
    between = estimated_or_given(yi, vi, tau2, np.column_stack([np.ones_like(sei), sei]))
    line = weighted_line(yi, sei, 1 / (vi + between), "standard error")
    return "right" if line.slope < 0 else "left"


def _centre(y: Floats, v: Floats, tau2: str | float) -> float:
    w = 1 / (v + (estimated_or_given(y, v, tau2) if len(y) > 1 else 0.0))
    return float(w @ y / w.sum())


def _missing(deviation: Floats, size: float, estimator: str) -> tuple[int, float | None, bool]:
    """Number of studies that lack below, from deviations in rising order, and its standard error before rounding.

    The last value tells of ties between the sides. Distances that differ by rounding of estimates of this `size` are
    ties; of ties the one below the centre ranks first, as in metafor.
    """
    k, distance = len(deviation), np.abs(deviation)
    order = np.argsort(distance, kind="stable")
    level = np.zeros(k, dtype=int)
    level[order[1:]] = np.cumsum(np.diff(distance[order]) > TIED * size)
    rank = np.empty(k, dtype=int)
    rank[np.argsort(level, kind="stable")] = np.arange(1, k + 1)
    above, below = deviation > TIED * size, deviation < -TIED * size
    if not (above.any() or below.any()):
        return 0, None, False

    if estimator == "R0":
        found = k - int(rank[below].max(initial=0)) - 1
        variance, scale = 2 * max(0, found) + 2.0, 1.0
    else:
        rank_sum = int(rank[above].sum())
        if estimator == "L0":
            found = (4 * rank_sum - k * (k + 1)) / (2 * k - 1)
            scale = 4 / (2 * k - 1)
        else:
            square = 2 * k**2 - 4 * rank_sum + 0.25
            if square <= 0:
                raise NotEstimable("Q0 is not defined where almost all distances lie above the centre: take L0 or R0")
            found = k - 0.5 - square**0.5
            scale = 2 / square**0.5
        cubic = 10 * found**3 + 27 * found**2 + 17 * found - 18 * k * found**2 - 18 * k * found + 6 * k**2 * found
        variance = (k * (k + 1) * (2 * k + 1) + cubic) / 24
    k0 = max(0, round(found))
    if k0 > k - 1:
        raise NotEstimable("as many studies are found to lack as there are: nothing is left to pool")
    tied = bool(np.intersect1d(level[above], level[below]).size)
    return k0, scale * variance**0.5 if variance >= 0 else None, tied
