"""The interval of tau2 by the Q profile, and from it those of tau, I2 and H2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.distributions import check_level
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Floats, Means, Model, Regression, check_effects, check_effects_many
from perennial.stats.result import Result
from perennial.stats.tau2 import estimate, tau2_where_q_is

EMPTY = "the interval is empty: even at tau2 = 0 the estimates are closer together than chance lets expect"
EXCLUDED = "the estimate of tau2 lies outside the interval, which does not depend on the estimator"


@dataclass(frozen=True)
class QProfile(Result):
    """Estimate and interval of tau2 (squared scale), tau, I2 (percent, from tau2) and H2 (from tau2).

    Arrays with one value for each analysis where many were asked for. `empty`: no tau2 >= 0 is compatible with the data
    at this level, and both bounds are put at 0; `excludes`: the interval does not hold the estimate.
    """

    tau2: float | Floats
    tau2_low: float | Floats
    tau2_high: float | Floats
    tau: float | Floats
    tau_low: float | Floats
    tau_high: float | Floats
    i2_tau2: float | Floats
    i2_tau2_low: float | Floats
    i2_tau2_high: float | Floats
    h2_tau2: float | Floats
    h2_tau2_low: float | Floats
    h2_tau2_high: float | Floats
    empty: bool | np.ndarray
    excludes: bool | np.ndarray
    level: float
    warnings: tuple[str, ...] = ()


def q_profile(
    yi: ArrayLike, vi: ArrayLike, tau2: str = "REML", level: float = 0.95, x: ArrayLike | None = None
) -> QProfile:
    """The interval of tau2 of k >= 2 estimates `yi` with sampling variances `vi` (Viechtbauer 2007, Stat Med 26:37).

    Its bounds are where the generalised Q equals the chi-squared quantiles with k - p degrees of freedom; as Q falls to
    zero with rising tau2, the upper bound always exists. `tau2` names the estimator whose estimate is shown beside it;
    `x` is a design matrix including its constant column, for residual heterogeneity. Raises NotEstimable as
    `estimate_tau2` does.
    """
    yi, vi = check_effects(yi, vi)
    model = Means(yi[None], vi[None]) if x is None else Regression(yi, vi, x)
    if model.df[0] < 1:
        raise NotEstimable(f"an interval of tau2 needs more studies than coefficients, got {len(yi)}")
    numbers, empty, excludes = _profiles(model, tau2, level)
    warnings = [EMPTY] if empty[0] else [EXCLUDED] if excludes[0] else []
    return QProfile(*(float(each[0]) for each in numbers), bool(empty[0]), bool(excludes[0]), level, tuple(warnings))


def q_profile_many(yi: ArrayLike, vi: ArrayLike, tau2: str = "REML", level: float = 0.95) -> QProfile:
    """`q_profile` of each row of `yi` and `vi` (analyses x studies, nan where absent); nan below two studies."""
    numbers, empty, excludes = _profiles(Means(*check_effects_many(yi, vi)), tau2, level)
    few = np.isnan(numbers[0])
    counts = ((few, "fewer than two studies"), (empty, "an empty interval"), (excludes, "an estimate outside it"))
    warnings = tuple(f"{which.sum()} of {len(which)} have {what}" for which, what in counts if which.any())
    return QProfile(*numbers, empty, excludes, level, warnings)


def _profiles(model: Model, method: str, level: float) -> tuple[list[Floats], np.ndarray, np.ndarray]:
    check_level(level)
    rows = model.estimable
    tails = (1 - level) / 2, (1 + level) / 2
    few, many = (special.chdtri(np.maximum(model.df, 1), tail) for tail in tails)  # Q is rarely above, and below, these
    low, high, tau2 = tau2_where_q_is(model, few), tau2_where_q_is(model, many), estimate(model, method)
    q, _, trace = np.full((3, len(model.df)), np.nan)
    q[rows], _, trace[rows] = model.moments(rows)
    empty = q < many
    slack = 1e-9 * (high + model.least)  # an estimate on a bound is inside
    excludes = ~empty & ((tau2 < low - slack) | (tau2 > high + slack))
    relative = trace / np.maximum(model.df, 1)  # 1 / typical sampling variance
    bounds = (tau2, low, high)
    ratios = [each * relative for each in bounds]
    i2, h2 = [100 * each / (1 + each) for each in ratios], [1 + each for each in ratios]
    return [*bounds, *map(np.sqrt, bounds), *i2, *h2], empty, excludes
