"""Many meta-analyses pooled together: the arithmetic of one, on arrays (analyses x studies)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.distributions import chi2_ps, critical_value, critical_values, two_sided_ps
from perennial.stats.quadratic_forms import Floats, Means, check_effects_many
from perennial.stats.result import Result, counted
from perennial.stats.tau2 import estimate, given

INTERVALS = ("wald", "t", "hartung_knapp", "hartung_knapp_adhoc")


@dataclass(frozen=True)
class ManyEffects(Result):
    """Pooled means of many analyses; every field but `warnings` is an array with one value for each.

    `k` studies; `mean`, `se`, `ci_low`, `ci_high` on the scale of the estimates; `df` of the t distribution, nan where
    the interval is by the normal one; `p` of the hypothesis that the mean is zero; `tau2` on the squared scale; Q with
    degrees of freedom and P value; `i2`, `h2` from Q and `i2_tau2`, `h2_tau2` from tau2 (I2 in percent); `narrow` where
    a Hartung-Knapp interval is narrower than the Wald one. What an analysis does not have is nan, and `warnings` say
    why.
    """

    k: NDArray[np.intp]
    mean: Floats
    se: Floats
    df: Floats
    ci_low: Floats
    ci_high: Floats
    p: Floats
    tau2: Floats
    q: Floats
    q_df: NDArray[np.intp]
    q_p: Floats
    i2: Floats
    i2_tau2: Floats
    h2: Floats
    h2_tau2: Floats
    narrow: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        analyses, estimates = (
            counted(len(self.k), "analysis", "analyses"),
            counted(self.k.sum(), "estimate", "estimates"),
        )
        return "\n".join([f"{analyses} of {estimates}", *self.warnings])


def random_effects_many(
    yi: ArrayLike, vi: ArrayLike, tau2: str | ArrayLike = "REML", interval: str = "wald", level: float = 0.95
) -> ManyEffects:
    """Pool each row of `yi` and `vi` (analyses x studies, nan where an analysis lacks a study).

    The same values as `random_effects` for each row. `tau2` is a method, or a known value (one for all or one for each
    row), 0 for a common effect. A row of one study has that study's estimate with a normal interval, and a tau2 of zero
    where it would have to be estimated; a row of none has nan; `warnings` tell of both. Raises NotEstimable where a
    variance is not positive.
    """
    check_interval(interval)
    model = Means(*check_effects_many(yi, vi))
    if isinstance(tau2, str):
        between = np.where(model.k == 1, 0.0, estimate(model, tau2))
    else:
        between = np.broadcast_to(given(tau2), model.k.shape)
    return _pool(model, between, interval, level, isinstance(tau2, str))


def check_interval(interval: str) -> None:
    if interval not in INTERVALS:
        raise ValueError(f"the interval is one of {', '.join(INTERVALS)}, not {interval!r}")


def common_effect_many(yi: ArrayLike, vi: ArrayLike, level: float = 0.95) -> ManyEffects:
    """The common-effect mean of each row of `yi` and `vi`; tau2 is zero by assumption. See random_effects_many."""
    return random_effects_many(yi, vi, 0.0, "wald", level)


def weights(vi: ArrayLike, tau2: ArrayLike = 0.0) -> Floats:
    """Inverse-variance weights in percent of the total: of one analysis, or of each row of many (tau2 one for each)."""
    w = 1 / (np.asarray(vi, dtype=float) + np.asarray(tau2, dtype=float)[..., None])
    return 100 * w / np.nansum(w, axis=-1, keepdims=True)


def _pool(model: Means, between: Floats, interval: str, level: float, estimated: bool) -> ManyEffects:
    some, several = np.flatnonzero(model.k > 0), model.estimable

    def of(rows: NDArray[np.intp], values: Floats) -> Floats:
        whole = np.full(len(model.k), np.nan)
        whole[rows] = values
        return whole

    mean, se, spread = (of(some, values) for values in model.pooled(some, between[some]))
    wald = se
    df, warnings = np.full(len(model.k), np.nan), []
    if interval != "wald":
        df[several] = model.df[several]
    if interval.startswith("hartung_knapp"):
        scale = of(several, spread[several] / model.df[several])
        if interval == "hartung_knapp_adhoc":
            scale = np.maximum(1.0, scale)
        equal = scale < 1e-20
        if equal.any():
            warnings.append(f"{equal.sum()} of estimates all equal: the Hartung-Knapp standard error is zero")
        se = se * np.sqrt(np.where(equal, np.nan, np.where(model.k == 1, 1.0, scale)))
    if (model.k == 1).any():
        put = ", tau2 is put at zero" if estimated else ""
        warnings.append(f"{(model.k == 1).sum()} of one study: its own estimate and normal interval{put}")
    if (model.k == 0).any():
        warnings.append(f"{(model.k == 0).sum()} of no study: nothing is estimated")

    q, _, trace = (of(several, values) for values in model.moments(several))
    q[model.k == 1] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        i2 = np.where(q > 0, 100 * np.maximum(0.0, (q - model.df) / q), np.where(model.k > 0, 0.0, np.nan))
        h2 = q / np.where(model.df > 0, model.df, np.nan)
        relative = np.where(between == 0, 0.0, between * trace / model.df)  # df/trace: the typical sampling variance
        i2_tau2, h2_tau2 = 100 * relative / (1 + relative), 1 + relative
        q_p = chi2_ps(q, model.df)
        half = critical_values(level, df) * se
        p = two_sided_ps(mean / se, df)
        narrow = (interval == "hartung_knapp") & (half < critical_value(level) * wald)
    if narrow.any():
        warnings.append(f"{narrow.sum()} with a Hartung-Knapp interval narrower than Wald's; see the ad hoc variant")
    tau2 = np.where(model.k > 0, between, np.nan)
    found = (
        model.k,
        mean,
        se,
        df,
        mean - half,
        mean + half,
        p,
        tau2,
        q,
        model.df,
        q_p,
        i2,
        i2_tau2,
        h2,
        h2_tau2,
        narrow,
    )
    return ManyEffects(*found, tuple(warnings))
