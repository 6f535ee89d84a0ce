"""Groups of studies: each pooled by itself, and whether the groups differ."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.batches import check_interval
from perennial.stats.distributions import chi2_p, critical_value, two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Floats, check_effects
from perennial.stats.random_effects import RandomEffects, common_effect, random_effects
from perennial.stats.result import Result
from perennial.stats.tau2 import estimated_or_given, name_of


@dataclass(frozen=True)
class Difference(Result):
    """Second mean minus first with its interval, on the scale of the means, and the test that all means agree."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    q: float
    q_df: int
    q_p: float


def subgroup_difference(means: Sequence[float], ses: Sequence[float], level: float = 0.95) -> Difference:
    """Compare two pooled means of independent groups; normal theory, separate tau2.

    The test is Cochran's Q over the two pooled means (Borenstein & Higgins 2013, Prev Sci 14:134), here the square of
    the standardised difference. Raises NotEstimable where a group has no mean or standard error.
    """
    if len(means) != 2 or len(ses) != 2:
        raise ValueError("a difference is between two groups")
    if any(value is None or not np.isfinite(value) for value in (*means, *ses)) or min(ses) <= 0:
        raise NotEstimable("a difference needs a pooled mean and its standard error in both groups")
    estimate, se = means[1] - means[0], float(np.hypot(*ses))
    half, q = critical_value(level) * se, (estimate / se) ** 2
    return Difference(estimate, se, estimate - half, estimate + half, q, 1, chi2_p(q, 1))


def pooled_difference(first: Mapping[str, Any], second: Mapping[str, Any], level: float = 0.95) -> dict[str, Any]:
    """Compare two pooled results, dictionaries with `mean`, `se` and `scale`, or say why there is no difference."""
    try:
        means, ses = [first["mean"], second["mean"]], [first["se"], second["se"]]
        return {"scale": first["scale"], **subgroup_difference(means, ses, level).to_dict(), "warnings": []}
    except NotEstimable as reason:
        return {"scale": first["scale"], "estimate": None, "warnings": [f"not tested: {reason}"]}


@dataclass(frozen=True)
class BetweenGroups(Result):
    """The test that all groups have one mean; `distribution` "chi2" with `df`, or "F" with `df` and `df_residual`."""

    statistic: float
    distribution: str
    df: int
    df_residual: int | None
    p: float


@dataclass(frozen=True)
class SubgroupAnalysis(Result):
    """Each group pooled by itself, in the order in which the groups first appear.

    `tau2` is the common one (squared scale), None where each group has its own. `q_within` with `q_within_df` degrees
    of freedom is Cochran's Q around the means of the groups, `q_total` that around one mean.
    """

    groups: dict[Hashable, RandomEffects]
    between: BetweenGroups
    tau2: float | None
    q_total: float
    q_within: float
    q_within_df: int
    q_within_p: float | None
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        test = self.between
        df = f"{test.df}" if test.df_residual is None else f"{test.df} and {test.df_residual}"
        lines = [
            f"{name}: k = {fit.k}, {fit.mean:.4g} ({fit.ci_low:.4g} to {fit.ci_high:.4g})"
            for name, fit in self.groups.items()
        ]
        lines.append(f"between groups: {test.distribution} {test.statistic:.4g} with {df} df, P = {test.p:.3g}")
        return "\n".join([*lines, *self.warnings])


def subgroup_analysis(
    yi: ArrayLike,
    vi: ArrayLike,
    groups: Sequence[Hashable],
    tau2: str | float = "REML",
    common_tau2: bool = False,
    interval: str = "wald",
    level: float = 0.95,
) -> SubgroupAnalysis:
    """Pool `yi` with variances `vi` within each of two groups or more, and test whether the groups differ.

    `groups` names the group of each study. Groups have their own tau2 (Borenstein & Higgins 2013, Prev Sci 14:134), or
    one `common_tau2` by the model with a mean for each group, which is steadier where groups are small; `tau2` may be a
    known value, 0 for a common effect in each group. The test is Cochran's Q over the pooled means; with a common tau2
    and another `interval` than "wald" it is the F test of that model, whose intervals have k - groups degrees of
    freedom (Knapp & Hartung 2003, Stat Med 22:2693). A group of one study has its own estimate, with a warning.

    Raises NotEstimable for fewer than two groups, or where nothing is left to estimate a common tau2 from.
    """
    yi, vi = check_effects(yi, vi)
    if len(groups) != len(yi):
        raise ValueError(f"every study has a group: got {len(groups)} groups for {len(yi)} studies")
    check_interval(interval)
    names = list(dict.fromkeys(groups))
    if len(names) < 2:
        raise NotEstimable(f"a subgroup analysis needs two groups or more, got {len(names)}")
    parts = [np.array([group == name for group in groups]) for name in names]
    within = sum(common_effect(yi[part], vi[part]).heterogeneity.q for part in parts)
    df = len(yi) - len(names)
    between = None if isinstance(tau2, str) else float(tau2)
    if common_tau2:
        between = estimated_or_given(yi, vi, tau2, np.column_stack(parts).astype(float))
        fits, test = _around_common_tau2(yi, vi, parts, between, interval, level)
        fits = [replace(fit, method=f"{name_of(tau2)}, common to the groups") for fit in fits]
    else:
        fits = [_alone(yi[part], vi[part], tau2, interval, level) for part in parts]
        q = _q_of_means(fits)
        test = BetweenGroups(q, "chi2", len(names) - 1, None, chi2_p(q, len(names) - 1))
    alone = [str(name) for name, part in zip(names, parts, strict=True) if part.sum() == 1]
    return SubgroupAnalysis(
        groups=dict(zip(names, fits, strict=True)),
        between=test,
        tau2=between,
        q_total=common_effect(yi, vi).heterogeneity.q,
        q_within=within,
        q_within_df=df,
        q_within_p=chi2_p(within, df),
        warnings=(f"one study only in {', '.join(alone)}: its own estimate stands for the group",) if alone else (),
    )


def _alone(yi: Floats, vi: Floats, tau2: str | float, interval: str, level: float) -> RandomEffects:
    if len(yi) == 1:
        return random_effects(yi, vi, 0.0 if isinstance(tau2, str) else tau2, "wald", level)
    return random_effects(yi, vi, tau2, interval, level)


def _around_common_tau2(
    yi: Floats, vi: Floats, parts: list[np.ndarray], tau2: float, interval: str, level: float
) -> tuple[list[RandomEffects], BetweenGroups]:
    fits = [random_effects(yi[part], vi[part], tau2, "wald", level) for part in parts]
    q, df, residual = _q_of_means(fits), len(parts) - 1, len(yi) - len(parts)
    if interval == "wald":
        return fits, BetweenGroups(q, "chi2", df, None, chi2_p(q, df))
    if residual < 1:
        raise NotEstimable(f"every group is one study: the interval ({interval}) has no degree of freedom")
    scale = 1.0
    if interval != "t":
        away = (((yi[part] - fit.mean) ** 2 / (vi[part] + tau2)).sum() for part, fit in zip(parts, fits, strict=True))
        scale = float(sum(away)) / residual
        if interval == "hartung_knapp_adhoc":
            scale = max(1.0, scale)
        elif scale < 1e-20:
            raise NotEstimable("the estimates of each group are all equal: the Hartung-Knapp standard error is zero")

    def scaled(fit: RandomEffects) -> RandomEffects:
        se = fit.se * scale**0.5
        half, p = critical_value(level, residual) * se, two_sided_p(fit.mean / se, residual)
        bounds = {"ci_low": fit.mean - half, "ci_high": fit.mean + half}
        return replace(fit, se=se, df=residual, p=p, interval=interval, **bounds)

    f = q / (df * scale)
    return [scaled(fit) for fit in fits], BetweenGroups(f, "F", df, residual, float(special.fdtrc(df, residual, f)))


def _q_of_means(fits: list[RandomEffects]) -> float:
    means, w = np.array([fit.mean for fit in fits]), np.array([fit.se**-2 for fit in fits])
    return float((w * (means - (w * means).sum() / w.sum()) ** 2).sum())
